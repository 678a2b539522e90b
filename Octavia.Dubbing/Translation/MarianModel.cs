using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Tokenizers;
using Octavia.Dubbing.Onnx;

namespace Octavia.Dubbing.Translation;

/// <summary>
/// A Marian model in the hub's opus-mt form: <c>onnx/</c>, <c>source.spm</c>, <c>vocab.json</c>, <c>generation_config.json</c>. A piece's id is
/// its entry in the vocabulary, not the tokenizer's. Thread-safe.
/// </summary>
internal sealed class MarianModel : IDisposable
{
    const char Blank = '▁';

    readonly EncoderDecoder network;
    readonly SentencePieceTokenizer tokenizer;
    readonly Dictionary<string, int> vocabulary;
    readonly string[] pieces;
    readonly int end, unknown, start;
    readonly SearchOptions search;

    MarianModel(EncoderDecoder network, SentencePieceTokenizer tokenizer, Dictionary<string, int> vocabulary, JsonElement generation)
    {
        (this.network, this.tokenizer, this.vocabulary) = (network, tokenizer, vocabulary);
        pieces = new string[vocabulary.Values.Max() + 1];
        Array.Fill(pieces, "");
        foreach (var (piece, id) in vocabulary) pieces[id] = piece;
        end = Number(generation, "eos_token_id") ?? vocabulary["</s>"];
        unknown = vocabulary["<unk>"];
        var pad = Number(generation, "pad_token_id") ?? vocabulary["<pad>"];
        start = Number(generation, "decoder_start_token_id") ?? pad;
        DefaultBeams = Number(generation, "num_beams") ?? 4;
        int[] never = [pad, .. SingleBadWords(generation)];
        search = new SearchOptions(end, (Number(generation, "max_length") ?? 512) - 1)
        {
            LengthPenalty = generation.TryGetProperty("length_penalty", out var penalty) ? penalty.GetDouble() : 1,
            EarlyStopping = generation.TryGetProperty("early_stopping", out var early) && early.ValueKind == JsonValueKind.True,
            ForceEnd = Number(generation, "forced_eos_token_id") is not null,
            Rule = (_, logits) => { foreach (var token in never) logits[token] = float.NegativeInfinity; },
        };
    }

    /// <summary>Hypotheses that the model's publisher recommends.</summary>
    public int DefaultBeams { get; }

    /// <summary>Opens a folder.</summary>
    /// <exception cref="DubbingException"><c>model.missing</c>, <c>model.damaged</c>.</exception>
    public static MarianModel Open(string folder)
    {
        try
        {
            using var pieces = File.OpenRead(Path.Combine(folder, "source.spm"));
            var tokenizer = SentencePieceTokenizer.Create(pieces, addBeginningOfSentence: false, addEndOfSentence: false);
            var vocabulary = JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllBytes(Path.Combine(folder, "vocab.json")))!;
            using var generation = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "generation_config.json")));
            return new MarianModel(EncoderDecoder.Open(folder), tokenizer, vocabulary, generation.RootElement);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DubbingException(new Failure("model.missing", FailureKind.MissingTool,
                $"The model folder {Path.GetFileName(folder)} is not complete: fetch the model again."), e);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidDataException or ArgumentException)
        {
            throw new DubbingException(new Failure("model.damaged", FailureKind.MissingTool,
                $"The model in {Path.GetFileName(folder)} is damaged: fetch it again."), e);
        }
    }

    /// <summary>The id of <c>&gt;&gt;spa&lt;&lt;</c> and the like, which a model of several target languages wants first; null when it has none.</summary>
    public int? FindTarget(params string[] codes) =>
        codes.Select(code => vocabulary.TryGetValue($">>{code}<<", out var id) ? id : (int?)null).FirstOrDefault(id => id is not null);

    /// <summary>Whether the model writes several languages, and must be told which.</summary>
    public bool HasTargets => vocabulary.Keys.Any(piece => piece.StartsWith(">>", StringComparison.Ordinal) && piece.EndsWith("<<", StringComparison.Ordinal));

    /// <summary>Ids of a text, its end included.</summary>
    public long[] Encode(string text, int? target = null)
    {
        var ids = tokenizer.EncodeToTokens(text, out _).Select(token => (long)vocabulary.GetValueOrDefault(token.Value, unknown));
        return [.. target is { } first ? [first] : Array.Empty<long>(), .. ids, end];
    }

    /// <summary>Text of ids; special tokens have none.</summary>
    public string Decode(ReadOnlySpan<int> tokens)
    {
        var text = new System.Text.StringBuilder();
        foreach (var token in tokens)
            if (token != end && token != start && token != unknown)
                text.Append(pieces[token]);
        return text.Replace(Blank, ' ').ToString().Trim();
    }

    /// <summary>Translates ids to ids; the result has its end token unless it ran out of length.</summary>
    public TokenPath Translate(long[] source, int beams, CancellationToken cancellationToken)
    {
        using var ids = OrtValue.CreateTensorValueFromMemory(source, [1, source.Length]);
        using var mask = OrtValue.CreateTensorValueFromMemory(Enumerable.Repeat(1L, source.Length).ToArray(), [1, source.Length]);
        using var hidden = network.Encode(new Dictionary<string, OrtValue> { ["input_ids"] = ids, ["attention_mask"] = mask });
        using var run = network.Decode(hidden, mask);
        return TokenSearch.Run(run, run.Start([start]), search with { Beams = beams }, cancellationToken);
    }

    /// <summary>Whether a result ends where the model ended it.</summary>
    public bool IsComplete(TokenPath path) => path.Tokens.Length > 0 && path.Tokens[^1] == end && path.Tokens.Length < search.MaxTokens;

    /// <inheritdoc />
    public void Dispose() => network.Dispose();

    static int? Number(JsonElement from, string name) =>
        from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;

    static IEnumerable<int> SingleBadWords(JsonElement generation) =>
        generation.TryGetProperty("bad_words_ids", out var words) && words.ValueKind == JsonValueKind.Array
            ? words.EnumerateArray().Where(word => word.GetArrayLength() == 1).Select(word => word[0].GetInt32())
            : [];
}
