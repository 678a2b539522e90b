using Octavia.Dubbing.Signal;

namespace Octavia.Dubbing.Separation;

/// <summary>
/// Short-time spectra of 48 kHz sound: 20 ms frames every 10 ms under the Vorbis window, for analysis and synthesis both, so that
/// unchanged spectra give the sound back exactly. Unscaled; frame t is centred on sample 480 t.
/// </summary>
sealed class Spectrogram
{
    public const int Frame = 960;
    public const int Hop = 480;
    public const int Bins = Frame / 2 + 1;

    static readonly float[] Window = [.. Enumerable.Range(0, Frame).Select(n => (float)Vorbis(n))];

    readonly int samples;
    readonly float[] real;
    readonly float[] imaginary;

    /// <summary>Analyses.</summary>
    public Spectrogram(ReadOnlySpan<float> sound)
    {
        samples = sound.Length;
        Frames = (samples + Hop - 1) / Hop + 1;
        real = new float[Frames * Bins];
        imaginary = new float[Frames * Bins];
        var fft = new RealFft(Frame);
        Span<float> frame = stackalloc float[Frame];
        for (var t = 0; t < Frames; t++)
        {
            frame.Clear();
            var start = (t - 1) * Hop;
            var from = Math.Max(0, start);
            sound[from..Math.Min(samples, start + Frame)].CopyTo(frame[(from - start)..]);
            for (var i = 0; i < Frame; i++) frame[i] *= Window[i];
            fft.Forward(frame, Real(t), Imaginary(t));
        }
    }

    Spectrogram(Spectrogram other)
    {
        (samples, Frames) = (other.samples, other.Frames);
        real = (float[])other.real.Clone();
        imaginary = (float[])other.imaginary.Clone();
    }

    /// <summary>How many frames there are: one per hop begun, and one.</summary>
    public int Frames { get; }

    /// <summary>Real parts of a frame's <see cref="Bins"/>.</summary>
    public Span<float> Real(int t) => real.AsSpan(t * Bins, Bins);

    /// <summary>Imaginary parts of a frame's <see cref="Bins"/>.</summary>
    public Span<float> Imaginary(int t) => imaginary.AsSpan(t * Bins, Bins);

    /// <summary>A copy that can be changed by itself.</summary>
    public Spectrogram Clone() => new(this);

    /// <summary>The sound of these spectra, as long as the one analysed.</summary>
    public float[] ToSound()
    {
        var sound = new float[samples];
        var fft = new RealFft(Frame);
        Span<float> frame = stackalloc float[Frame];
        for (var t = 0; t < Frames; t++)
        {
            fft.Inverse(Real(t), Imaginary(t), frame);
            var start = (t - 1) * Hop;
            for (var i = Math.Max(0, -start); i < Frame && start + i < samples; i++) sound[start + i] += frame[i] * Window[i];
        }
        return sound;
    }

    static double Vorbis(int n)
    {
        var sine = Math.Sin(Math.PI * (n + 0.5) / Frame);
        return Math.Sin(Math.PI / 2 * sine * sine);
    }
}
