namespace Octavia.Dubbing.Scoring;

/// <summary>Finds where a voice begins, by its energy.</summary>
static class VoiceOnset
{
    const double Window = 0.01;
    const int Held = 3;
    // A voice is 20 dB down where it fades into its room, and rises that much within a hundredth of a second or two.
    const double BelowVoiceDb = 20;
    const double AboveFloorDb = 6;

    /// <summary>Seconds into a take at which it is heard; null for silence.</summary>
    public static double? OfTake(ReadOnlySpan<float> samples, int rate)
    {
        var levels = Levels(samples, rate);
        return First(levels, 0, Threshold(levels)) is { } window ? window * Window : null;
    }

    /// <summary>Seconds at which the original voice begins, near the start of a line.</summary>
    /// <param name="samples">The whole sound, mono.</param>
    /// <param name="rate">Samples per second.</param>
    /// <param name="start">Seconds: where the line is said to start.</param>
    /// <param name="end">Seconds: where it ends.</param>
    /// <param name="reach">Seconds to look before and after the start.</param>
    /// <returns>Null where the sound before is as loud as the voice, so that no ear could tell.</returns>
    public static double? OfLine(ReadOnlySpan<float> samples, int rate, double start, double end, double reach)
    {
        var from = Math.Max(0, start - reach);
        var levels = Levels(samples[(int)Math.Min(samples.Length, from * rate)..(int)Math.Min(samples.Length, Math.Max(end, start + reach) * rate)], rate);
        var threshold = Threshold(levels);
        if (First(levels, 0, threshold) is not { } first || first == 0 || first * Window > start - from + reach) return null;
        return from + first * Window;
    }

    static double Threshold(double[] levels)
    {
        if (levels.Length == 0) return double.MaxValue;
        var sorted = levels.Order().ToArray();
        return Math.Max(sorted[(int)(0.95 * (sorted.Length - 1))] - BelowVoiceDb, sorted[(int)(0.05 * (sorted.Length - 1))] + AboveFloorDb);
    }

    static int? First(double[] levels, int from, double threshold)
    {
        for (var i = from; i + Held <= levels.Length; i++)
            if (levels.AsSpan(i, Held).IndexOfAnyInRange(double.MinValue, threshold) < 0)
                return i;
        return null;
    }

    static double[] Levels(ReadOnlySpan<float> samples, int rate)
    {
        var size = (int)(Window * rate);
        var levels = new double[samples.Length / size];
        for (var i = 0; i < levels.Length; i++)
        {
            var window = samples.Slice(i * size, size);
            levels[i] = 10 * Math.Log10(System.Numerics.Tensors.TensorPrimitives.SumOfSquares(window) / size + 1e-12);
        }
        return levels;
    }
}
