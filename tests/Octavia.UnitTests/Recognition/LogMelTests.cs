using Octavia.Dubbing.Recognition;
using Xunit;

namespace Octavia.UnitTests.Recognition;

public sealed class LogMelTests
{
    const int Mels = 80;
    readonly LogMel mel = new(Mels);

    [Fact]
    public void Silence_is_the_floor() => Assert.All(mel.Compute(new float[16_000]), value => Assert.Equal((-10f + 4) / 4, value));

    [Fact]
    public void A_tone_stands_in_the_band_of_its_pitch()
    {
        // 1000 Hz is 15 mels on Slaney's scale, 8000 Hz 45.25; 80 bands lie between 82 edges.
        var features = mel.Compute(Tone(1000));
        var loudest = Enumerable.Range(0, Mels).MaxBy(band => features[band * LogMel.Frames + 1000]);
        Assert.InRange(loudest, 25, 26);
    }

    [Fact]
    public void Equals_the_definition()
    {
        var samples = Recognizer.Clip("0890").Samples;
        var features = mel.Compute(samples);
        var loudest = features.Max() * 4 - 4;
        foreach (var frame in new[] { 0, 1, 7, 250, 530, 2999 })
        {
            var power = Power(samples, frame);
            foreach (var band in new[] { 0, 3, 26, 40, 79 })
            {
                var log = Math.Log10(Math.Max(Filter(power, band), 1e-10));
                Assert.Equal((Math.Max(log, loudest - 8) + 4) / 4, features[band * LogMel.Frames + frame], 1e-3);
            }
        }
    }

    [Fact]
    public void Allocates_no_more_than_its_result()
    {
        mel.Compute(Tone(440));
        var samples = Tone(440);
        var before = GC.GetAllocatedBytesForCurrentThread();
        mel.Compute(samples);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Mels * LogMel.Frames * sizeof(float) + 1024);
    }

    static float[] Tone(double hertz) =>
        [.. Enumerable.Range(0, LogMel.WindowSamples).Select(i => 0.5f * (float)Math.Sin(2 * Math.PI * hertz * i / LogMel.SampleRate))];

    /// <summary>The sum that a Fourier transform is, over a reflected and windowed frame, in double precision.</summary>
    static double[] Power(float[] samples, int frame)
    {
        double At(int i) => i < 0 ? At(-i) : i >= LogMel.WindowSamples ? At(2 * LogMel.WindowSamples - 2 - i) : i < samples.Length ? samples[i] : 0;
        return [.. Enumerable.Range(0, 201).Select(bin =>
        {
            var sum = System.Numerics.Complex.Zero;
            for (var n = 0; n < 400; n++)
                sum += At(frame * 160 + n - 200) * (0.5 - 0.5 * Math.Cos(2 * Math.PI * n / 400)) * System.Numerics.Complex.FromPolarCoordinates(1, -2 * Math.PI * bin * n / 400);
            return sum.Magnitude * sum.Magnitude;
        })];
    }

    static double Filter(double[] power, int band)
    {
        static double Hertz(double mel) => mel < 15 ? mel * 200 / 3 : 1000 * Math.Pow(6.4, (mel - 15) / 27);
        double Edge(int i) => Hertz((15 + 27 * Math.Log(8) / Math.Log(6.4)) * i / (Mels + 1));
        var (low, middle, high) = (Edge(band), Edge(band + 1), Edge(band + 2));
        return power.Select((p, bin) => p * Math.Max(0, Math.Min((bin * 40 - low) / (middle - low), (high - bin * 40) / (high - middle)))).Sum() * 2 / (high - low);
    }
}
