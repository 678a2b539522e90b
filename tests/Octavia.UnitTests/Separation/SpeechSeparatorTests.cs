using Octavia.Dubbing.Separation;
using Xunit;

namespace Octavia.UnitTests.Separation;

public class SpectrogramTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(480)]
    [InlineData(12345)]
    public void Unchanged_spectra_give_the_sound_back(int length)
    {
        var random = new Random(length);
        float[] sound = [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() * 2 - 1)];

        var back = new Spectrogram(sound).ToSound();

        Assert.Equal(length, back.Length);
        for (var i = 0; i < length; i++) Assert.Equal(sound[i], back[i], 2e-6);
    }

    [Fact]
    public void Bands_cover_all_bins() => Assert.Equal(Spectrogram.Bins, DeepFilter.BandOfBin.Count);
}

public class SpeechSeparatorTests
{
    const int Rate = 48000;

    [Fact]
    public void Strength_zero_gives_the_input_back()
    {
        using var separator = new SpeechSeparator(TestFiles.Shared("models/separator"), strength: 0);
        var sound = Speech();

        var background = separator.Background(sound);

        for (var i = 0; i < sound.Length; i++) Assert.Equal(sound[i], background[i], 2e-6);
    }

    /// <summary>At 6 dB of speech over music the model's notes have, as means of ten mixtures, -23.5 dB of speech and -3.0 dB of background.</summary>
    [Fact]
    public void Speech_over_music_goes_and_the_music_stays()
    {
        using var separator = new SpeechSeparator(TestFiles.Shared("models/separator"));
        var speech = Speech();
        var music = Music(speech.Length);
        var estimate = new float[speech.Length];
        var background = new float[speech.Length];

        separator.Split([.. speech.Zip(music, (s, m) => s + m)], background, estimate);

        Assert.InRange(ShareOf(speech, music, background), -60, -15);
        Assert.InRange(Decibels(background, music), -3, 3);
        Assert.InRange(Decibels(Minus(estimate, speech), music), -30, -3);
    }

    /// <summary>Where the mask takes a room's noise along with the speech the ear hears a hole: to -11 dB in tenths of a second, -5 dB in the middle, as measured.</summary>
    [Fact]
    public void Speech_over_noise_leaves_no_holes_in_the_noise()
    {
        using var separator = new SpeechSeparator(TestFiles.Shared("models/separator"));
        var speech = Speech();
        var noise = RoomNoise(speech.Length);

        var background = separator.Background([.. speech.Zip(noise, (s, n) => s + n)]);

        const int window = Rate / 10;
        var levels = Enumerable.Range(0, speech.Length / window).Select(i => i * window)
            .Select(at => Decibels(background[at..(at + window)], noise[at..(at + window)])).Order().ToArray();
        Assert.InRange(levels[0], -5, 1);
        Assert.InRange(levels[levels.Length / 2], -3, 1);
    }

    /// <summary>A line that fills its piece says nothing of the room that it is spoken in; what sounds between the lines does, whatever knocks there.</summary>
    [Fact]
    public void A_rooms_noise_is_known_from_beside_the_speech()
    {
        using var separator = new SpeechSeparator(TestFiles.Shared("models/separator"));
        var speech = Speech()[(Rate / 2)..(2 * Rate)];
        var room = RoomNoise(speech.Length + 2 * Rate);
        var (under, beside) = (room[..speech.Length], room[speech.Length..]);
        for (var i = 0; i < Rate / 50; i++) beside[Rate + i] += 0.1f * MathF.Sin(2 * MathF.PI * 300 * i / Rate);
        float[] sound = [.. speech.Zip(under, (s, n) => s + n)];

        Assert.InRange(Decibels(separator.Background(sound), under), -80, -4.5);
        Assert.InRange(Decibels(separator.Background(sound, beside), under), -3, 1);
    }

