using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using CliWrap;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Subtitles;
using Xunit;

namespace Octavia.UnitTests.Media;

public class MuxTests(TestMedia media)
{
    [Theory]
    [InlineData("clip.mp4", "mov_text")]
    [InlineData("clip.ts", "mov_text")]
    [InlineData("clip.webm", "webvtt")]
    public async Task The_picture_is_the_same_and_all_tracks_are_labelled(string name, string subtitles)
    {
        var (info, streams, output) = await MuxAsync(name);
        Assert.Equal(["video", "audio", "audio", "subtitle", "subtitle"], streams.Select(s => (string?)s!["codec_type"]));
        Assert.Equal(["spa", "eng"], streams.Where(s => (string?)s!["codec_type"] == "audio").Select(Language));
        Assert.Equal(["spa", "eng"], streams.Where(s => (string?)s!["codec_type"] == "subtitle").Select(Language));
        Assert.Equal([1, 1, 0], streams.Take(3).Select(s => (int)s!["disposition"]!["default"]!));
        Assert.All(streams.Where(s => (string?)s!["codec_type"] == "subtitle"), s => Assert.Equal(subtitles, (string?)s!["codec_name"]));
        var made = await MediaProbe.ProbeAsync(output, default);
        Assert.Equal(await PictureHash.ComputeAsync(info, info, default), await PictureHash.ComputeAsync(made, info, default));
    }

    [Fact]
    public async Task Title_and_chapters_are_kept_and_the_original_sound_is_copied()
    {
        var (_, streams, output) = await MuxAsync("clip.mp4");
        var run = await ChildProcess.RunAsync("ffprobe", ["-v", "error", "-show_format", "-show_chapters", "-of", "json", output]);
        var json = JsonNode.Parse(run.Output)!;
        Assert.Equal("Sense", (string?)json["format"]!["tags"]!["title"]);
        Assert.Equal("One", (string?)json["chapters"]![0]!["tags"]!["title"]);
        Assert.Equal(["48000", "44100"], streams.Where(s => (string?)s!["codec_type"] == "audio").Select(s => (string?)s!["sample_rate"]));
    }

    [Fact]
    public async Task Audio_alone_becomes_audio_with_both_tracks()
    {
        var (_, streams, _) = await MuxAsync("speech.wav");
        Assert.Equal(["audio", "audio"], streams.Select(s => (string?)s!["codec_type"]));
        Assert.Equal(["spa", "eng"], streams.Select(Language));
    }

    [Theory]
    [InlineData("clip.mp4", "handler_name")]
    [InlineData("clip.mov", "handler_name")]
    [InlineData("clip.mkv", "title")]
    [InlineData("clip.webm", "title")]
    public async Task Every_track_says_its_language_and_whether_it_is_the_dub(string name, string tag)
    {
        var (_, streams, _) = await MuxAsync(name);
        string?[] Tags(string type) => [.. streams.Where(s => (string?)s!["codec_type"] == type).Select(s => (string?)s!["tags"]!.AsObject().FirstOrDefault(t => t.Key.Equals(tag, StringComparison.OrdinalIgnoreCase)).Value)];
        Assert.Equal(["Español (Octavia)", "English (original)"], Tags("audio"));
        Assert.Equal(["Español", "English"], Tags("subtitle"));
    }

    [Theory]
    [InlineData("clip.mp4")]
    [InlineData("clip.mov")]
    [InlineData("speech.wav")]
    public async Task Players_can_begin_before_the_file_is_there(string name)
    {
        var (_, _, output) = await MuxAsync(name);
        var bytes = await File.ReadAllBytesAsync(output);
        Assert.InRange(bytes.AsSpan().IndexOf("moov"u8), 1, bytes.AsSpan().IndexOf("mdat"u8));
    }

