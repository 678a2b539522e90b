using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Octavia.Dubbing.Onnx;

namespace Octavia.Dubbing.Speakers;

/// <summary>
/// Voice prints by CAM++ (models/speaker-encoder/README.md; Wang et al., "CAM++: A Fast and Efficient Network for Speaker Verification
/// Using Context-Aware Masking", arXiv 2303.00332). Thread-safe.
/// </summary>
public sealed class SpeakerEncoder : IDisposable
{
    /// <summary>Values per print.</summary>
    public const int Size = 192;

    const int SampleRate = 16000;
    const int Shortest = SampleRate / 10;
    const int Longest = 6 * SampleRate;

    static readonly string[] Inputs = ["waveform"];
    static readonly string[] Outputs = ["embedding"];

    readonly InferenceSession session;

    /// <summary>Opens the model.</summary>
    /// <param name="folder">Folder with <c>campplus.onnx</c>.</param>
    /// <param name="cache">Folder for what makes the next start faster; null for none.</param>
    public SpeakerEncoder(string folder, string? cache = null) => session = LargeGraph.Open(Path.Combine(folder, "campplus.onnx"), cache);

    /// <summary>
    /// Voice print of one person's speech: 192 values of length 1, so that the dot product of two is their cosine similarity. More than
    /// 6 s are cut into equal pieces whose prints are averaged.
    /// </summary>
    /// <param name="samples">16 kHz mono, of any level.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    /// <returns>The print; null for less than 0.1 s or digital silence.</returns>
    public float[]? Embed(ReadOnlyMemory<float> samples, CancellationToken cancellationToken = default)
    {
        if (samples.Length < Shortest || !samples.Span.ContainsAnyExcept(0f)) return null;
        var pieces = (samples.Length + Longest - 1) / Longest;
        var sum = new float[Size];
        for (var i = 0; i < pieces; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (start, end) = ((int)((long)samples.Length * i / pieces), (int)((long)samples.Length * (i + 1) / pieces));
            Run(samples[start..end], sum);
        }
        return VoicePrint.Normalize(sum) ? sum : null;
    }

    /// <inheritdoc />
    public void Dispose() => session.Dispose();

    void Run(ReadOnlyMemory<float> samples, float[] sum)
    {
        using var waveform = OrtValue.CreateTensorValueFromMemory(
            OrtMemoryInfo.DefaultInstance, MemoryMarshal.AsMemory(samples), [1, samples.Length]);
        using var options = new RunOptions();
        using var results = session.Run(options, Inputs, [waveform], Outputs);
        VoicePrint.Add(results[0].GetTensorDataAsSpan<float>(), sum);
    }
}

/// <summary>Arithmetic on voice prints.</summary>
static class VoicePrint
{
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0f;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    public static void Add(ReadOnlySpan<float> from, Span<float> to)
    {
        for (var i = 0; i < from.Length; i++) to[i] += from[i];
    }

    /// <summary>Scales to length 1; false when there is no direction to keep.</summary>
    public static bool Normalize(Span<float> print)
    {
        var length = MathF.Sqrt(Dot(print, print));
        if (!float.IsFinite(length) || length == 0) return false;
        foreach (ref var value in print) value /= length;
        return true;
    }
}
