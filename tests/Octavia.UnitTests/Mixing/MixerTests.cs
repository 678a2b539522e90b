using System.Runtime.InteropServices;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Mixing;
using Xunit;

namespace Octavia.UnitTests.Mixing;

public class MixerTests
{
    const int Rate = 48_000;

    [Fact]
    public async Task The_original_is_untouched_between_lines_and_down_under_them()
    {
        var mix = await MixAsync(Tone(30, 0.5f), null, [new MixLine(10, 12, 10, new float[2 * Rate], 0)]);
        Assert.Equal(30 * Rate * 2, mix.Length);
        Assert.Equal(0.5, Peak(mix, 0, 9.8), 2);
        Assert.InRange(Peak(mix, 10, 12), 0.02, 0.03);
        Assert.Equal(0.5, Peak(mix, 12.2, 30), 2);
    }

    [Fact]
    public async Task A_line_that_could_not_be_spoken_leaves_the_original_alone() =>
        Assert.Equal(0.5, Peak(await MixAsync(Tone(5, 0.5f), null, [new MixLine(1, 3, 1, null, 0)]), 1, 3), 2);

    [Fact]
    public async Task A_take_lies_where_it_was_placed_in_both_channels()
    {
        var mix = await MixAsync(Tone(20, 0f), null, [new MixLine(5, 6, 5.25, Ones(1), -6.0206), new MixLine(11, 12, 11.5, Ones(1), 0)]);
        Assert.Equal(0, Peak(mix, 0, 5.25), 3);
        Assert.Equal(0.5, Peak(mix, 5.25, 6.25), 2);
        Assert.Equal(0, Peak(mix, 6.26, 11.49), 3);
        Assert.Equal(1, Peak(mix, 11.5, 12.5), 2);
        Assert.All(Enumerable.Range(0, mix.Length / 2), i => Assert.Equal(mix[2 * i], mix[2 * i + 1]));
    }

    [Fact]
    public async Task A_take_may_end_after_the_original()
    {
        var mix = await MixAsync(Tone(2, 0.1f), null, [new MixLine(1, 2, 1.5, Ones(2), 0)]);
        Assert.Equal(3.5, mix.Length / 2.0 / Rate, 3);
    }

    [Fact]
    public async Task The_sides_of_the_stereo_image_stay_when_the_middle_is_separated()
    {
        // Left and right opposed: nothing in the middle.
        var sides = Enumerable.Range(0, 5 * Rate).SelectMany(i => new[] { Wave(i), -Wave(i) }).ToArray();
        Assert.Equal(0.5, Peak(await MixAsync(sides, new Nothing(), [new MixLine(1, 3, 1, Ones(0.1f), -60)]), 1.5, 3), 2);
    }

