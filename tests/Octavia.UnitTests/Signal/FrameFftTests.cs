using System.Numerics;
using Octavia.Dubbing.Signal;
using Xunit;

namespace Octavia.UnitTests.Signal;

public class FrameFftTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(40)]
    [InlineData(400)]
    public void Gives_the_power_of_every_lane(int length)
    {
        var random = new Random(1);
        var frames = Enumerable.Range(0, length)
            .Select(_ => new Vector<float>([.. Enumerable.Range(0, Vector<float>.Count).Select(_ => random.NextSingle() - 0.5f)])).ToArray();
        var power = new Vector<float>[length / 2 + 1];
        new FrameFft(length).Power(frames, power);

        var single = new RealFft(length);
        var (real, imaginary) = (new float[single.Bins], new float[single.Bins]);
        for (var lane = 0; lane < Vector<float>.Count; lane++)
        {
            single.Forward([.. frames.Select(frame => frame[lane])], real, imaginary);
            for (var k = 0; k < single.Bins; k++)
                Assert.Equal(real[k] * real[k] + imaginary[k] * imaginary[k], power[k][lane], 1e-4 * length);
        }
    }

    [Fact]
    public void Refuses_a_length_with_another_prime() => Assert.Throws<ArgumentException>(() => new FrameFft(2 * 7));
}
