using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using Octavia.Dubbing.Onnx;

namespace Octavia.Dubbing.Recognition;

/// <summary>What the decoder said about a window.</summary>
/// <param name="Path">Tokens after the prompt, with the attention of each to the sound where the model gives it.</param>
/// <param name="NoSpeech">Probability that there is no speech.</param>
internal sealed record WhisperDecoding(TokenPath Path, double NoSpeech);

/// <summary>A Whisper export: sound in, tokens out. Thread-safe.</summary>
internal sealed class WhisperModel : IDisposable
{
    /// <summary>One column of the attention, seconds.</summary>
    public const double ColumnSeconds = 0.02;

    /// <summary>Below this mean logarithm of a token's probability, what is decoded is not what is said.</summary>
    public const double HopelessMean = -1.5;

    readonly EncoderDecoder network;
    readonly TokenRule rule;
    readonly IReadOnlyList<string> attentions;
    readonly (int Output, int Head)[] heads;

    WhisperModel(EncoderDecoder network, WhisperVocabulary vocabulary, TextTokens text)
    {
        (this.network, Vocabulary, Text) = (network, vocabulary, text);
        rule = new TimestampRules(vocabulary).Apply;
        var layers = vocabulary.AlignmentHeads.Select(pair => pair.Layer).Distinct().ToList();
        attentions = [.. layers.Select(layer => $"cross_attentions.{layer}").TakeWhile(network.HasOutput)];
        if (attentions.Count < layers.Count) attentions = [];
        heads = [.. vocabulary.AlignmentHeads.Select(pair => (layers.IndexOf(pair.Layer), pair.Head))];
    }

    public WhisperVocabulary Vocabulary { get; }

    public TextTokens Text { get; }

    /// <summary>Whether the export tells where each token listens, so that words can be timed.</summary>
    public bool HasAttention => attentions.Count > 0;

    /// <summary>Opens a folder of the Hugging Face form.</summary>
    /// <exception cref="DubbingException"><c>model.missing</c>, <c>model.damaged</c>.</exception>
    public static WhisperModel Open(string folder)
    {
        try
        {
            var (vocabulary, text) = (WhisperVocabulary.Open(folder), TextTokens.Open(Path.Combine(folder, "vocab.json")));
            return new WhisperModel(EncoderDecoder.Open(folder), vocabulary, text);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DubbingException(new Failure("model.missing", FailureKind.MissingTool,
                $"The model folder {Path.GetFileName(folder)} is not complete: fetch the model again."), e);
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or KeyNotFoundException)
        {
            throw new DubbingException(new Failure("model.damaged", FailureKind.MissingTool,
                $"The model in {Path.GetFileName(folder)} is damaged: fetch it again."), e);
        }
    }

    /// <summary>Encodes a window of features [mels, 3000]; the result is the caller's to dispose.</summary>
    public OrtValue Encode(float[] features)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(features, [1, Vocabulary.Mels, LogMel.Frames]);
        return network.Encode(new Dictionary<string, OrtValue> { ["input_features"] = input });
    }

    /// <summary>Probability of each language in an encoded window.</summary>
    public IReadOnlyDictionary<string, float> DetectLanguages(OrtValue hidden)
    {
        if (Vocabulary.Languages.Count == 0) return new Dictionary<string, float> { ["en"] = 1 };
        using var run = network.Decode(hidden);
        using var state = run.Start([Vocabulary.Start]);
        var logits = state.Logits();
        var scores = new float[Vocabulary.Languages.Count];
        var next = 0;
        foreach (var token in Vocabulary.Languages.Values) scores[next++] = logits[token];
        TensorPrimitives.SoftMax<float>(scores, scores);
        return Vocabulary.Languages.Keys.Zip(scores).ToDictionary();
    }

    /// <summary>Decodes an encoded window.</summary>
    /// <param name="hidden">From <see cref="Encode"/>.</param>
    /// <param name="columns">Columns of attention that hold sound.</param>
    /// <param name="language">Whisper's code.</param>
    /// <param name="translate">Into English.</param>
    /// <param name="beams">Hypotheses at temperature 0.</param>
    /// <param name="temperature">0 for the best tokens, above to draw.</param>
    /// <param name="cancellationToken">Looked at before each token.</param>
    public WhisperDecoding Decode(
        OrtValue hidden, int columns, string language, bool translate, int beams, double temperature, CancellationToken cancellationToken)
    {
        using var run = network.Decode(hidden, watched: attentions);
        var state = run.Start(Vocabulary.Prompt(language, translate));
        var first = state.Logits(0);
        var noSpeech = Math.Exp(first[Vocabulary.NoSpeech] - TokenSearch.LogSumExp(first, new float[first.Length]));
        var path = TokenSearch.Run(run, state, new SearchOptions(Vocabulary.End, Vocabulary.MaxTokens)
        {
            Beams = beams,
            Temperature = temperature,
            Seed = 1 + (int)(temperature * 10),
            Rule = rule,
            GiveUp = path => RepeatedText.IsLoop(path.Tokens) || (path.Tokens.Length >= 24 && path.Mean < HopelessMean),
            Watch = HasAttention ? step => ReadAttention(step, columns) : null,
        }, cancellationToken);
        return new WhisperDecoding(path, noSpeech);
    }

    /// <inheritdoc />
    public void Dispose() => network.Dispose();

    /// <summary>Mean over the alignment heads of the last position's attention to the sound.</summary>
    float[] ReadAttention(DecoderState state, int columns)
    {
        var mean = new float[columns];
        foreach (var (output, head) in heads)
        {
            var all = state.Watched(output, out var shape);
            var (positions, width) = ((int)shape[2], (int)shape[3]);
            TensorPrimitives.Add(mean, all.Slice(((head + 1) * positions - 1) * width, columns), mean);
        }
        TensorPrimitives.Divide(mean, heads.Length, mean);
        return mean;
    }
}
