using Octavia.Dubbing.Signal;
using Xunit;

namespace Octavia.UnitTests.Signal;

public class RealFftTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(6)]
    [InlineData(30)]
    [InlineData(400)]
    [InlineData(512)]
    [InlineData(960)]
    public void Equals_the_sum_it_is_defined_by(int length)
    {
        var samples = Noise(length);
        var fft = new RealFft(length);
        var (real, imaginary) = (new float[fft.Bins], new float[fft.Bins]);

        fft.Forward(samples, real, imaginary);

        for (var k = 0; k < fft.Bins; k++)
        {
            var (re, im) = (0.0, 0.0);
            for (var n = 0; n < length; n++)
            {
                var (sin, cos) = Math.SinCos(-2 * Math.PI * k * n / length);
                re += samples[n] * cos;
                im += samples[n] * sin;
            }
            Assert.Equal(re, real[k], 1e-6 * length);
            Assert.Equal(im, imaginary[k], 1e-6 * length);
        }
    }

    [Theory]
    [InlineData(400)]
    [InlineData(960)]
    public void Inverse_gives_the_samples_back(int length)
    {
        var samples = Noise(length);
        var fft = new RealFft(length);
        var (real, imaginary, back) = (new float[fft.Bins], new float[fft.Bins], new float[length]);

        fft.Forward(samples, real, imaginary);
        fft.Inverse(real, imaginary, back);

        for (var n = 0; n < length; n++) Assert.Equal(samples[n], back[n], 1e-6);
    }

    [Fact]
    public void Allocates_nothing_per_call()
    {
        var fft = new RealFft(960);
        var (samples, real, imaginary) = (Noise(960), new float[fft.Bins], new float[fft.Bins]);
        fft.Forward(samples, real, imaginary);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++)
        {
            fft.Forward(samples, real, imaginary);
            fft.Inverse(real, imaginary, samples);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(401)]
    [InlineData(14)]
    public void Refuses_lengths_it_cannot_do(int length) => Assert.Throws<ArgumentException>(() => new RealFft(length));

    static float[] Noise(int length)
    {
        var random = new Random(length);
        return [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() * 2 - 1)];
    }
}
