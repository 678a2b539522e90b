using Microsoft.ML.OnnxRuntime;
using Octavia.Dubbing.Onnx;

namespace Octavia.Dubbing.Separation;

/// <summary>
/// DeepFilterNet2's three graphs and the features they read (H. Schröter et al., "DeepFilterNet2: Towards Real-Time Speech Enhancement
/// on Embedded Devices for Full-Band Audio", 2022). Thread-safe.
/// </summary>
sealed class DeepFilter : IDisposable
{
    public const int Bands = 32;
    public const int FilteredBins = 96;
    public const int Taps = 5;

    /// <summary>Frames of the future that an output frame needs: two in the features, and two more through the filter's taps.</summary>
    public const int LookAhead = 4;

    const int FeatureDelay = 2;
    const float Decay = 0.99f;

    static readonly int[] BandWidths = [.. Enumerable.Repeat(2, 13), 5, 5, 7, 7, 8, 10, 12, 13, 15, 18, 20, 24, 28, 31, 37, 42, 50, 56, 67];
    static readonly string[] EncoderInputs = ["feat_erb", "feat_spec"];
    static readonly string[] EncoderOutputs = ["emb", "e3", "e2", "e1", "e0", "c0"];
    static readonly string[] GainInputs = ["emb", "e3", "e2", "e1", "e0"];
    static readonly string[] GainOutputs = ["m"];
    static readonly string[] FilterInputs = ["emb", "c0"];
    static readonly string[] FilterOutputs = ["coefs"];

    readonly InferenceSession encoder;
    readonly InferenceSession gains;
    readonly InferenceSession filter;

    public DeepFilter(string folder)
    {
        encoder = OnnxRuntime.Open(Path.Combine(folder, "enc.onnx"));
        gains = OnnxRuntime.Open(Path.Combine(folder, "erb_dec.onnx"));
        filter = OnnxRuntime.Open(Path.Combine(folder, "df_dec.onnx"));
    }

    /// <summary>Band of each bin.</summary>
    public static IReadOnlyList<int> BandOfBin { get; } = [.. BandWidths.SelectMany((width, band) => Enumerable.Repeat(band, width))];

    /// <summary>
    /// Gain of speech per frame and band ([frames, 32], 0 to 1), and complex taps per frame and low bin ([frames, 96, 5, 2]).
    /// </summary>
    public (float[] Gains, float[] Taps) Run(Spectrogram sound)
    {
        var frames = sound.Frames;
        using var levels = OrtValue.CreateTensorValueFromMemory(BandLevels(sound), [1, 1, frames, Bands]);
        using var spectrum = OrtValue.CreateTensorValueFromMemory(LowSpectrum(sound), [1, 2, frames, FilteredBins]);
        using var options = new RunOptions();
        using var encoded = encoder.Run(options, EncoderInputs, [levels, spectrum], EncoderOutputs);
        var (mask, taps) = (Array.Empty<float>(), Array.Empty<float>());
        // Recurrent both, so each keeps but one processor busy.
        Parallel.Invoke(
            () => mask = Decode(gains, GainInputs, [.. encoded.Take(5)], GainOutputs),
            () => taps = Decode(filter, FilterInputs, [encoded[0], encoded[5]], FilterOutputs));
        return (mask, taps);
    }

    static float[] Decode(InferenceSession decoder, string[] inputs, OrtValue[] values, string[] outputs)
    {
        using var options = new RunOptions();
        using var results = decoder.Run(options, inputs, values, outputs);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    public void Dispose()
    {
        encoder.Dispose();
        gains.Dispose();
        filter.Dispose();
    }

    /// <summary>Level of each band in dB over its running mean, read two frames ahead.</summary>
    static float[] BandLevels(Spectrogram sound)
    {
        var features = new float[sound.Frames * Bands];
        Span<float> mean = stackalloc float[Bands];
        for (var b = 0; b < Bands; b++) mean[b] = -60 - 30f * b / (Bands - 1);
        for (var t = 0; t < sound.Frames; t++)
        {
            var re = sound.Real(t);
            var im = sound.Imaginary(t);
            for (var (b, bin) = (0, 0); b < Bands; bin += BandWidths[b++])
            {
                var power = 0.0;
                for (var f = bin; f < bin + BandWidths[b]; f++) power += (double)re[f] * re[f] + (double)im[f] * im[f];
                var level = (float)(10 * Math.Log10(power / BandWidths[b] / Spectrogram.Frame / Spectrogram.Frame + 1e-10));
                mean[b] = level * (1 - Decay) + mean[b] * Decay;
                if (t >= FeatureDelay) features[(t - FeatureDelay) * Bands + b] = (level - mean[b]) / 40;
            }
        }
        return features;
    }

    /// <summary>The lowest bins over the root of their running magnitude, real parts then imaginary ones, read two frames ahead.</summary>
    static float[] LowSpectrum(Spectrogram sound)
    {
        var features = new float[2 * sound.Frames * FilteredBins];
        Span<float> mean = stackalloc float[FilteredBins];
        for (var f = 0; f < FilteredBins; f++) mean[f] = 1e-3f - (1e-3f - 1e-4f) * f / (FilteredBins - 1);
        for (var t = 0; t < sound.Frames; t++)
        {
            var re = sound.Real(t);
            var im = sound.Imaginary(t);
            for (var f = 0; f < FilteredBins; f++)
            {
                var (x, y) = (re[f] / Spectrogram.Frame, im[f] / Spectrogram.Frame);
                mean[f] = MathF.Sqrt(x * x + y * y) * (1 - Decay) + mean[f] * Decay;
                if (t < FeatureDelay) continue;
                var at = (t - FeatureDelay) * FilteredBins + f;
                var scale = 1 / MathF.Sqrt(mean[f]);
                (features[at], features[sound.Frames * FilteredBins + at]) = (x * scale, y * scale);
            }
        }
        return features;
    }
}
