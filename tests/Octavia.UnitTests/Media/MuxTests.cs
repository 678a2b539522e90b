using System.Text.Json.Nodes;
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

    async Task<(MediaInfo Info, List<JsonNode?> Streams, string Output)> MuxAsync(string name)
    {
        var info = await MediaProbe.ProbeAsync(media.At(name), default);
        var folder = Directory.CreateDirectory(media.At($"mux-{Guid.NewGuid():N}")).FullName;
        var srt = Path.Combine(folder, "a.srt");
        await File.WriteAllTextAsync(srt, SubtitleWriter.Write([new SubtitleCue(1, 3, "Hola")], SubtitleFormat.Srt));
        var container = Container.For(info);
        var output = Path.Combine(folder, "out" + container.Extension);
        var tracks = new Tracks("es", "en", [new SubtitleTrack(srt, "es"), new SubtitleTrack(srt, "en")]);
        await MediaMuxer.WriteAsync(info, container, tracks, (stdin, token) => stdin.WriteAsync(new byte[8 * 48_000 * 8], token).AsTask(), output, default);
        var run = await ChildProcess.RunAsync("ffprobe", ["-v", "error", "-show_streams", "-of", "json", output]);
        // In mp4 chapters are a data stream of their own.
        var streams = JsonNode.Parse(run.Output)!["streams"]!.AsArray().Where(s => (string?)s!["codec_type"] != "data").ToList();
        return (info, streams, output);
    }

    static string? Language(JsonNode? stream) => (string?)stream!["tags"]!["language"];
}
