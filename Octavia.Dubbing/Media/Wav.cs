using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Octavia.Dubbing.Media;

/// <summary>
/// Short sounds as WAV: written as 32-bit float, so that peaks above full scale survive until the mix is limited; read from 16-bit,
/// 24-bit and 32-bit PCM and 32-bit float. For takes and voices, which fit in memory; media of any length goes through ffmpeg.
/// </summary>
public static class Wav
{
    const short Pcm = 1;
    const short Float = 3;
    const short Extensible = -2;

    /// <summary>Writes a mono file.</summary>
    /// <param name="stream">Where to; need not seek.</param>
    /// <param name="samples">Samples, full scale is 1.</param>
    /// <param name="rate">Samples per second.</param>
    public static void Write(Stream stream, ReadOnlySpan<float> samples, int rate)
    {
        Span<byte> header = stackalloc byte[44];
        WriteHeader(header, Float, sizeof(float), samples.Length, rate);
        stream.Write(header);
        stream.Write(MemoryMarshal.AsBytes(samples));
    }

    static void WriteHeader(Span<byte> header, short format, short width, int count, int rate)
    {
        var size = checked(count * width);
        "RIFF"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], checked(size + 36));
        "WAVEfmt "u8.CopyTo(header[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], 16);
        BinaryPrimitives.WriteInt16LittleEndian(header[20..], format);
        BinaryPrimitives.WriteInt16LittleEndian(header[22..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(header[24..], rate);
        BinaryPrimitives.WriteInt32LittleEndian(header[28..], rate * width);
        BinaryPrimitives.WriteInt16LittleEndian(header[32..], width);
        BinaryPrimitives.WriteInt16LittleEndian(header[34..], (short)(8 * width));
        "data"u8.CopyTo(header[36..]);
        BinaryPrimitives.WriteInt32LittleEndian(header[40..], size);
    }

    /// <summary>The bytes that <see cref="Write"/> writes.</summary>
    public static byte[] ToBytes(ReadOnlySpan<float> samples, int rate)
    {
        using var stream = new MemoryStream(samples.Length * sizeof(float) + 44);
        Write(stream, samples, rate);
        return stream.ToArray();
    }

    /// <summary>A mono file of 16 bit, for services: what is above full scale is cut off.</summary>
    public static byte[] ToPcmBytes(ReadOnlySpan<float> samples, int rate)
    {
        var file = new byte[44 + samples.Length * sizeof(short)];
        WriteHeader(file, Pcm, sizeof(short), samples.Length, rate);
        var data = file.AsSpan(44);
        for (var i = 0; i < samples.Length; i++)
            BinaryPrimitives.WriteInt16LittleEndian(data[(i * sizeof(short))..], (short)Math.Clamp(MathF.Round(samples[i] * 32767), short.MinValue, short.MaxValue));
        return file;
    }

    /// <summary>Reads a file to mono: channels are averaged.</summary>
    /// <param name="stream">Read to the end; a data chunk whose size a pipe left open (0 or all ones) reaches to the end.</param>
    /// <returns>Samples, full scale is 1, and samples per second.</returns>
    /// <exception cref="InvalidDataException">Not a WAV file of a kind named above.</exception>
    public static (float[] Samples, int Rate) Read(Stream stream)
    {
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return Read(memory.GetBuffer().AsSpan(0, (int)memory.Length));
    }

    /// <inheritdoc cref="Read(Stream)" />
    public static (float[] Samples, int Rate) Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < 12 || !file[..4].SequenceEqual("RIFF"u8) || !file[8..12].SequenceEqual("WAVE"u8))
            throw new InvalidDataException("Not a WAV file.");
        var format = ReadOnlySpan<byte>.Empty;
        for (var rest = file[12..]; rest.Length >= 8;)
        {
            var size = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            var isData = rest[..4].SequenceEqual("data"u8);
            var open = isData && size is 0 or uint.MaxValue;
            var chunk = rest[8..];
            chunk = chunk[..(open ? chunk.Length : (int)Math.Min(size, (uint)chunk.Length))];
            if (isData) return Decode(format, chunk);
            if (rest[..4].SequenceEqual("fmt "u8)) format = chunk;
            rest = rest[Math.Min(rest.Length, 8 + chunk.Length + chunk.Length % 2)..];
        }
        throw new InvalidDataException("A WAV file without sound.");
    }

    static (float[] Samples, int Rate) Decode(ReadOnlySpan<byte> format, ReadOnlySpan<byte> data)
    {
        if (format.Length < 16) throw new InvalidDataException("A WAV file without a format.");
        var tag = BinaryPrimitives.ReadInt16LittleEndian(format);
        if (tag == Extensible && format.Length >= 26) tag = BinaryPrimitives.ReadInt16LittleEndian(format[24..]);
        var channels = BinaryPrimitives.ReadInt16LittleEndian(format[2..]);
        var rate = BinaryPrimitives.ReadInt32LittleEndian(format[4..]);
        var bits = BinaryPrimitives.ReadInt16LittleEndian(format[14..]);
        if (channels < 1 || rate < 1 || (tag, bits) is not ((Pcm, 16 or 24 or 32) or (Float, 32)))
            throw new InvalidDataException($"A WAV file of an unknown kind: format {tag}, {bits} bits, {channels} channels.");
        var width = bits / 8;
        var samples = new float[data.Length / (width * channels)];
        for (var i = 0; i < samples.Length; i++)
        {
            var sum = 0f;
            for (var c = 0; c < channels; c++) sum += Sample(tag, data.Slice((i * channels + c) * width, width));
            samples[i] = sum / channels;
        }
        return (samples, rate);
    }

    static float Sample(short tag, ReadOnlySpan<byte> bytes) => (tag, bytes.Length) switch
    {
        (Float, _) => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        (_, 2) => BinaryPrimitives.ReadInt16LittleEndian(bytes) / 32768f,
        (_, 3) => (bytes[0] << 8 | bytes[1] << 16 | bytes[2] << 24) / 2147483648f,
        _ => BinaryPrimitives.ReadInt32LittleEndian(bytes) / 2147483648f,
    };
}
