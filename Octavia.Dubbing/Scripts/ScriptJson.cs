using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Octavia.Dubbing.Quoting;
using Octavia.Dubbing.Reporting;

namespace Octavia.Dubbing.Scripts;

/// <summary>The engine's documents as JSON, generated at build time, because reflection costs start-up.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(Script))]
[JsonSerializable(typeof(DubbingReport))]
[JsonSerializable(typeof(Quote))]
public sealed partial class ScriptJson : JsonSerializerContext
{
    static readonly Lazy<ScriptJson> Relaxed = new(MakeRelaxed);
    static readonly Lazy<ScriptJson> RelaxedCompact = new(() => new(new JsonSerializerOptions(Readable.Options) { WriteIndented = false }));

    /// <summary>What to use: snake_case, and letters of every alphabet readable. The documents are files, never parts of a page.</summary>
    public static ScriptJson Readable => Relaxed.Value;

    /// <summary>As <see cref="Readable"/>, without line breaks: for what is written again and again.</summary>
    public static ScriptJson Compact => RelaxedCompact.Value;

    static ScriptJson MakeRelaxed() => new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
