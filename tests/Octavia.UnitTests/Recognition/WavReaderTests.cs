using System.Buffers.Binary;
using Octavia.Dubbing;
using Octavia.Dubbing.Recognition;
using Xunit;

namespace Octavia.UnitTests.Recognition;

public sealed class WavReaderTests
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    static byte[] Wav(ushort format, ushort channels, uint rate, ushort bits, uint size, byte[] data)
    {
        var header = new byte[44];
        "RIFF"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), uint.MaxValue);
        "WAVEfmt "u8.CopyTo(header.AsSpan(8));
        header[16] = 16;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(20), format);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(22), channels);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(24), rate);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(34), bits);
        "data"u8.CopyTo(header.AsSpan(36));
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(40), size);
        return [.. header, .. data];
    }

    static async Task<float[]> Read(byte[] file)
    {
        var reader = await WavReader.OpenAsync(new MemoryStream(file), Cancellation);
        var samples = new List<float>();
        while (await reader.ReadAsync(Cancellation) is { Length: > 0 } block) samples.AddRange(block);
        return [.. samples];
    }

    [Theory]
    [InlineData(4u)]
    [InlineData(0u)]
    [InlineData(uint.MaxValue)]
    public async Task Reads_a_length_that_a_pipe_left_open(uint size) => Assert.Equal((float[])[0.5f, -1f], await Read(Wav(1, 1, 16_000, 16, size, [0, 0x40, 0, 0x80])));

    [Fact]
    public async Task Reads_floats_and_takes_what_is_no_number_for_silence() =>
        Assert.Equal((float[])[0.25f, 0f], await Read(Wav(3, 1, 16_000, 32, 0, [.. BitConverter.GetBytes(0.25f), .. BitConverter.GetBytes(float.NaN)])));

    [Fact]
    public async Task Leaves_out_half_a_sample() => Assert.Equal((float[])[0.5f], await Read(Wav(1, 1, 16_000, 16, 0, [0, 0x40, 7])));

    public static TheoryData<byte[]> Bad => new(
        Array.Empty<byte>(),
        "ID3 this is no WAV file at all, whatever its name says"u8.ToArray(),
        Wav(1, 2, 16_000, 16, 0, []),
        Wav(1, 1, 44_100, 16, 0, []),
        Wav(1, 1, 16_000, 8, 0, []),
        Wav(1, 1, 16_000, 16, 0, [])[..30]);

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Refuses_what_it_cannot_read(byte[] file)
    {
        var failure = await Assert.ThrowsAsync<DubbingException>(() => Read(file));
        Assert.Equal(("input.bad_wav", FailureKind.UnusableInput), (failure.Failure.Code, failure.Failure.Kind));
    }
}
