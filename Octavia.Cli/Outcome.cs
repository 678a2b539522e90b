using System.Text.Json;
using Octavia.Dubbing;
using Octavia.Dubbing.Scripts;

namespace Octavia.Cli;

/// <summary>How one input ended: with a result or with a reason.</summary>
sealed record Outcome(string Input, DubbingResult? Result, Failure? Failure)
{
    /// <summary>What the process returns for it.</summary>
    public int ExitCode => Failure is null ? 0 : (int)Failure.Kind;

    /// <summary>Writes it as a JSON object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("input", Input);
        json.WriteNumber("exit_code", ExitCode);
        if (Failure is not null) JsonOutput.Write(json, Failure);
        if (Result is not null) WriteResult(json, Result);
        json.WriteEndObject();
    }

    static void WriteResult(Utf8JsonWriter json, DubbingResult result)
    {
        json.WriteString("output", result.Main.Path);
        json.WriteStartArray("files");
        foreach (var file in result.Artifacts)
        {
            json.WriteStartObject();
            json.WriteString("kind", file.Kind);
            json.WriteString("path", file.Path);
            if (file.Language is not null) json.WriteString("language", file.Language);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WritePropertyName("report");
        JsonSerializer.Serialize(json, result.Report, ScriptJson.Readable.DubbingReport);
    }
}
