using System.Numerics.Tensors;

namespace Octavia.Dubbing.Signal;

/// <summary>Finds where a voice begins, by its energy: recognisers tell the time of a word to a tenth of a second at best, the eye sees less.</summary>
static class VoiceOnset
{
    /// <summary>Seconds around the start of a line in which its voice is looked for.</summary>
    public const double Reach = 0.3;
    const double Window = 0.01;
    // A voice that pauses for so many windows has stopped.
    const int Still = 3;
    // Where a voice is 20 dB down it fades into its room.
    const double BelowVoiceDb = 20;
    const double AboveRoomDb = 6;

    /// <summary>Seconds into a take at which it is heard; null for silence.</summary>
    public static double? OfTake(ReadOnlySpan<float> samples, int rate)
    {
        var levels = Levels(samples, rate);
        var first = levels.AsSpan().IndexOfAnyInRange(Threshold(levels), double.MaxValue);
        return first < 0 ? null : first * Window;
    }

    /// <summary>Seconds at which the voice of a line begins.</summary>
    /// <param name="samples">Mono, from <see cref="Reach"/> before the start of the line, or from the start of the sound, to the line's end.</param>
    /// <param name="rate">Samples per second.</param>
    /// <param name="start">Seconds into the samples: where the line is said to start.</param>
    /// <returns>Seconds into the samples; null where the sound goes on before it, so that nobody could tell.</returns>
    public static double? OfLine(ReadOnlySpan<float> samples, int rate, double start)
    {
        var levels = Levels(samples, rate);
        var threshold = Threshold(levels);
        var at = (int)(start / Window);
        var latest = Math.Min(levels.Length, at + (int)(Reach / Window));
        while (at < latest && levels[at] < threshold) at++;
        if (at >= latest) return null;
        for (var quiet = 0; at >= 0; at--)
        {
            quiet = levels[at] < threshold ? quiet + 1 : 0;
            if (quiet == Still) return (at + Still) * Window;
        }
        return null;
    }

    static double Threshold(double[] levels)
    {
        if (levels.Length == 0) return double.MaxValue;
        var sorted = levels.Order().ToArray();
        return Math.Max(sorted[(int)(0.95 * (sorted.Length - 1))] - BelowVoiceDb, sorted[(int)(0.05 * (sorted.Length - 1))] + AboveRoomDb);
    }

    static double[] Levels(ReadOnlySpan<float> samples, int rate)
    {
        var size = (int)(Window * rate);
        var levels = new double[samples.Length / size];
        for (var i = 0; i < levels.Length; i++) levels[i] = 10 * Math.Log10(TensorPrimitives.SumOfSquares(samples.Slice(i * size, size)) / size + 1e-12);
        return levels;
    }
}
