using System.Numerics.Tensors;

namespace Octavia.Dubbing.Mixing;

/// <summary>Changes the sample rate of a line: windowed-sinc interpolation, one filter per phase of the rates' ratio.</summary>
public static class Resampler
{
    const int Half = 16;

    /// <summary>The sound at another rate; the same length in seconds.</summary>
    /// <param name="samples">Mono.</param>
    /// <param name="from">Hz.</param>
    /// <param name="to">Hz.</param>
    public static float[] Resample(ReadOnlySpan<float> samples, int from, int to)
    {
        if (from == to) return samples.ToArray();
        var divisor = Gcd(from, to);
        var (up, down) = (to / divisor, from / divisor);
        // Below the lower of both rates' half, with room for the filter's slope.
        var cutoff = 0.95 * Math.Min(1.0, (double)to / from);
        var reach = (int)Math.Ceiling(Half / cutoff);
        var filters = new float[up][];
        var padded = new float[samples.Length + 2 * reach];
        samples.CopyTo(padded.AsSpan(reach));
        var result = new float[(long)samples.Length * up / down];
        for (var i = 0; i < result.Length; i++)
        {
            var position = (long)i * down;
            var phase = (int)(position % up);
            var filter = filters[phase] ??= Filter((double)phase / up, cutoff, reach);
            var first = (int)(position / up) + 1;
            result[i] = TensorPrimitives.Dot(padded.AsSpan(first, filter.Length), filter);
        }
        return result;
    }

    // Tap t lies at t - (reach - 1) - fraction samples from the point wanted.
    static float[] Filter(double fraction, double cutoff, int reach)
    {
        var taps = new float[2 * reach - 1];
        for (var t = 0; t < taps.Length; t++)
        {
            var x = t - (reach - 1) - fraction;
            var sinc = x == 0 ? 1 : Math.Sin(Math.PI * cutoff * x) / (Math.PI * cutoff * x);
            var w = x / reach;
            taps[t] = (float)(cutoff * sinc * (Math.Abs(w) >= 1 ? 0 : 0.42 + 0.5 * Math.Cos(Math.PI * w) + 0.08 * Math.Cos(2 * Math.PI * w)));
        }
        return taps;
    }

    static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);
}
