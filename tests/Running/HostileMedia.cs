using System.Buffers.Binary;
using System.Text;
using static Octavia.Tests.Running.HostileBytes;

namespace Octavia.Tests.Running;

/// <summary>A file that is broken, or lies, or asks for what is not its business.</summary>
public sealed record HostileFile(string Name, string Path);

/// <summary>Makes such files: by ffmpeg and by hand, the same for the same seed.</summary>
public static class HostileMedia
{
    const int Head = 4096;

    static readonly string Folder = TempFolders.Create("hostile");

    /// <summary>Each kind of container, cut off at many points: the first within its header.</summary>
    public static async Task<IReadOnlyList<HostileFile>> CutAsync(int points)
    {
        var files = new List<HostileFile>();
        foreach (var path in await Media.KindsAsync())
        {
            var whole = await File.ReadAllBytesAsync(path);
            for (var i = 0; i < points; i++)
            {
                var length = i == 0 ? Math.Min(200, whole.Length / 2) : whole.Length * i / points;
                files.Add(Write($"cut to {length} bytes", whole[..length], Path.GetExtension(path)));
            }
        }
        return files;
    }

    /// <summary>Containers of all kinds in which bits were flipped, every other time in the header only.</summary>
    public static async Task<IReadOnlyList<HostileFile>> FlippedAsync(int seed, int count)
    {
        var random = new Random(seed);
        var kinds = await Media.KindsAsync();
        var files = new List<HostileFile>();
        for (var i = 0; i < count; i++)
        {
            var path = kinds[i % kinds.Count];
            var bytes = await File.ReadAllBytesAsync(path);
            var flips = 1 << random.Next(8);
            for (var flip = 0; flip < flips; flip++)
                bytes[random.Next(i / kinds.Count % 2 == 0 ? Math.Min(Head, bytes.Length) : bytes.Length)] ^= (byte)(1 << random.Next(8));
            files.Add(Write($"seed {seed}, variant {i}, {flips} bits flipped", bytes, Path.GetExtension(path)));
        }
        return files;
    }

    /// <summary>What is something else than its name says.</summary>
    public static async Task<IReadOnlyList<HostileFile>> DisguisedAsync() =>
    [
        Write("a zip", Zip(1000), ".mp4"),
        Write("a zip bomb", Zip(256L << 20), ".mp4"),
        Write("an index that unpacks to 200 MB", CompressedIndex(200 << 20, 200 << 20), ".mov"),
        Write("an index that says it unpacks to 2 GB", CompressedIndex(1 << 20, int.MaxValue), ".mov"),
        Write("a program", await File.ReadAllBytesAsync("/bin/sh"), ".mp4"),
        Write("a film named sound", await File.ReadAllBytesAsync(await Media.VideoAsync()), ".mp3"),
        Write("sound named film", await File.ReadAllBytesAsync(await Media.SpeechAsync()), ".mkv"),
        Write("a picture", await File.ReadAllBytesAsync(await Media.JpegAsync()), ".mp4"),
        Write("noise", Noise(), ".mp4"),
    ];

    /// <summary>Lists and documents that name a file of this machine and an address, which whoever plays them would open.</summary>
    public static IReadOnlyList<HostileFile> Lists(string file, string address)
    {
        (string Extension, string Text)[] lists =
        [
            (".m3u8", $"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://{file}\n#EXTINF:10,\n{address}a.ts\n#EXT-X-ENDLIST\n"),
            (".m3u8", $"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXT-X-KEY:METHOD=AES-128,URI=\"{address}key\"\n#EXTINF:10,\nconcat:{file}|{file}\n#EXT-X-ENDLIST\n"),
            (".m3u8", $"#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"a\",URI=\"{address}a.m3u8\"\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO=\"a\"\n{address}b.m3u8\n"),
            (".ffconcat", $"ffconcat version 1.0\nfile 'file:{file}'\nfile '{address}a.mp4'\n"),
            (".txt", $"file '{file}'\nfile '{address}a.mp4'\n"),
            (".mpd", $"<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" mediaPresentationDuration=\"PT10S\"><Period><AdaptationSet mimeType=\"audio/mp4\"><Representation id=\"1\" bandwidth=\"1\"><BaseURL>{address}a.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>"),
            (".sdp", $"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {new Uri(address).Port} RTP/AVP 0\n"),
            (".ism", $"<?xml version=\"1.0\"?><smil><body><switch><video src=\"{address}a.ismv\"/></switch></body></smil>"),
            (".svg", $"<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:x=\"http://www.w3.org/1999/xlink\" width=\"60000\" height=\"60000\"><image x:href=\"file://{file}\"/><image x:href=\"{address}a.png\"/></svg>"),
            (".pls", $"[playlist]\nFile1={address}a.mp3\nFile2=file://{file}\nNumberOfEntries=2\n"),
            (".ass", $"[Script Info]\nAudio File: {file}\nVideo File: {address}a.mp4\n\n[Events]\nFormat: Start, End, Text\nDialogue: 0:00:00.00,0:00:05.00,{{\\img({file})}}Hello\n"),
            (".srt", $"1\n00:00:00,000 --> 00:00:05,000\n<img src=\"{address}a.png\"> <font face=\"file://{file}\">Hello</font>\n"),
            (".imf", $"<?xml version=\"1.0\"?><AssetMap xmlns=\"http://www.smpte-ra.org/schemas/429-9/2007/AM\"><AssetList><Asset><ChunkList><Chunk><Path>{file}</Path></Chunk></ChunkList></Asset></AssetList></AssetMap>"),
            (".avs", $"AviSource(\"{file}\")\n"),
        ];
        return [.. lists.SelectMany(list => new[] { list.Extension, ".mp4" }.Distinct().Select(name => Write($"a list as {list.Extension}", Encoding.UTF8.GetBytes(list.Text), name)))];
    }

