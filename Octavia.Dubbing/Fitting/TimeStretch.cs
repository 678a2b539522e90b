using System.Numerics.Tensors;

namespace Octavia.Dubbing.Fitting;

/// <summary>
/// Changes the length of speech and keeps its pitch: waveform similarity overlap-add (Verhelst and Roelands 1993). Windows are taken from the input at another
/// distance than they are laid down at, each moved by a few milliseconds to where it continues the last one best.
/// </summary>
static class TimeStretch
{
    // Two periods of a low voice.
    const double Window = 0.03;
    // More than half a period of one, to either side.
    const double Reach = 0.01;

    /// <summary>Speech of another length.</summary>
    /// <param name="samples">Mono.</param>
    /// <param name="rate">Samples per second.</param>
    /// <param name="tempo">Length before over length after: above 1 is faster.</param>
    /// <returns>Of <c>samples.Length / tempo</c> samples, rounded.</returns>
    public static float[] Apply(ReadOnlySpan<float> samples, int rate, double tempo)
    {
        var hop = (int)(Window / 2 * rate);
        var reach = (int)(Reach * rate);
        var result = new float[(int)Math.Round(samples.Length / tempo)];
        // So that every window and every search lies inside.
        var padded = new float[samples.Length + 4 * hop + 2 * reach];
        samples.CopyTo(padded.AsSpan(hop + reach));
        var fade = Fade(hop);
        var at = hop + reach;
        for (var (start, i) = (0, 0); start < result.Length; start += hop, i++)
        {
            // What would follow if nothing were changed.
            var next = Math.Min(at, padded.Length - 2 * hop);
            var nominal = hop + reach + (int)Math.Round((double)start * samples.Length / result.Length);
            at = i == 0 ? nominal : Best(padded, next, Math.Min(nominal, padded.Length - 2 * hop - reach), hop, reach);
            Lay(padded, next, at, fade, result.AsSpan(start, Math.Min(hop, result.Length - start)));
            at += hop;
        }
        return result;
    }

    // Fades from what would follow to what comes instead; they are alike, so the sum keeps its level.
    static void Lay(float[] from, int next, int at, float[] fade, Span<float> result)
    {
        for (var i = 0; i < result.Length; i++) result[i] = from[next + i] + fade[i] * (from[at + i] - from[next + i]);
    }

    static int Best(float[] samples, int next, int nominal, int hop, int reach)
    {
        var (best, most) = (nominal, Likeness(samples, next, nominal, hop));
        for (var at = nominal - reach; at <= nominal + reach; at++)
        {
            var likeness = Likeness(samples, next, at, hop);
            if (likeness > most) (best, most) = (at, likeness);
        }
        return best;
    }

    static double Likeness(float[] samples, int wanted, int at, int length)
    {
        ReadOnlySpan<float> candidate = samples.AsSpan(at, length);
        return TensorPrimitives.Dot(samples.AsSpan(wanted, length), candidate) / Math.Sqrt(TensorPrimitives.SumOfSquares(candidate) + 1e-9);
    }

    static float[] Fade(int length) => [.. Enumerable.Range(0, length).Select(i => (float)(0.5 - 0.5 * Math.Cos(Math.PI * (i + 0.5) / length)))];
}
