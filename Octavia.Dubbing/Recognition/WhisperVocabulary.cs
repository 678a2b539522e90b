using System.Text.Json;

namespace Octavia.Dubbing.Recognition;

/// <summary>Token ids and sizes of a Whisper export, from <c>config.json</c> and <c>generation_config.json</c>.</summary>
internal sealed class WhisperVocabulary
{
    WhisperVocabulary(JsonElement config, JsonElement generation)
    {
        Mels = config.TryGetProperty("num_mel_bins", out var mels) ? mels.GetInt32() : 80;
        MaxTokens = (config.TryGetProperty("max_target_positions", out var positions) ? positions.GetInt32() : 448) / 2;
        End = generation.GetProperty("eos_token_id").GetInt32();
        Start = generation.GetProperty("decoder_start_token_id").GetInt32();
        NoTimestamps = generation.GetProperty("no_timestamps_token_id").GetInt32();
        MaxInitialTimestamp = generation.TryGetProperty("max_initial_timestamp_index", out var initial) ? initial.GetInt32() : 50;
        Suppressed = Numbers(generation, "suppress_tokens");
        SuppressedAtStart = Numbers(generation, "begin_suppress_tokens");
        Languages = Map(generation, "lang_to_id").ToDictionary(pair => pair.Key.Trim('<', '|', '>'), pair => pair.Value);
        var tasks = Map(generation, "task_to_id");
        Transcribe = tasks.GetValueOrDefault("transcribe", -1);
        Translate = tasks.GetValueOrDefault("translate", -1);
        AlignmentHeads = generation.TryGetProperty("alignment_heads", out var heads) && heads.ValueKind == JsonValueKind.Array
            ? [.. heads.EnumerateArray().Select(pair => (pair[0].GetInt32(), pair[1].GetInt32()))]
            : [];
    }

    public int Mels { get; }

    public int MaxTokens { get; }

    public int End { get; }

    public int Start { get; }

    public int Transcribe { get; }

    public int Translate { get; }

    public int NoTimestamps { get; }

    /// <summary>Stands just before <see cref="NoTimestamps"/> in every multilingual vocabulary.</summary>
    public int NoSpeech => NoTimestamps - 1;

    /// <summary>The token of 0.00 s; each further one is 0.02 s later.</summary>
    public int FirstTimestamp => NoTimestamps + 1;

    /// <summary>How far into the window the first timestamp may lie, in steps of 0.02 s.</summary>
    public int MaxInitialTimestamp { get; }

    public IReadOnlyList<int> Suppressed { get; }

    public IReadOnlyList<int> SuppressedAtStart { get; }

    /// <summary>Token by Whisper's language code; empty for a model of English only.</summary>
    public IReadOnlyDictionary<string, int> Languages { get; }

    /// <summary>Layer and head of the cross attentions that follow the sound.</summary>
    public IReadOnlyList<(int Layer, int Head)> AlignmentHeads { get; }

    public static WhisperVocabulary Open(string folder)
    {
        using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")));
        using var generation = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "generation_config.json")));
        return new WhisperVocabulary(config.RootElement, generation.RootElement);
    }

    /// <summary>Whisper's code of an ISO 639-1 or BCP 47 tag; null when the model does not know the language.</summary>
    public string? FindLanguage(string tag)
    {
        var code = tag.Split('-', '_')[0].ToLowerInvariant() switch { "jv" => "jw", "nb" => "no", "fil" => "tl", "iw" => "he", var other => other };
        return Languages.ContainsKey(code) || (Languages.Count == 0 && code == "en") ? code : null;
    }

    /// <summary>ISO 639-1 of one of Whisper's codes.</summary>
    public static string ToIso(string code) => code == "jw" ? "jv" : code;

    /// <summary>Tokens that open a window.</summary>
    public long[] Prompt(string language, bool translate) =>
        Languages.Count == 0 ? [Start] : [Start, Languages[language], translate ? Translate : Transcribe];

    static int[] Numbers(JsonElement generation, string name) =>
        generation.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(id => id.GetInt32())]
            : [];

    static Dictionary<string, int> Map(JsonElement generation, string name) =>
        generation.TryGetProperty(name, out var map) && map.ValueKind == JsonValueKind.Object
            ? map.EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetInt32())
            : [];
}