    [Fact]
    public void Speech_alone_goes_and_music_alone_stays()
    {
        using var separator = new SpeechSeparator(TestFiles.Shared("models/separator"));
        var speech = Speech();
        var music = Music(speech.Length);

        Assert.InRange(Decibels(separator.Background(speech), speech), -80, -24);
        Assert.InRange(Decibels(separator.Background(music), music), -1.5, 0.1);
    }

    /// <summary>25 s are three stretches. Cut at other borders the sound comes out nearly the same: the warm-up is long enough.</summary>
    [Fact]
    public void Long_sound_is_worked_on_in_stretches_without_seams()
    {
        using var separator = new SpeechSeparator(TestFiles.Shared("models/separator"));
        var speech = Speech();
        float[] once = [.. speech.Zip(Music(speech.Length), (s, m) => s + m)];
        float[] sound = [.. once, .. once, .. once, .. once];
        sound = sound[..(25 * Rate)];

        var whole = separator.Background(sound);
        // The second stretch begins at 10 s; this one runs across it.
        var middle = separator.Background(sound.AsSpan(6 * Rate, 8 * Rate));

        var (from, to) = (9 * Rate + Rate / 2, 11 * Rate);
        Assert.InRange(Decibels(Minus(whole[from..to], middle[(from - 6 * Rate)..]), whole[from..to]), double.NegativeInfinity, -15);
    }

    [Fact]
    public void Nothing_and_silence_stay_what_they_are()
    {
        using var separator = new SpeechSeparator(TestFiles.Shared("models/separator"));
        Assert.Empty(separator.Background([]));
        Assert.All(separator.Background(new float[1000]), sample => Assert.Equal(0, sample, 1e-6f));
    }

    /// <summary>A LibriVox reading at -24 dBFS.</summary>
    static float[] Speech() => AtLevel(Sound.Decode(TestFiles.At("tests/media/librivox/0870.wav"), Rate), -24);

    /// <summary>Noise that falls off above 800 Hz, 21 dB under the speech.</summary>
    static float[] RoomNoise(int length)
    {
        var random = new Random(7);
        var low = 0f;
        return AtLevel([.. Enumerable.Range(0, length).Select(_ => low += 0.1f * (random.NextSingle() - random.NextSingle() - low))], -45);
    }

    /// <summary>Chords of decaying tones, 6 dB under the speech.</summary>
    static float[] Music(int length)
    {
        int[][] chords = [[0, 4, 7, 12], [-3, 0, 4, 9], [-7, -3, 0, 5], [-5, -1, 2, 7]];
        var sound = new float[length];
        for (var i = 0; i < length; i++)
        {
            var beat = i / (Rate / 2);
            var since = i % (Rate / 2) / (double)Rate;
            foreach (var note in chords[beat / 2 % 4])
                for (var h = 1; h <= 6; h++)
                {
                    var pitch = 220 * Math.Pow(2, note / 12.0) * h;
                    sound[i] += (float)(Math.Sin(2 * Math.PI * pitch * i / Rate) * Math.Exp(-3 * since * h) / h);
                }
        }
        return AtLevel(sound, -30);
    }

    static float[] AtLevel(float[] sound, double decibels)
    {
        var gain = (float)(Math.Pow(10, decibels / 20) / Sound.Level(sound));
        return [.. sound.Select(s => s * gain)];
    }

    static double Decibels(float[] sound, float[] reference) => 20 * Math.Log10(Sound.Level(sound) / Sound.Level(reference));

    static float[] Minus(float[] a, float[] b) => [.. a.Zip(b, (x, y) => x - y)];

    /// <summary>In dB: the factor of the speech in the background, when speech and music explain it as well as they can (least squares).</summary>
    static double ShareOf(float[] speech, float[] music, float[] background)
    {
        static double Dot(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum();
        var (ss, mm, sm, bs, bm) = (Dot(speech, speech), Dot(music, music), Dot(speech, music), Dot(background, speech), Dot(background, music));
        return 20 * Math.Log10(Math.Abs((bs * mm - bm * sm) / (ss * mm - sm * sm)));
    }
}