    /// <summary>Containers that promise, repeat or nest what nobody can hold.</summary>
    public static async Task<IReadOnlyList<HostileFile>> ExtremeAsync()
    {
        var jpeg = await File.ReadAllBytesAsync(await Media.JpegAsync());
        var mp3 = await File.ReadAllBytesAsync(await Media.SpeechAsync());
        var cover = Cover(Join(jpeg, new byte[40 << 20]));
        return
        [
            Write("a picture of 60000x60000", Png(60_000), ".png"),
            Write("a picture of 60000x60000 in a film", Matroska([PictureTrack(2, "V_MJPEG", 60_000)], [Packet(2, 0, Enlarge(jpeg, 60_000))]), ".mkv"),
            Write("a film said to be of 60000x60000", Matroska([PictureTrack(2, "V_VP8", 60_000)], [Packet(2, 0, new byte[100])]), ".mkv"),
            await LargePicturesAsync(),
            Write("5000 tracks", Matroska(Enumerable.Range(2, 5000).Select(i => SoundTrack(i))), ".mkv"),
            Write("5000 tracks", Join(Box("ftyp", "isom"u8.ToArray(), new byte[4]), Box("moov", Enumerable.Repeat(Box("trak", Box("mdia")), 5000))), ".mp4"),
            Write("a length of 10^300 ms", Matroska(duration: 1e300), ".mkv"),
            Write("a length that is no number", Matroska(duration: double.NaN), ".mkv"),
            Write("a length below zero", Matroska(duration: -1e12), ".mkv"),
            Write("packets in a billion years", Matroska(time: ulong.MaxValue / 4), ".mkv"),
            Write("packets after a year", Matroska(time: 365UL * 24 * 3600 * 1000), ".mkv"),
            Write("a million packets a byte", await ManyPacketsAsync(), ".mov"),
            Write("a cover of 40 MB", Join(Id3(cover.Length, cover), mp3), ".mp3"),
            Write("a tag that says 256 MB", Join(Id3(0x0FFFFFFF, []), mp3), ".mp3"),
            Write("20000 tags", Join(Repeat(Id3(0, []), 20_000), mp3), ".mp3"),
            .. new (uint, ushort, ushort)[] { (0, 1, 16), (1, 1, 16), (uint.MaxValue, 1, 16), (8000, 0, 16), (8000, ushort.MaxValue, 8), (1, 255, 32), (192_000, 64, 32), (8000, 1, 0), (8000, 1, 1) }
                .Select(x => Write($"{x.Item1} Hz, {x.Item2} channels, {x.Item3} bits", Wav(x.Item1, x.Item2, x.Item3, uint.MaxValue), ".wav")),
            Write("sound at a rate of 10^300 Hz", Matroska([SoundTrack(2, 1e300, uint.MaxValue)], [Packet(2, 0, new byte[1000])]), ".mkv"),
            Write("20000 recordings in a chain", Repeat(await File.ReadAllBytesAsync(await Media.ShortOggAsync()), 20_000), ".ogg"),
            Write("an empty index", Join(Box("ftyp", "isom"u8.ToArray(), new byte[4]), Box("moov")), ".mp4"),
            Write("an index in an index, 5000 deep", Nested(5000, inner => Box("moov", inner), []), ".mp4"),
            Write("tags in tags, 1000 deep", Matroska(more: Element(0x1254C367, Element(0x7373, Nested(1000, inner => Element(0x67C8, Text(0x45A3, "x"), inner), [])))), ".mkv"),
        ];
    }

    /// <summary>60 tracks of pictures of 16000x16000: some kilobytes that a decoder needs 20 GB for.</summary>
    public static async Task<HostileFile> LargePicturesAsync()
    {
        var jpeg = Enlarge(await File.ReadAllBytesAsync(await Media.JpegAsync()), 16_000);
        var tracks = Enumerable.Range(2, 60).ToList();
        return Write("60 pictures of 16000x16000", Matroska(tracks.Select(i => PictureTrack(i, "V_MJPEG", 16_000)), tracks.Select(i => Packet(i, 0, jpeg))), ".mkv");
    }

    // An index that says: this chunk has so many samples, each of a byte.
    static async Task<byte[]> ManyPacketsAsync()
    {
        var film = await File.ReadAllBytesAsync((await Media.KindsAsync()).Single(x => x.EndsWith(".mov", StringComparison.Ordinal)));
        var (sizes, chunks) = (film.AsSpan().LastIndexOf("stsz"u8), film.AsSpan().LastIndexOf("stsc"u8));
        BinaryPrimitives.WriteUInt32BigEndian(film.AsSpan(sizes + 8), 1);
        BinaryPrimitives.WriteUInt32BigEndian(film.AsSpan(sizes + 12), 40_000_000);
        BinaryPrimitives.WriteUInt32BigEndian(film.AsSpan(chunks + 16), 40_000_000);
        return film;
    }

    static byte[] Nested(int depth, Func<byte[], byte[]> around, byte[] inner)
    {
        for (var i = 0; i < depth; i++) inner = around(inner);
        return inner;
    }

    static byte[] Noise()
    {
        var noise = new byte[64 << 10];
        new Random(1).NextBytes(noise);
        return noise;
    }

    static HostileFile Write(string name, byte[] content, string extension)
    {
        var path = Path.Combine(Folder, $"{Guid.NewGuid():N}{extension}");
        File.WriteAllBytes(path, content);
        return new HostileFile($"{extension[1..]}: {name}", path);
    }
}
