namespace Octavia.Dubbing.Signal;

/// <summary>
/// Discrete Fourier transform of real signals of one even length whose prime factors are 2, 3 and 5 (400 and 960 among them).
/// Two real samples go into one complex one, so the work is that of half the length. Nothing is allocated per call.
/// An instance holds scratch memory: one per thread.
/// </summary>
public sealed class RealFft
{
    readonly ComplexFft half;
    readonly float[] re;
    readonly float[] im;
    readonly float[] cos;
    readonly float[] sin;

    /// <summary>Makes the tables for a length.</summary>
    /// <param name="length">Samples per transform.</param>
    /// <exception cref="ArgumentException">The length is odd or has another prime factor.</exception>
    public RealFft(int length)
    {
        if (length < 2 || length % 2 != 0) throw new ArgumentException($"{length} is not even", nameof(length));
        Length = length;
        half = new ComplexFft(length / 2);
        re = new float[length / 2];
        im = new float[length / 2];
        cos = new float[Bins];
        sin = new float[Bins];
        for (var k = 0; k < Bins; k++) (sin[k], cos[k]) = ToSingle(Math.SinCos(-2 * Math.PI * k / length));
    }

    /// <summary>Samples per transform.</summary>
    public int Length { get; }

    /// <summary>Frequencies per transform: half the length, plus one.</summary>
    public int Bins => Length / 2 + 1;

    /// <summary>X[k] = sum of x[n] exp(-2 pi i k n / length), unscaled.</summary>
    /// <param name="samples"><see cref="Length"/> samples.</param>
    /// <param name="real">Receives <see cref="Bins"/> real parts.</param>
    /// <param name="imaginary">Receives <see cref="Bins"/> imaginary parts.</param>
    public void Forward(ReadOnlySpan<float> samples, Span<float> real, Span<float> imaginary)
    {
        var n = Length / 2;
        for (var i = 0; i < n; i++) (re[i], im[i]) = (samples[2 * i], samples[2 * i + 1]);
        half.Transform(re, im);
        for (var k = 0; k <= n; k++)
        {
            var (a, b) = (k % n, (n - k) % n);
            var (evenRe, evenIm) = (0.5f * (re[a] + re[b]), 0.5f * (im[a] - im[b]));
            var (oddRe, oddIm) = (0.5f * (im[a] + im[b]), 0.5f * (re[b] - re[a]));
            real[k] = evenRe + oddRe * cos[k] - oddIm * sin[k];
            imaginary[k] = evenIm + oddRe * sin[k] + oddIm * cos[k];
        }
    }

    /// <summary>Undoes <see cref="Forward"/>: the result is divided by the length. Imaginary parts of the first and last bin are ignored.</summary>
    /// <param name="real"><see cref="Bins"/> real parts.</param>
    /// <param name="imaginary"><see cref="Bins"/> imaginary parts.</param>
    /// <param name="samples">Receives <see cref="Length"/> samples.</param>
    public void Inverse(ReadOnlySpan<float> real, ReadOnlySpan<float> imaginary, Span<float> samples)
    {
        var n = Length / 2;
        for (var k = 0; k < n; k++)
        {
            var (aIm, bIm) = (k == 0 ? 0 : imaginary[k], k == 0 ? 0 : imaginary[n - k]);
            var (evenRe, evenIm) = (0.5f * (real[k] + real[n - k]), 0.5f * (aIm - bIm));
            var (differenceRe, differenceIm) = (0.5f * (real[k] - real[n - k]), 0.5f * (aIm + bIm));
            var oddRe = differenceRe * cos[k] + differenceIm * sin[k];
            var oddIm = differenceIm * cos[k] - differenceRe * sin[k];
            // Conjugated on the way in and out, the forward transform is the inverse one.
            (re[k], im[k]) = (evenRe - oddIm, -(evenIm + oddRe));
        }
        half.Transform(re, im);
        var scale = 1f / n;
        for (var i = 0; i < n; i++) (samples[2 * i], samples[2 * i + 1]) = (re[i] * scale, -im[i] * scale);
    }

    static (float Sin, float Cos) ToSingle((double Sin, double Cos) pair) => ((float)pair.Sin, (float)pair.Cos);
}