    [Theory]
    [InlineData(1f, 0.5f)]
    [InlineData(0.2f, 1f)]
    [InlineData(0f, 1f)]
    public async Task A_voice_beside_the_centre_goes_from_both_channels(float left, float right)
    {
        var voice = Enumerable.Range(0, 5 * Rate).SelectMany(i => new[] { left * Wave(i), right * Wave(i) }).ToArray();
        var mix = await MixAsync(voice, new Nothing(), [new MixLine(1, 3, 1, Ones(0.1f), -60)]);
        Assert.InRange(Peak(mix, 1.2, 2.9), 0, 0.005);
        Assert.InRange(Peak(mix, 3.5, 5), 0.4, 1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Who_speaks_on_one_channel_is_dubbed_on_it_and_the_other_stays(int channel)
    {
        var original = Tone(20, 0.5f);
        var mix = await MixAsync(original, new Nothing(), [new MixLine(9, 12, 9.5, Ones(1), -12.0412, channel)]);
        for (var i = 0; i < mix.Length / 2; i++) Assert.Equal(original[2 * i + 1 - channel], mix[2 * i + 1 - channel]);
        var dubbed = Enumerable.Range(0, mix.Length / 2).SelectMany(i => Enumerable.Repeat(mix[2 * i + channel], 2)).ToArray();
        Assert.Equal(0.5, Peak(dubbed, 0, 8.8), 2);
        Assert.Equal(0, Peak(dubbed, 9, 9.49), 3);
        Assert.Equal(0.25, Peak(dubbed, 9.5, 10.5), 3);
        Assert.Equal(0, Peak(dubbed, 10.51, 12), 3);
        Assert.Equal(0.5, Peak(dubbed, 12.2, 20), 2);
    }

    [Fact]
    public async Task Background_comes_through_as_it_is()
    {
        var mix = await MixAsync(Tone(5, 0.5f), new Everything(), [new MixLine(1, 3, 1, Ones(0.1f), -60)]);
        Assert.Equal(0.5, Peak(mix, 1.5, 3), 2);
        Assert.Equal(0.5, Peak(mix, 3.3, 5), 2);
    }

    [Fact]
    public async Task The_separator_hears_what_comes_after_a_block()
    {
        var level = new float[2 * 30 * Rate];
        Array.Fill(level, 0.5f);
        var mix = await MixAsync(level, new Soon(), [new MixLine(1, 14, 1, Ones(0.1f), -60), new MixLine(14, 29, 14, Ones(0.1f), -60)]);
        var under = mix[(2 * 2 * Rate)..(28 * 2 * Rate)];
        Assert.Equal(0.5, under.Min(), 3);
    }

    [Fact]
    public async Task Mastering_brings_the_mix_to_the_loudness_of_the_source()
    {
        var quiet = Tone(10, 0.05f);
        var meter = new LoudnessMeter(Rate, 2);
        meter.Add(quiet);
        using var output = new MemoryStream();
        var report = await Master.WriteAsync(new MemoryStream(MemoryMarshal.AsBytes(quiet.AsSpan()).ToArray()), -20, meter.Integrated, 0.05f, Dub.UsualCeilingDb, output, default);
        Assert.Equal(quiet.Length * sizeof(float), output.Length);
        Assert.Equal(-20, report.OutputLufs!.Value, 0.2);
        Assert.InRange(report.TruePeakDb, -60, Dub.UsualCeilingDb + 0.1);
    }

    [Fact]
    public async Task What_the_limiter_takes_away_is_given_back()
    {
        // A tone with short bursts three times as loud: the bursts cannot stay, the loudness can.
        var spiky = Enumerable.Range(0, 10 * Rate).SelectMany(i => Enumerable.Repeat((i % Rate < Rate / 50 ? 2f : 0.6f) * Wave(i), 2)).ToArray();
        var meter = new LoudnessMeter(Rate, 2);
        meter.Add(spiky);
        var report = await Master.WriteAsync(
            new MemoryStream(MemoryMarshal.AsBytes(spiky.AsSpan()).ToArray()), meter.Integrated + 6, meter.Integrated, 1f, Dub.UsualCeilingDb, Stream.Null, default);
        Assert.Equal(report.SourceLufs!.Value, report.OutputLufs!.Value, 0.7);
        Assert.InRange(report.TruePeakDb, -3, Dub.UsualCeilingDb + 0.3);
    }

    static async Task<float[]> MixAsync(float[] original, IBackgroundSource? background, MixLine[] lines)
    {
        using var mix = new MemoryStream();
        var mixer = new Mixer(new MemoryStream(MemoryMarshal.AsBytes(original.AsSpan()).ToArray()), background, mix);
        foreach (var line in lines) await mixer.AddAsync(line, default);
        await mixer.CompleteAsync(default);
        return MemoryMarshal.Cast<byte, float>(mix.ToArray()).ToArray();
    }

    static float[] Tone(double seconds, float amplitude) =>
        [.. Enumerable.Range(0, (int)(seconds * Rate)).SelectMany(i => new[] { 2 * amplitude * Wave(i), 2 * amplitude * Wave(i) })];

    static float Wave(int i) => 0.5f * (float)Math.Sin(2 * Math.PI * 440 * i / Rate);

    static float[] Ones(double seconds)
    {
        var ones = new float[(int)(seconds * Rate)];
        Array.Fill(ones, 1f);
        return ones;
    }

    static double Peak(float[] mix, double from, double to) =>
        mix.AsSpan((int)(from * Rate) * 2, Math.Min(mix.Length, (int)(to * Rate) * 2) - (int)(from * Rate) * 2).ToArray().Max(Math.Abs);

    sealed class Nothing : IBackgroundSource
    {
        public float[] Background(ReadOnlySpan<float> mid, ReadOnlySpan<float> beside) => new float[mid.Length];
    }

    /// <summary>What sounds 40 ms later, silence where that is not known.</summary>
    sealed class Soon : IBackgroundSource
    {
        public float[] Background(ReadOnlySpan<float> mid, ReadOnlySpan<float> beside) => [.. mid[(Rate / 25)..], .. new float[Rate / 25]];
    }

    sealed class Everything : IBackgroundSource
    {
        public float[] Background(ReadOnlySpan<float> mid, ReadOnlySpan<float> beside) => mid.ToArray();
    }
}
