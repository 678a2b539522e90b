using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Octavia.Dubbing.Recognition;

/// <summary>
/// Reads 16 kHz mono WAV (16-bit or float) from a stream that need not seek, block by block. The length in the header is not believed: a
/// program that writes to a pipe cannot know it.
/// </summary>
internal sealed class WavReader
{
    const ushort Pcm = 1, Float = 3, Extensible = 0xFFFE;

    readonly Stream stream;
    readonly byte[] buffer = new byte[LogMel.SampleRate * sizeof(float)];
    readonly bool isFloat;
    long bytesLeft;

    WavReader(Stream stream, bool isFloat, long bytesLeft) => (this.stream, this.isFloat, this.bytesLeft) = (stream, isFloat, bytesLeft);

    /// <summary>Reads the header.</summary>
    /// <exception cref="DubbingException"><c>input.bad_wav</c> when it is anything but 16 kHz mono, 16-bit or float.</exception>
    public static async Task<WavReader> OpenAsync(Stream stream, CancellationToken cancellationToken)
    {
        var header = new byte[12];
        await FillAsync(stream, header, cancellationToken);
        if (!header.AsSpan(0, 4).SequenceEqual("RIFF"u8) || !header.AsSpan(8, 4).SequenceEqual("WAVE"u8)) throw Bad("it has no RIFF header");
        bool? isFloat = null;
        while (true)
        {
            await FillAsync(stream, header.AsMemory(0, 8), cancellationToken);
            var size = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4));
            if (header.AsSpan(0, 4).SequenceEqual("data"u8))
                return new WavReader(stream, isFloat ?? throw Bad("its format is not given"), size is 0 or >= 0x7FFFF000 ? long.MaxValue : size);
            if (size > 1 << 20) throw Bad("its header is damaged");
            var chunk = new byte[size + (size & 1)];
            await FillAsync(stream, chunk, cancellationToken);
            if (header.AsSpan(0, 4).SequenceEqual("fmt "u8)) isFloat = ReadFormat(chunk);
        }
    }

    /// <summary>The next samples in [-1, 1], a second at most; empty at the end. Valid until the next call.</summary>
    public async Task<float[]> ReadAsync(CancellationToken cancellationToken)
    {
        var size = isFloat ? sizeof(float) : sizeof(short);
        var wanted = (int)Math.Min(LogMel.SampleRate * size, bytesLeft);
        var count = await stream.ReadAtLeastAsync(buffer.AsMemory(0, wanted), wanted, throwOnEndOfStream: false, cancellationToken);
        if (bytesLeft != long.MaxValue) bytesLeft -= count;
        return ToSamples(buffer.AsSpan(0, count / size * size));
    }

    float[] ToSamples(ReadOnlySpan<byte> bytes)
    {
        if (isFloat)
        {
            var floats = MemoryMarshal.Cast<byte, float>(bytes).ToArray();
            // A decoder may pass on what was never a number; one such sample would spoil a whole window.
            for (var i = 0; i < floats.Length; i++)
                if (!float.IsFinite(floats[i]))
                    floats[i] = 0;
            return floats;
        }
        var shorts = MemoryMarshal.Cast<byte, short>(bytes);
        var samples = new float[shorts.Length];
        for (var i = 0; i < samples.Length; i++) samples[i] = shorts[i] / 32768f;
        return samples;
    }

    static bool ReadFormat(ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length < 16) throw Bad("its header is damaged");
        var format = BinaryPrimitives.ReadUInt16LittleEndian(chunk);
        if (format == Extensible && chunk.Length >= 26) format = BinaryPrimitives.ReadUInt16LittleEndian(chunk[24..]);
        var (channels, rate) = (BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]), BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]));
        var bits = BinaryPrimitives.ReadUInt16LittleEndian(chunk[14..]);
        if (channels != 1 || rate != LogMel.SampleRate || (format, bits) is not ((Pcm, 16) or (Float, 32)))
            throw Bad($"it has {channels} channels at {rate} Hz with {bits} bits");
        return format == Float;
    }

    static async Task FillAsync(Stream stream, Memory<byte> target, CancellationToken cancellationToken)
    {
        if (await stream.ReadAtLeastAsync(target, target.Length, throwOnEndOfStream: false, cancellationToken) < target.Length)
            throw Bad("it ends inside its header");
    }

    static DubbingException Bad(string why) => new(new Failure("input.bad_wav", FailureKind.UnusableInput,
        $"Recognition wants 16 kHz mono WAV, 16-bit or float, and {why}: convert the sound first."));
}
