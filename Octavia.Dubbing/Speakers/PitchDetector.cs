using System.Numerics;

namespace Octavia.Dubbing.Speakers;

/// <summary>
/// Fundamental frequency of speech at 16 kHz by YIN, steps 1 to 5 (A. de Cheveigné and H. Kawahara, "YIN, a fundamental frequency
/// estimator for speech and music", JASA 111, 2002): 60 to 400 Hz, 40 ms windows every 20 ms.
/// </summary>
public static class PitchDetector
{
    const int SampleRate = 16000;
    const int Window = 640;
    const int Hop = 320;
    /// <summary>Highest pitch that is found, in Hz; the refined bottom of a dip may lie half a lag above.</summary>
    internal const int HighestPitch = 410;
    const int MinLag = SampleRate / 400;
    const int MaxLag = SampleRate / 60;
    const double Threshold = 0.15;

    /// <summary>Fewer voiced windows than these 0.2 s say nothing about a speaker.</summary>
    internal const int FewestWindows = 10;

    /// <summary>Windows this far below the loudest one are pauses.</summary>
    const double PauseRatio = 0.05;

    /// <summary>Median pitch in Hz; null when less than 0.2 s is voiced.</summary>
    /// <param name="samples">16 kHz mono, of any level.</param>
    public static double? Median(ReadOnlySpan<float> samples) => Median(Voiced(samples));

    /// <summary>Pitch in Hz of each voiced window, in order.</summary>
    /// <param name="samples">16 kHz mono, of any level.</param>
    public static IReadOnlyList<float> Voiced(ReadOnlySpan<float> samples) => [.. Track(samples).Where(pitch => pitch > 0)];

    /// <summary>Pitch in Hz of each window, 20 ms after the one before; 0 where there is none.</summary>
    /// <param name="samples">16 kHz mono, of any level.</param>
    internal static IReadOnlyList<float> Track(ReadOnlySpan<float> samples)
    {
        var loudest = 0.0;
        for (var at = 0; at + Window <= samples.Length; at += Hop) loudest = Math.Max(loudest, Energy(samples.Slice(at, Window)));
        var pitches = new List<float>();
        Span<double> difference = stackalloc double[MaxLag + 1];
        for (var at = 0; at + Window + MaxLag <= samples.Length; at += Hop)
        {
            var frame = samples.Slice(at, Window + MaxLag);
            var isPause = Energy(frame[..Window]) <= loudest * PauseRatio * PauseRatio;
            if (!isPause) Normalise(frame, difference);
            pitches.Add(!isPause && Period(difference) is { } period ? (float)(SampleRate / period) : 0);
        }
        return pitches;
    }

    /// <summary>Median of voiced windows; null when they are too few.</summary>
    internal static double? Median(IReadOnlyList<float> voiced)
    {
        if (voiced.Count < FewestWindows) return null;
        var sorted = voiced.Order().ToArray();
        return (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2.0;
    }

    /// <summary>Steps 2 and 3: squared difference to the signal one lag later, over its mean up to that lag.</summary>
    static void Normalise(ReadOnlySpan<float> frame, Span<double> difference)
    {
        difference[0] = 1;
        var energy = Energy(frame[..Window]);
        var shifted = energy;
        var sum = 0.0;
        for (var lag = 1; lag <= MaxLag; lag++)
        {
            shifted += (double)frame[lag + Window - 1] * frame[lag + Window - 1] - (double)frame[lag - 1] * frame[lag - 1];
            var squared = Math.Max(0, energy + shifted - 2 * Dot(frame[..Window], frame.Slice(lag, Window)));
            sum += squared;
            difference[lag] = sum > 0 ? squared * lag / sum : 1;
        }
    }

    /// <summary>Steps 4 and 5: the first dip below the threshold, its bottom refined by a parabola; null when unvoiced.</summary>
    static double? Period(ReadOnlySpan<double> difference)
    {
        for (var lag = MinLag; lag < MaxLag; lag++)
        {
            if (difference[lag] >= Threshold) continue;
            while (lag + 1 < MaxLag && difference[lag + 1] < difference[lag]) lag++;
            var (left, middle, right) = (difference[lag - 1], difference[lag], difference[lag + 1]);
            var bend = left - 2 * middle + right;
            return bend > 0 ? lag + Math.Clamp(0.5 * (left - right) / bend, -0.5, 0.5) : lag;
        }
        return null;
    }

    static double Energy(ReadOnlySpan<float> x) => Dot(x, x);

    static double Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        var sums = Vector<float>.Zero;
        var i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count) sums += new Vector<float>(x[i..]) * new Vector<float>(y[i..]);
        double sum = Vector.Sum(sums);
        for (; i < x.Length; i++) sum += x[i] * y[i];
        return sum;
    }
}
