using Octavia.Dubbing.Mixing;

namespace Octavia.Dubbing.Separation;

/// <summary>
/// Takes speech out of 48 kHz mono sound by DeepFilterNet2: the network estimates the speech, and a mask made from the estimate leaves the
/// background. Sound of any length is worked on in stretches of 10 s, each with 2.5 s before it to warm the network up and 40 ms after
/// it, so memory does not grow with it beyond the sound itself. Thread-safe.
/// </summary>
public sealed class SpeechSeparator : IBackgroundSource, IDisposable
{
    const int Hop = Spectrogram.Hop;
    const int Stretch = 1000 * Hop;
    const int WarmUp = 250 * Hop;
    const int LookAhead = (DeepFilter.LookAhead + 1) * Hop;

    readonly DeepFilter filter;
    readonly float strength;

    /// <summary>Opens the model.</summary>
    /// <param name="folder">Folder with <c>enc.onnx</c>, <c>erb_dec.onnx</c> and <c>df_dec.onnx</c>.</param>
    /// <param name="strength">How many times the share of speech is taken out: 2 is good, 4 leaves less speech and less background, 0 leaves all.</param>
    public SpeechSeparator(string folder, float strength = 2)
    {
        filter = new DeepFilter(folder);
        this.strength = strength;
    }

    /// <inheritdoc />
    public float[] Background(ReadOnlySpan<float> mid, ReadOnlySpan<float> beside = default)
    {
        var background = new float[mid.Length];
        Split(mid, background, [], beside);
        return background;
    }

    /// <summary>Both parts; they do not add up to the sound.</summary>
    /// <param name="sound">48 kHz mono.</param>
    /// <param name="background">As long as the sound, or empty when not wanted.</param>
    /// <param name="speech">As long as the sound, or empty when not wanted.</param>
    /// <param name="beside">What sounds where nobody speaks, from elsewhere in the same sound; may be empty.</param>
    public void Split(ReadOnlySpan<float> sound, Span<float> background, Span<float> speech, ReadOnlySpan<float> beside = default)
    {
        var room = new Spectrogram(beside);
        for (var start = 0; start < sound.Length; start += Stretch)
        {
            var end = Math.Min(sound.Length, start + Stretch);
            var from = Math.Max(0, start - WarmUp);
            var mixture = new Spectrogram(sound[from..Math.Min(sound.Length, end + LookAhead)]);
            var (gains, taps) = filter.Run(mixture);
            var estimate = SpeechOf(mixture, gains, taps);
            if (!background.IsEmpty)
            {
                Mask(mixture, estimate);
                if (strength > 0)
                {
                    var (quiet, near) = SpeechRemainder.Remove(mixture, estimate);
                    RoomTone.Fill(mixture, quiet, near, room);
                    BackgroundLevel.Restore(mixture, quiet, estimate);
                }
                mixture.ToSound().AsSpan(start - from, end - start).CopyTo(background[start..]);
            }
            if (!speech.IsEmpty) estimate.ToSound().AsSpan(start - from, end - start).CopyTo(speech[start..]);
        }
    }

    /// <inheritdoc />
    public void Dispose() => filter.Dispose();

    /// <summary>The mixture under its band gains, the low bins filtered over five frames as well.</summary>
    static Spectrogram SpeechOf(Spectrogram mixture, float[] gains, float[] taps)
    {
        var speech = mixture.Clone();
        for (var t = 0; t < speech.Frames; t++)
        {
            var re = speech.Real(t);
            var im = speech.Imaginary(t);
            for (var f = 0; f < Spectrogram.Bins; f++)
            {
                var gain = gains[t * DeepFilter.Bands + DeepFilter.BandOfBin[f]];
                re[f] *= gain;
                im[f] *= gain;
            }
        }
        var gained = speech.Clone();
        for (var t = 0; t < speech.Frames; t++) Filter(gained, taps.AsSpan(t * DeepFilter.FilteredBins * DeepFilter.Taps * 2), speech, t);
        return speech;
    }

    static void Filter(Spectrogram gained, ReadOnlySpan<float> taps, Spectrogram speech, int t)
    {
        var toRe = speech.Real(t)[..DeepFilter.FilteredBins];
        var toIm = speech.Imaginary(t)[..DeepFilter.FilteredBins];
        toRe.Clear();
        toIm.Clear();
        for (var k = 0; k < DeepFilter.Taps; k++)
        {
            var from = t + k - DeepFilter.Taps / 2;
            if (from < 0 || from >= gained.Frames) continue;
            var re = gained.Real(from);
            var im = gained.Imaginary(from);
            for (var f = 0; f < DeepFilter.FilteredBins; f++)
            {
                var (c, d) = (taps[(f * DeepFilter.Taps + k) * 2], taps[(f * DeepFilter.Taps + k) * 2 + 1]);
                toRe[f] += re[f] * c - im[f] * d;
                toIm[f] += re[f] * d + im[f] * c;
            }
        }
    }

    /// <summary>Turns the mixture into the background: each bin loses its share of speech, as many times as the strength says.</summary>
    void Mask(Spectrogram mixture, Spectrogram speech)
    {
        for (var t = 0; t < mixture.Frames; t++)
        {
            var re = mixture.Real(t);
            var im = mixture.Imaginary(t);
            var speechRe = speech.Real(t);
            var speechIm = speech.Imaginary(t);
            for (var f = 0; f < Spectrogram.Bins; f++)
            {
                var whole = MathF.Sqrt(re[f] * re[f] + im[f] * im[f]);
                if (whole == 0) continue;
                var share = Math.Min(1, MathF.Sqrt(speechRe[f] * speechRe[f] + speechIm[f] * speechIm[f]) / whole);
                var left = Math.Max(0, 1 - strength * share);
                re[f] *= left;
                im[f] *= left;
            }
        }
    }
}
