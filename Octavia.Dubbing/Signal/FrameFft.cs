using System.Numerics;

namespace Octavia.Dubbing.Signal;

/// <summary>
/// Real Fourier transform of as many frames at a time as a vector register has lanes: lane = frame, so that no step shuffles.
/// A frame of n samples is read as n/2 complex numbers, transformed by Stockham's self-sorting mixed-radix method, and split.
/// For overlapping frames of a whole recording, where it takes a tenth of <see cref="RealFft"/>'s time. Not thread-safe: it owns its
/// work space.
/// </summary>
internal sealed class FrameFft
{
    readonly int half;
    readonly int[] radices;
    readonly float[] cos;
    readonly float[] sin;
    Vector<float>[] re, im, nextRe, nextIm;

    /// <param name="length">Samples of a frame: twice a product of 2, 4 and 5.</param>
    public FrameFft(int length)
    {
        half = length / 2;
        radices = [.. Factor(half)];
        cos = [.. Enumerable.Range(0, length).Select(i => (float)Math.Cos(2 * Math.PI * i / length))];
        sin = [.. Enumerable.Range(0, length).Select(i => (float)Math.Sin(2 * Math.PI * i / length))];
        (re, im, nextRe, nextIm) = (new Vector<float>[half], new Vector<float>[half], new Vector<float>[half], new Vector<float>[half]);
    }

    /// <summary>Power spectrum.</summary>
    /// <param name="frames">[sample], each element one sample of every frame.</param>
    /// <param name="power">[length / 2 + 1].</param>
    public void Power(ReadOnlySpan<Vector<float>> frames, Span<Vector<float>> power)
    {
        for (var i = 0; i < half; i++) (re[i], im[i]) = (frames[2 * i], frames[2 * i + 1]);
        var (length, stride) = (half, 1);
        foreach (var radix in radices)
        {
            Pass(radix, length, stride);
            (re, nextRe, im, nextIm) = (nextRe, re, nextIm, im);
            (length, stride) = (length / radix, stride * radix);
        }
        var point5 = new Vector<float>(0.5f);
        for (var k = 0; k <= half; k++)
        {
            // Even and odd samples' spectra from the spectrum of the packed frame.
            var (a, b) = (k % half, (half - k) % half);
            var (evenRe, evenIm) = ((re[a] + re[b]) * point5, (im[a] - im[b]) * point5);
            var (oddRe, oddIm) = ((im[a] + im[b]) * point5, (re[b] - re[a]) * point5);
            var x = evenRe + oddRe * cos[k] + oddIm * sin[k];
            var y = evenIm + oddIm * cos[k] - oddRe * sin[k];
            power[k] = x * x + y * y;
        }
    }

    static IEnumerable<int> Factor(int n)
    {
        foreach (var radix in new[] { 5, 4, 2 })
            for (; n % radix == 0; n /= radix)
                yield return radix;
        if (n != 1) throw new ArgumentException("A frame must be twice a product of 2, 4 and 5.", nameof(n));
    }

    void Pass(int radix, int length, int stride)
    {
        var step = length / radix;
        for (var p = 0; p < step; p++)
        {
            for (var q = 0; q < stride; q++)
            {
                var (from, to) = (q + stride * p, q + stride * radix * p);
                if (radix == 5) Butterfly5(from, stride * step, to, stride);
                else if (radix == 4) Butterfly4(from, stride * step, to, stride);
                else Butterfly2(from, stride * step, to, stride);
                // Twiddle factors; the table holds the angles of the unpacked length.
                for (var k = 1; k < radix && p > 0; k++) Turn(to + k * stride, 2 * (half / length) * p * k);
            }
        }
    }

    void Turn(int at, int angle)
    {
        var (c, s, x, y) = (cos[angle], sin[angle], nextRe[at], nextIm[at]);
        nextRe[at] = x * c + y * s;
        nextIm[at] = y * c - x * s;
    }

    void Butterfly2(int from, int gap, int to, int stride)
    {
        var (ar, ai, br, bi) = (re[from], im[from], re[from + gap], im[from + gap]);
        (nextRe[to], nextIm[to]) = (ar + br, ai + bi);
        (nextRe[to + stride], nextIm[to + stride]) = (ar - br, ai - bi);
    }

    void Butterfly4(int from, int gap, int to, int stride)
    {
        var (ar, ai, cr, ci) = (re[from], im[from], re[from + 2 * gap], im[from + 2 * gap]);
        var (br, bi, dr, di) = (re[from + gap], im[from + gap], re[from + 3 * gap], im[from + 3 * gap]);
        var (sr, si, tr, ti) = (ar + cr, ai + ci, ar - cr, ai - ci);
        var (ur, ui, vr, vi) = (br + dr, bi + di, br - dr, bi - di);
        (nextRe[to], nextIm[to]) = (sr + ur, si + ui);
        (nextRe[to + stride], nextIm[to + stride]) = (tr + vi, ti - vr);
        (nextRe[to + 2 * stride], nextIm[to + 2 * stride]) = (sr - ur, si - ui);
        (nextRe[to + 3 * stride], nextIm[to + 3 * stride]) = (tr - vi, ti + vr);
    }

    void Butterfly5(int from, int gap, int to, int stride)
    {
        const float c1 = 0.309016994f, c2 = -0.809016994f, s1 = 0.951056516f, s2 = 0.587785252f;
        var (ar, ai) = (re[from], im[from]);
        var (br, bi, er, ei) = (re[from + gap], im[from + gap], re[from + 4 * gap], im[from + 4 * gap]);
        var (cr, ci, dr, di) = (re[from + 2 * gap], im[from + 2 * gap], re[from + 3 * gap], im[from + 3 * gap]);
        var (pr, pi, qr, qi) = (br + er, bi + ei, cr + dr, ci + di);
        var (vr, vi, wr, wi) = (br - er, bi - ei, cr - dr, ci - di);
        var (mr, mi, nr, ni) = (ar + pr * c1 + qr * c2, ai + pi * c1 + qi * c2, ar + pr * c2 + qr * c1, ai + pi * c2 + qi * c1);
        var (fr, fi, gr, gi) = (vr * s1 + wr * s2, vi * s1 + wi * s2, vr * s2 - wr * s1, vi * s2 - wi * s1);
        (nextRe[to], nextIm[to]) = (ar + pr + qr, ai + pi + qi);
        (nextRe[to + stride], nextIm[to + stride]) = (mr + fi, mi - fr);
        (nextRe[to + 2 * stride], nextIm[to + 2 * stride]) = (nr + gi, ni - gr);
        (nextRe[to + 3 * stride], nextIm[to + 3 * stride]) = (nr - gi, ni + gr);
        (nextRe[to + 4 * stride], nextIm[to + 4 * stride]) = (mr - fi, mi + fr);
    }
}
