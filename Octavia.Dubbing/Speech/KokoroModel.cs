using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Octavia.Dubbing.Onnx;

namespace Octavia.Dubbing.Speech;

/// <summary>What the network says of one piece of at most <see cref="KokoroModel.MaxTokens"/> tokens.</summary>
/// <param name="Samples">24 kHz mono; may exceed 1.</param>
/// <param name="RawDurations">Frames of 600 samples per token at speed 1, not rounded; the same at every speed.</param>
readonly record struct KokoroTake(float[] Samples, float[] RawDurations);

/// <summary>The network, the vocabulary and the voices of a model folder (models/kokoro/README.md). Thread-safe.</summary>
sealed class KokoroModel : IDisposable
{
    public const int SampleRate = 24000;
    public const int SamplesPerFrame = 600;
    public const int MaxTokens = 510;
    const int StyleSize = 256;

    static readonly string[] Inputs = ["input_ids", "style", "speed"];
    static readonly string[] Outputs = ["waveform", "raw_durations"];

    readonly InferenceSession session;
    readonly Dictionary<char, long> vocabulary;
    int runs;

    public KokoroModel(string folder, string? cache = null)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "vocab.json")));
        vocabulary = json.RootElement.GetProperty("vocab").EnumerateObject().ToDictionary(p => p.Name.Single(), p => p.Value.GetInt64());
        Catalog = new KokoroVoices(folder);
        session = LargeGraph.Open(Path.Combine(folder, "model.onnx"), cache);
    }

    /// <summary>Its voices.</summary>
    public KokoroVoices Catalog { get; }

    /// <summary>Its voices by id, without mixtures.</summary>
    public IReadOnlyDictionary<string, Voice> Voices => Catalog.ById;

    /// <summary>How often the network ran.</summary>
    public int Runs => runs;

    /// <summary>Token of a phoneme or mark; null when the network does not know it.</summary>
    public long? Token(char phoneme) => vocabulary.TryGetValue(phoneme, out var token) ? token : null;

    /// <summary>Speaks one piece.</summary>
    /// <param name="tokens">1 to <see cref="MaxTokens"/> tokens, without pads.</param>
    /// <param name="voiceId">Of the <see cref="Catalog"/>, or a mixture of two.</param>
    /// <param name="speed">1 is normal, more is faster.</param>
    /// <param name="cancellationToken">Stops the network within one of its steps.</param>
    public KokoroTake Run(ReadOnlySpan<long> tokens, string voiceId, float speed, CancellationToken cancellationToken)
    {
        var ids = new long[tokens.Length + 2];
        tokens.CopyTo(ids.AsSpan(1));
        var row = Math.Min(tokens.Length, MaxTokens - 1);
        var style = Catalog.StyleOf(voiceId, row);
        using var idsValue = OrtValue.CreateTensorValueFromMemory(ids, [1, ids.Length]);
        using var styleValue = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, style, [1, StyleSize]);
        using var speedValue = OrtValue.CreateTensorValueFromMemory(new[] { speed }, [1]);
        using var options = new RunOptions();
        using var stop = cancellationToken.Register(() => options.Terminate = true);
        Interlocked.Increment(ref runs);
        try
        {
            using var results = session.Run(options, Inputs, [idsValue, styleValue, speedValue], Outputs);
            return new KokoroTake(
                results[0].GetTensorDataAsSpan<float>().ToArray(), results[1].GetTensorDataAsSpan<float>().ToArray());
        }
        catch (OnnxRuntimeException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    /// <summary>Frames at a speed, exactly as the network counts them: it rounds each token by itself, half to even, and keeps one at least.</summary>
    public static int Frames(ReadOnlySpan<float> rawDurations, float speed)
    {
        var frames = 0;
        foreach (var raw in rawDurations) frames += Math.Max(1, (int)MathF.Round(raw / speed));
        return frames;
    }

    public void Dispose() => session.Dispose();
}
