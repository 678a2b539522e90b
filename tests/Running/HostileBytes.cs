using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Octavia.Tests.Running;

/// <summary>Writes containers by hand, with whatever in them that no program would write.</summary>
static class HostileBytes
{
    const uint Segment = 0x18538067;

    public static byte[] Join(params IEnumerable<byte[]> parts)
    {
        using var all = new MemoryStream();
        foreach (var part in parts) all.Write(part);
        return all.ToArray();
    }

    public static byte[] Repeat(byte[] part, int times) => Join(Enumerable.Repeat(part, times));

    /// <summary>A box of mp4.</summary>
    public static byte[] Box(string type, params IEnumerable<byte[]> parts)
    {
        var content = Join(parts);
        return Join(Big((uint)(content.Length + 8)), Encoding.ASCII.GetBytes(type), content);
    }

    /// <summary>An element of Matroska; its size always takes eight bytes.</summary>
    public static byte[] Element(uint id, params IEnumerable<byte[]> parts)
    {
        var content = Join(parts);
        var size = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(size, 1UL << 56 | (uint)content.Length);
        return Join(Big(id).SkipWhile(x => x == 0).ToArray(), size, content);
    }

    public static byte[] Number(uint id, ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return Element(id, bytes);
    }

    public static byte[] Real(uint id, double value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, value);
        return Element(id, bytes);
    }

    public static byte[] Text(uint id, string value) => Element(id, Encoding.ASCII.GetBytes(value));

    /// <summary>Matroska of two seconds of silence as track 1, and other tracks with the packets that the cluster has for them.</summary>
    public static byte[] Matroska(IEnumerable<byte[]>? tracks = null, IEnumerable<byte[]>? packets = null, double duration = 2000, ulong time = 0, byte[]? more = null)
    {
        var sound = Enumerable.Range(0, 4).Select(i => Packet(1, (short)(500 * i), new byte[8000]));
        return Join(
            Element(0x1A45DFA3, Text(0x4282, "matroska")),
            Element(Segment,
                Element(0x1549A966, Number(0x2AD7B1, 1_000_000), Real(0x4489, duration)),
                Element(0x1654AE6B, [SoundTrack(1), .. tracks ?? []]),
                more ?? [],
                Element(0x1F43B675, [Number(0xE7, time), .. packets ?? [], .. sound])));
    }

    public static byte[] SoundTrack(int number, double rate = 8000, ulong channels = 1) => Element(0xAE,
        Number(0xD7, (ulong)number), Number(0x73C5, (ulong)number), Number(0x83, 2), Text(0x86, "A_PCM/INT/LIT"),
        Element(0xE1, Real(0xB5, rate), Number(0x9F, channels), Number(0x6264, 16)));

    public static byte[] PictureTrack(int number, string codec, ulong side) => Element(0xAE,
        Number(0xD7, (ulong)number), Number(0x73C5, (ulong)number), Number(0x83, 1), Text(0x86, codec),
        Element(0xE0, Number(0xB0, side), Number(0xBA, side)));

    public static byte[] Packet(int track, short time, byte[] data) =>
        Element(0xA3, Join([(byte)(0x40 | track >> 8), (byte)track], [(byte)(time >> 8), (byte)time, 0x80], data));

    /// <summary>The same picture, said to be of other sides.</summary>
    public static byte[] Enlarge(byte[] jpeg, ushort side)
    {
        var larger = jpeg.ToArray();
        var frame = larger.AsSpan().IndexOf<byte>([0xFF, 0xC0]);
        BinaryPrimitives.WriteUInt16BigEndian(larger.AsSpan(frame + 5), side);
        BinaryPrimitives.WriteUInt16BigEndian(larger.AsSpan(frame + 7), side);
        return larger;
    }

    /// <summary>A PNG that has its sides and nothing of its picture.</summary>
    public static byte[] Png(uint side)
    {
        byte[] header = [.. "IHDR"u8, .. Big(side), .. Big(side), 8, 6, 0, 0, 0];
        return Join([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], Big(13), header, Big(Crc(header)));
    }

    static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : crc >> 1 ^ 0xEDB88320;
        }
        return ~crc;
    }

    public static byte[] Wav(uint rate, ushort channels, ushort bits, uint declared, int bytes = 32_000)
    {
        var align = (ushort)(channels * bits / 8);
        return Join(
            "RIFF"u8.ToArray(), Little(declared), "WAVEfmt "u8.ToArray(), Little(16), [1, 0], Little16(channels), Little(rate), Little(unchecked(rate * align)),
            Little16(align), Little16(bits), "data"u8.ToArray(), Little(declared), new byte[bytes]);
    }

    /// <summary>An ID3 tag that says how long it is, and what it has.</summary>
    public static byte[] Id3(int declared, byte[] content) => Join(
        "ID3"u8.ToArray(), [3, 0, 0], [(byte)(declared >> 21 & 127), (byte)(declared >> 14 & 127), (byte)(declared >> 7 & 127), (byte)(declared & 127)], content);

    /// <summary>A cover for an ID3 tag.</summary>
    public static byte[] Cover(byte[] picture)
    {
        byte[] frame = [0, .. "image/jpeg\0"u8, 3, 0, .. picture];
        return Join("APIC"u8.ToArray(), Big((uint)frame.Length), [0, 0], frame);
    }

    /// <summary>An index of mp4 that was compressed: some kilobytes that unpack to <paramref name="length"/> zeros, and say that they are <paramref name="declared"/>.</summary>
    public static byte[] CompressedIndex(int length, uint declared)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true)) new ZeroStream(length).CopyTo(zlib);
        return Join(
            Box("ftyp", "qt  "u8.ToArray(), new byte[4]), Box("moov", Box("cmov", Box("dcom", "zlib"u8.ToArray()), Box("cmvd", Big(declared), packed.ToArray()))));
    }

    public static byte[] Zip(long length)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        using (var entry = zip.CreateEntry("film.mp4", CompressionLevel.Fastest).Open())
            new ZeroStream(length).CopyTo(entry);
        return file.ToArray();
    }

    public static byte[] Big(uint value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    static byte[] Little(uint value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16), (byte)(value >> 24)];

    static byte[] Little16(ushort value) => [(byte)value, (byte)(value >> 8)];
}
