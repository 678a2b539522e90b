using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Octavia.Dubbing.Signal;

namespace Octavia.Dubbing.Recognition;

/// <summary>
/// Whisper's front end: 16 kHz mono to log-mel features [mels, 3000] of one 30-second window (Hann window of 400, hop 160, Slaney mel
/// filters, log10, range of 8 below the loudest). Not thread-safe: it owns its work space.
/// </summary>
internal sealed class LogMel
{
    /// <summary>Samples a second.</summary>
    public const int SampleRate = 16_000;

    /// <summary>Samples of a window.</summary>
    public const int WindowSamples = 30 * SampleRate;

    /// <summary>Frames of a window.</summary>
    public const int Frames = WindowSamples / Hop;

    const int Hop = 160;
    const int FrameLength = 400;
    const int Bins = FrameLength / 2 + 1;
    const int Pad = FrameLength / 2;

    readonly FrameFft fft = new(FrameLength);
    readonly float[] hann = [.. Enumerable.Range(0, FrameLength).Select(i => (float)(0.5 - 0.5 * Math.Cos(2 * Math.PI * i / FrameLength)))];
    readonly (int First, float[] Weights)[] filters;
    readonly float[] padded = new float[WindowSamples + 2 * Pad];
    readonly float[] gathered = new float[FrameLength * Vector<float>.Count];
    readonly Vector<float>[] power = new Vector<float>[Bins];

    /// <param name="mels">Mel bands: 80, or 128 for the newest models.</param>
    public LogMel(int mels) => filters = [.. MelFilters(mels)];

    /// <summary>Computes the features of a window.</summary>
    /// <param name="samples">At most <see cref="WindowSamples"/> samples in [-1, 1]; a shorter window is filled with silence.</param>
    /// <returns>[mels, 3000], row by row.</returns>
    public float[] Compute(ReadOnlySpan<float> samples)
    {
        var count = Math.Min(samples.Length, WindowSamples);
        PadByReflection(samples[..count]);
        var features = new float[filters.Length * Frames];
        features.AsSpan().Fill(1e-10f);
        // Frames past the last sample are silence, but for those that the padding at the end reaches.
        var sounding = Math.Min(Frames, (count + Pad) / Hop + 1);
        for (var frame = 0; frame < sounding; frame += Vector<float>.Count) ComputeFrames(frame, features);
        TensorPrimitives.Log10<float>(features, features);
        TensorPrimitives.Max(features, TensorPrimitives.Max<float>(features) - 8, features);
        TensorPrimitives.Add(features, 4, features);
        TensorPrimitives.Multiply(features, 0.25f, features);
        return features;
    }

    void PadByReflection(ReadOnlySpan<float> samples)
    {
        padded.AsSpan().Clear();
        samples.CopyTo(padded.AsSpan(Pad));
        for (var i = 1; i <= Pad; i++)
        {
            padded[Pad - i] = padded[Pad + i];
            padded[Pad + WindowSamples - 1 + i] = padded[Pad + WindowSamples - 1 - i];
        }
    }

    void ComputeFrames(int first, float[] features)
    {
        var lanes = Math.Min(Vector<float>.Count, Frames - first);
        for (var lane = 0; lane < lanes; lane++)
        {
            var frame = padded.AsSpan((first + lane) * Hop, FrameLength);
            for (int i = 0, to = lane; i < frame.Length; i++, to += Vector<float>.Count) gathered[to] = frame[i] * hann[i];
        }
        fft.Power(MemoryMarshal.Cast<float, Vector<float>>(gathered), power);
        for (var mel = 0; mel < filters.Length; mel++)
        {
            var (from, weights) = filters[mel];
            var sum = Vector<float>.Zero;
            for (var i = 0; i < weights.Length; i++) sum += power[from + i] * weights[i];
            sum = Vector.Max(sum, new Vector<float>(1e-10f));
            var row = features.AsSpan(mel * Frames + first);
            if (lanes == Vector<float>.Count) sum.CopyTo(row);
            else for (var lane = 0; lane < lanes; lane++) row[lane] = sum[lane];
        }
    }

    static IEnumerable<(int First, float[] Weights)> MelFilters(int mels)
    {
        var top = HertzToMel(SampleRate / 2.0);
        var edges = Enumerable.Range(0, mels + 2).Select(i => MelToHertz(top * i / (mels + 1))).ToArray();
        for (var mel = 0; mel < mels; mel++)
        {
            var (low, middle, high) = (edges[mel], edges[mel + 1], edges[mel + 2]);
            var weights = Enumerable.Range(0, Bins).Select(bin =>
            {
                var hertz = bin * (double)SampleRate / FrameLength;
                var triangle = Math.Min((hertz - low) / (middle - low), (high - hertz) / (high - middle));
                return (float)(Math.Max(0, triangle) * 2 / (high - low));
            }).ToArray();
            var first = Math.Max(0, Array.FindIndex(weights, weight => weight > 0));
            var last = Math.Max(first, Array.FindLastIndex(weights, weight => weight > 0));
            yield return (first, weights[first..(last + 1)]);
        }
    }

    // Slaney's scale: linear up to 1000 Hz (15 mels), logarithmic above, 27 steps to a factor of 6.4.
    static double HertzToMel(double hertz) => hertz < 1000 ? hertz * 3 / 200 : 15 + 27 * Math.Log(hertz / 1000) / Math.Log(6.4);

    static double MelToHertz(double mel) => mel < 15 ? mel * 200 / 3 : 1000 * Math.Exp((mel - 15) * Math.Log(6.4) / 27);
}
