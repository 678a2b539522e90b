using Octavia.Dubbing.Mixing;
using Octavia.Dubbing.Scoring;
using Octavia.Dubbing.Separation;
using Xunit;

namespace Octavia.UnitTests.Scoring;

/// <summary>Mixtures of a reading and a background, both known, so that the truth is.</summary>
public class BedMeterTests
{
    const int Rate = 48_000;
    const int Pause = 3 * Rate / 2;
    const int Window = Rate / 10;
    // Two sentences and a pause.
    static readonly float[] Reading = AtLevel([.. Read("0880"), .. new float[Rate], .. Read("0930")], -22);

    public enum Kind
    {
        Noise,
        Chords,
    }

    [Theory]
    [InlineData(Kind.Noise, -45, 0)]
    [InlineData(Kind.Noise, -45, -6)]
    [InlineData(Kind.Noise, -50, -20)]
    [InlineData(Kind.Chords, -40, 0)]
    [InlineData(Kind.Chords, -40, -6)]
    [InlineData(Kind.Chords, -40, -20)]
    public void What_a_bed_keeps_of_the_background_is_measured(Kind kind, double level, double kept)
    {
        var background = Make(kind, level);
        Assert.Equal(kept, Measure(background, [.. background.Select(sample => sample * Gain(kept))]).BackgroundDb!.Value, 1.0);
    }

    [Fact]
    public void Holes_in_a_steady_background_where_the_old_voice_was_are_seen()
    {
        var noise = Make(Kind.Noise, -45);
        var holes = noise.ToArray();
        var (voice, pause) = (0, 0);
        for (var at = 0; at + Window <= Reading.Length; at += Window)
        {
            var level = Sound.Level(Reading.AsSpan(at, Window));
            if (level > Gain(-35)) voice++;
            if (level < Gain(-55)) pause++;
            if (level > Gain(-35)) holes.AsSpan(Pause + at, Window).Clear();
        }
        Assert.Equal(10 * Math.Log10((double)pause / (pause + voice)), Measure(noise, holes).BackgroundDb!.Value, 1.0);
    }

    [Fact]
    public void A_sound_of_the_voice_that_its_estimate_misses_is_no_background()
    {
        var noise = Make(Kind.Noise, -45);
        var (original, voice) = (Add(noise, Reading), Add(new float[noise.Length], Reading));
        voice.AsSpan(Pause, Reading.Length / 3).Clear();
        Assert.Equal(0, Measure(original, voice, noise).BackgroundDb!.Value, 1.0);
    }

    [Fact]
    public void A_drift_that_nobody_hears_is_no_background()
    {
        var noise = Make(Kind.Noise, -45);
        float[] drift = [.. noise.Select((_, i) => (float)Gain(-30) * MathF.Sin(2 * MathF.PI * 8 * i / Rate))];
        float[] original = Add([.. noise.Zip(drift, (one, other) => one + other)], Reading), voice = Add(new float[noise.Length], Reading), bed = [.. noise];
        Assert.True(Measure(original, voice, bed).BackgroundDb < -10);
        foreach (var sound in (float[][])[original, voice, bed]) BedMeter.KeepHeard(sound, Rate);
        Assert.Equal(0, Measure(original, voice, bed).BackgroundDb!.Value, 1.0);
    }

    [Fact]
    public void Where_the_pauses_are_silent_there_is_no_background()
    {
        var silence = Make(Kind.Noise, -65);
        Assert.Null(Measure(silence, new float[silence.Length]).BackgroundDb);
        Assert.Null(Measure(new float[silence.Length], new float[silence.Length]).BackgroundDb);
    }

    [Theory]
    [InlineData(-26)]
    [InlineData(-40)]
    public void What_a_bed_keeps_of_the_voice_is_measured(double kept)
    {
        var noise = Make(Kind.Noise, -60);
        var figures = Measure(Add(noise, Reading), Add(new float[noise.Length], Reading), Add(noise, [.. Reading.Select(sample => sample * Gain(kept))]));
        Assert.Equal(kept, figures.VoiceDb!.Value, 1.0);
    }

    /// <summary>The whole of it: the separator's own estimate, and the mixer's bed.</summary>
    [Fact]
    public async Task The_mixer_keeps_a_rooms_noise_and_ducking_loses_it()
    {
        using var separator = new SpeechSeparator(TestFiles.Shared("models/separator"));
        var noise = Make(Kind.Noise, -45);
        var original = Add(noise, Reading);
        var voice = new float[original.Length];
        separator.Split(original, [], voice);
        Assert.Equal(0, Measure(original, voice, await BedAsync(original, separator)).BackgroundDb!.Value, 2.0);
        Assert.InRange(Measure(original, voice, await BedAsync(original, null)).BackgroundDb!.Value, -30, -10);
    }

    static float[] Read(string name) => Sound.Decode(TestFiles.At($"tests/media/librivox/{name}.wav"), Rate);

    static async Task<float[]> BedAsync(float[] original, IBackgroundSource? separator)
    {
        using var bed = new MemoryStream();
        var stereo = original.SelectMany(sample => new[] { sample, sample }).ToArray();
        var mixer = new Mixer(new MemoryStream(System.Runtime.InteropServices.MemoryMarshal.AsBytes(stereo.AsSpan()).ToArray()), separator, bed);
        var (start, end) = ((double)Pause / Rate, (double)(Pause + Reading.Length) / Rate);
        await mixer.AddAsync(new MixLine(start, end, start, new float[1], 0), default);
        await mixer.CompleteAsync(default);
        var mixed = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bed.ToArray()).ToArray();
        return [.. Enumerable.Range(0, original.Length).Select(i => mixed[2 * i])];
    }

    static BedFigures Measure(float[] background, float[] bed) => Measure(Add(background, Reading), Add(new float[background.Length], Reading), bed);

    static BedFigures Measure(float[] original, float[] voice, float[] bed)
    {
        var silence = new float[original.Length];
        var meter = new BedMeter();
        meter.Add(voice, new Stereo(original, silence), new Stereo(bed, silence), Pause..(Pause + Reading.Length), Rate);
        return meter.Figures;
    }

    /// <summary>A background that is there before and after the reading too.</summary>
    static float[] Make(Kind kind, double level)
    {
        var random = new Random(7);
        var low = 0f;
        return AtLevel([.. Enumerable.Range(0, Reading.Length + 2 * Pause).Select(i => kind == Kind.Noise ? low += 0.1f * (random.NextSingle() - random.NextSingle() - low) : Chord(i))], level);
    }

    // Struck twice a second.
    static float Chord(int i) => new[] { 220, 277.2f, 329.6f }.Sum(pitch => MathF.Sin(2 * MathF.PI * pitch * i / Rate)) * MathF.Exp(-4f * (i % (Rate / 2)) / Rate);

    static float[] Add(float[] background, float[] reading)
    {
        var sum = background.ToArray();
        for (var i = 0; i < reading.Length; i++) sum[Pause + i] += reading[i];
        return sum;
    }

    static float[] AtLevel(float[] sound, double decibels)
    {
        var gain = (float)(Gain(decibels) / Sound.Level(sound));
        return [.. sound.Select(sample => sample * gain)];
    }

    static float Gain(double decibels) => (float)Math.Pow(10, decibels / 20);
}
