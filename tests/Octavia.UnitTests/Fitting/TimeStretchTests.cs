using System.Numerics.Tensors;
using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Speakers;
using Octavia.UnitTests.Recognition;
using Xunit;

namespace Octavia.UnitTests.Fitting;

public class TimeStretchTests
{
    const int Rate = 16_000;

    [Theory]
    [InlineData(0.9)]
    [InlineData(1.1)]
    [InlineData(1.2)]
    public void A_reading_changes_its_length_and_keeps_pitch_and_level(double tempo)
    {
        var (reading, _) = Recognizer.Clip("0890");
        var result = TimeStretch.Apply(reading, Rate, tempo);
        Assert.Equal(reading.Length / tempo, result.Length, 1.0);
        var (was, now) = (PitchDetector.Median(reading)!.Value, PitchDetector.Median(result)!.Value);
        Assert.InRange(now / was, 0.98, 1.02);
        Assert.InRange(20 * Math.Log10(Sound.Level(result) / Sound.Level(reading)), -0.5, 0.5);
        Assert.InRange(Steepest(result) / Steepest(reading), 0, 1.2);
    }

    [Fact]
    public void A_tone_goes_on_without_a_seam()
    {
        var tone = new float[Rate];
        for (var i = 0; i < tone.Length; i++) tone[i] = MathF.Sin(2 * MathF.PI * 130 * i / Rate);
        var result = TimeStretch.Apply(tone, Rate, 1.17);
        // The steepest slope of a sine is its frequency: a seam would stand out.
        Assert.InRange(Steepest(result), 0.9 * Steepest(tone), 1.1 * Steepest(tone));
        Assert.Equal(130 / 1.17, Enumerable.Range(1, result.Length - 1).Count(i => result[i - 1] < 0 && result[i] >= 0), 2.0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(300)]
    public void Sound_shorter_than_a_window_is_no_trouble(int length) =>
        Assert.Equal((int)Math.Round(length / 1.2), TimeStretch.Apply(Enumerable.Repeat(0.1f, length).ToArray(), Rate, 1.2).Length);

    static float Steepest(float[] samples) => Enumerable.Range(1, samples.Length - 1).Max(i => Math.Abs(samples[i] - samples[i - 1]));
}