    [Fact]
    public async Task Chapters_title_and_artist_are_kept_in_matroska_too()
    {
        await TestMedia.MakeAsync(["-i", media.Clip, "-c", "copy", "-metadata", "artist=Jane", media.At("tagged.mkv")]);
        var (_, _, output) = await MuxAsync("tagged.mkv");
        var run = await ChildProcess.RunAsync("ffprobe", ["-v", "error", "-show_format", "-show_chapters", "-of", "json", output]);
        var json = JsonNode.Parse(run.Output)!;
        Assert.Equal(("Sense", "Jane"), ((string?)json["format"]!["tags"]!["title"], (string?)json["format"]!["tags"]!["ARTIST"]));
        Assert.Equal("One", (string?)Assert.Single(json["chapters"]!.AsArray())!["tags"]!["title"]);
    }

    [Theory]
    [InlineData("clip.mp4", "handler_name")]
    [InlineData("clip.mkv", "title")]
    [InlineData("clip.webm", "title")]
    [InlineData("speech.wav", "handler_name")]
    public async Task Several_dubs_are_tracks_in_their_order_before_the_original(string name, string tag)
    {
        var (info, streams, output) = await MuxAsync(name, [new Dub("es", SilenceAsync), new Dub("fr", ToneAsync), new Dub("ca", SilenceAsync)]);
        var sounds = streams.Where(s => (string?)s!["codec_type"] == "audio").ToList();
        Assert.Equal(["spa", "fra", "cat", "eng"], sounds.Select(Language));
        Assert.Equal([1, 0, 0, 0], sounds.Select(s => (int)s!["disposition"]!["default"]!));
        Assert.Equal(["Español (Octavia)", "Français (Octavia)", "Català (Octavia)", "English (original)"], sounds.Select(s => (string?)s!["tags"]![tag]));
        Assert.Equal(info.Video is null ? [] : ["spa", "fra", "cat", "eng"], streams.Where(s => (string?)s!["codec_type"] == "subtitle").Select(Language));
        for (var track = 0; track < 3; track++) Assert.Equal(track == 1 ? 0.3 : 0, await LoudestAsync(output, track));
        // The files that carried the further dubs are gone.
        Assert.Equal(["a.srt", Path.GetFileName(output)], Directory.GetFiles(Path.GetDirectoryName(output)!).Select(Path.GetFileName).Order());
    }

    static async Task<double> LoudestAsync(string path, int track)
    {
        using var sound = new MemoryStream();
        await ChildProcess.RunAsync("ffmpeg", ["-v", "error", "-i", path, "-map", $"0:a:{track}", "-f", "f32le", "pipe:1"], output: PipeTarget.ToStream(sound));
        return Math.Round(MemoryMarshal.Cast<byte, float>(sound.ToArray()).ToArray().Max(), 1);
    }

    [Fact]
    public async Task A_film_held_upright_stays_upright()
    {
        var bytes = await File.ReadAllBytesAsync(media.Clip);
        // ISO/IEC 14496-12, 8.3.2: the matrix of the track header, here turned by 90 degrees.
        var matrix = bytes.AsSpan(bytes.AsSpan().IndexOf("tkhd"u8) + 44, 36);
        int[] turned = [0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000];
        for (var i = 0; i < turned.Length; i++) BinaryPrimitives.WriteInt32BigEndian(matrix[(4 * i)..], turned[i]);
        await File.WriteAllBytesAsync(media.At("upright.mp4"), bytes);
        var before = JsonNode.Parse((await ChildProcess.RunAsync("ffprobe", ["-v", "error", "-show_streams", "-of", "json", media.At("upright.mp4")])).Output)!;
        var (_, streams, _) = await MuxAsync("upright.mp4");
        Assert.Equal(-90, (int)streams[0]!["side_data_list"]![0]!["rotation"]!);
        Assert.Equal((string)before["streams"]![0]!["side_data_list"]![0]!["displaymatrix"]!, (string)streams[0]!["side_data_list"]![0]!["displaymatrix"]!);
    }

