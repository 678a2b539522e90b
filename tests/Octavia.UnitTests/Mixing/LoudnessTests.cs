using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Mixing;
using Xunit;

namespace Octavia.UnitTests.Mixing;

public partial class LoudnessTests
{
    [Fact]
    public void A_sine_measures_as_the_standard_says()
    {
        // BS.1770: 997 Hz at full scale in one channel is -3.01 LUFS.
        Assert.Equal(-3.01, LoudnessMeter.Measure(Sine(997, 1f, 48_000, 2), 48_000)!.Value, 1);
        Assert.Equal(-23.01, LoudnessMeter.Measure(Sine(997, 0.1f, 16_000, 2), 16_000)!.Value, 1);
    }

    [Fact]
    public void A_short_sound_is_measured_over_its_own_length() =>
        Assert.Equal(-23.01, LoudnessMeter.Measure(Sine(997, 0.1f, 24_000, 0.2), 24_000)!.Value, 0.3);

    [Fact]
    public void Silence_has_no_loudness() => Assert.Null(LoudnessMeter.Measure(new float[48_000], 48_000));

    [Fact]
    public async Task Real_speech_measures_as_ffmpeg_measures_it()
    {
        var path = TestFiles.At("tests/media/librivox/0870.wav");
        var (samples, rate) = Wav.Read(await File.ReadAllBytesAsync(path));
        var run = await ChildProcess.RunAsync("ffmpeg", ["-nostdin", "-hide_banner", "-i", path, "-af", "ebur128", "-f", "null", "-"]);
        var expected = double.Parse(Integrated().Matches(run.Error)[^1].Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.Equal(expected, LoudnessMeter.Measure(samples, rate)!.Value, 0.15);
    }

    [Fact]
    public void The_limiter_holds_the_true_peak_and_leaves_the_rest_alone()
    {
        // 11,025 Hz sampled at 48 kHz off its crests: the wave rises above its samples.
        var loud = Sine(11_025, 1.4f, 48_000, 1);
        var quiet = Sine(440, 0.2f, 48_000, 1);
        var stereo = quiet.Concat(loud).Concat(quiet).SelectMany(s => new[] { s, s }).ToArray();
        var limiter = new PeakLimiter(-1.5, 48_000);
        var output = stereo.ToArray();
        limiter.Process(output);
        var meter = new TruePeak(0);
        var peak = output.Where((_, i) => i % 2 == 0).Max(meter.Next);
        Assert.InRange(20 * Math.Log10(peak), -4, -1.5 + 0.3);
        Assert.InRange(limiter.PeakDb, -4, -1.5 + 0.3);
        for (var i = 0; i < 40_000; i++) Assert.Equal(stereo[i], output[i + 2 * limiter.Delay], 6);
    }

    [Theory]
    [InlineData(24_000, 48_000)]
    [InlineData(22_050, 48_000)]
    [InlineData(48_000, 16_000)]
    public void Resampling_keeps_a_tone(int from, int to)
    {
        var result = Resampler.Resample(Sine(1000, 0.5f, from, 1), from, to);
        var expected = Sine(1000, 0.5f, to, 1);
        Assert.Equal(expected.Length, result.Length);
        for (var i = to / 10; i < to * 9 / 10; i++) Assert.Equal(expected[i], result[i], 0.005f);
    }

    static float[] Sine(double frequency, float amplitude, int rate, double seconds) =>
        [.. Enumerable.Range(0, (int)(rate * seconds)).Select(i => amplitude * (float)Math.Sin(2 * Math.PI * frequency * i / rate))];

    [GeneratedRegex(@"I:\s*(-?[\d.]+) LUFS")]
    private static partial Regex Integrated();
}
