using System.Buffers.Binary;
using Octavia.Dubbing.Media;
using Xunit;

namespace Octavia.UnitTests.Media;

public class WavTests
{
    [Fact]
    public void Keeps_every_sample_peaks_above_full_scale_included()
    {
        float[] samples = [0, 0.25f, -1.3f, 1.3f, float.Epsilon];

        var (back, rate) = Wav.Read(new MemoryStream(Wav.ToBytes(samples, 24000)));

        Assert.Equal(samples, back);
        Assert.Equal(24000, rate);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(uint.MaxValue)]
    [InlineData(0x7ffff000u)]
    public void Reads_to_the_end_when_a_pipe_left_the_size_open(uint size)
    {
        var file = Wav.ToBytes([0.5f, -0.5f], 22050);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(40), size);

        Assert.Equal([0.5f, -0.5f], Wav.Read(file).Samples);
    }

    [Fact]
    public void Averages_the_channels_of_16_bit_sound()
    {
        var file = Wav.ToBytes([0, 0], 8000);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(22), 2);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(34), 16);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(44), 16384);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(46), -8192);

        Assert.Equal([0.125f, 0f], Wav.Read(file).Samples);
    }

    [Fact]
    public void Reads_what_ships_with_the_tests()
    {
        using var file = File.OpenRead(TestFiles.At("tests/media/librivox/0870.wav"));
        var (samples, rate) = Wav.Read(file);

        Assert.Equal(16000, rate);
        Assert.InRange(samples.Max(Math.Abs), 0.05, 1);
        Assert.InRange(samples.Length / 16000.0, 3, 60);
    }

    [Fact]
    public void Refuses_what_is_not_sound()
    {
        var file = Wav.ToBytes([0.5f], 8000);
        Assert.Throws<InvalidDataException>(() => Wav.Read("hello"u8));
        Assert.Throws<InvalidDataException>(() => Wav.Read(file.AsSpan(0, 40)));
        Assert.Throws<InvalidDataException>(() => Wav.Read(file.AsSpan(0, 30)));
        file[20] = 85;
        Assert.Throws<InvalidDataException>(() => Wav.Read(file));
    }
}