    async Task<(MediaInfo Info, List<JsonNode?> Streams, string Output)> MuxAsync(string name, Dub[]? dubs = null)
    {
        var info = await MediaProbe.ProbeAsync(media.At(name), default);
        var folder = Directory.CreateDirectory(media.At($"mux-{Guid.NewGuid():N}")).FullName;
        var srt = Path.Combine(folder, "a.srt");
        await File.WriteAllTextAsync(srt, SubtitleWriter.Write([new SubtitleCue(1, 3, "Hola")], SubtitleFormat.Srt));
        var container = Container.For(info);
        var output = Path.Combine(folder, "out" + container.Extension);
        dubs ??= [new Dub("es", SilenceAsync)];
        var tracks = new Tracks(dubs, "en", [.. dubs.Select(dub => new SubtitleTrack(srt, dub.Language)), new SubtitleTrack(srt, "en")]);
        await MediaMuxer.WriteAsync(info, container, tracks, output, default);
        var run = await ChildProcess.RunAsync("ffprobe", ["-v", "error", "-show_streams", "-of", "json", output]);
        // In mp4 chapters are a data stream of their own.
        var streams = JsonNode.Parse(run.Output)!["streams"]!.AsArray().Where(s => (string?)s!["codec_type"] != "data").ToList();
        return (info, streams, output);
    }

    [Theory]
    [InlineData("clip.mp4")]
    [InlineData("clip.webm")]
    [InlineData("speech.wav")]
    public async Task What_coding_adds_to_the_peak_is_taken_away_again(string name)
    {
        var ceilings = new List<double>();
        var (_, _, output) = await MuxAsync(name, [new Dub("es", SilenceAsync), new Dub("fr", ClippedAsync)]);
        Assert.InRange((await Loudness.OfAsync(output, "a:1", default)).PeakDb!.Value, -4, Dub.PromisedPeakDb);
        // As it came first it would have been over: else this tests nothing.
        Assert.InRange(ceilings.Count, 2, 4);
        Assert.Equal(Dub.UsualCeilingDb, ceilings[0]);

        Task<double> ClippedAsync(Stream dub, double ceilingDb, CancellationToken token)
        {
            ceilings.Add(ceilingDb);
            return ClippedSpeechAsync(dub, ceilingDb, token);
        }
    }

    [Fact]
    public async Task What_lies_well_under_the_peak_is_written_once()
    {
        var times = 0;
        await MuxAsync("clip.webm", [new Dub("es", QuieterAsync)]);
        Assert.Equal(1, times);

        Task<double> QuieterAsync(Stream dub, double ceilingDb, CancellationToken token)
        {
            times++;
            return ClippedSpeechAsync(dub, ceilingDb - 2, token);
        }
    }

    // What is cut off has all its peaks at one height, and coding moves each of them.
    static async Task<double> ClippedSpeechAsync(Stream dub, double ceilingDb, CancellationToken token)
    {
        var peak = (float)Math.Pow(10, ceilingDb / 20);
        var samples = Sound.Decode(TestFiles.At("tests/media/librivox/0870.wav"), 48_000).SelectMany(s => Enumerable.Repeat(Math.Clamp(10 * s, -peak, peak), 2)).ToArray();
        await dub.WriteAsync(MemoryMarshal.AsBytes(samples.AsSpan()).ToArray(), token);
        return ceilingDb;
    }

    static async Task<double> SilenceAsync(Stream dub, double ceilingDb, CancellationToken token)
    {
        await dub.WriteAsync(new byte[8 * 48_000 * 8], token);
        return double.NegativeInfinity;
    }

    // A low tone survives every codec as it is.
    static async Task<double> ToneAsync(Stream dub, double ceilingDb, CancellationToken token)
    {
        var samples = Enumerable.Range(0, 8 * 48_000 * 2).Select(i => 0.3f * MathF.Sin(i / 2 * 2 * MathF.PI * 220 / 48_000)).ToArray();
        await dub.WriteAsync(MemoryMarshal.AsBytes(samples.AsSpan()).ToArray(), token);
        return 20 * Math.Log10(0.3);
    }

    static string? Language(JsonNode? stream) => (string?)stream!["tags"]!["language"];
}
