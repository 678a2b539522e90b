using CliWrap;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Subtitles;
using Octavia.UnitTests.Pipeline;
using Xunit;

namespace Octavia.UnitTests.Media;

public class BurnInTests(DubberFixture fixture, TestMedia media) : IClassFixture<DubberFixture>
{
    const int Dark = 60;
    const int Bright = 180;

    [Theory]
    [InlineData("Hola")]
    // Would be hidden were it taken for a command.
    [InlineData("{\\alpha&HFF&}")]
    public async Task Text_is_in_the_picture_while_it_is_said_and_at_no_other_time(string text)
    {
        var folder = Directory.CreateDirectory(media.At($"burn-{Guid.NewGuid():N} o'd [d],;:\\ñ")).FullName;
        var film = Path.Combine(folder, "black.mkv");
        // Odd sides, and a codec that goes into no mp4.
        await TestMedia.MakeAsync(["-f", "lavfi", "-i", "color=black:size=321x181:rate=10:duration=4", "-i", media.At("speech.wav"), "-t", "4", "-pix_fmt", "yuv444p", "-c:v", "ffv1", film]);
        var drawn = Path.Combine(folder, "burn-in.ass");
        await File.WriteAllTextAsync(drawn, SubtitleWriter.Write([new SubtitleCue(1, 3, text)], SubtitleFormat.Ass));
        var info = await MediaProbe.ProbeAsync(film, default);
        var output = Path.Combine(folder, "out.mkv");
        await MediaMuxer.WriteAsync(
            info, Container.ForEncoded(info),
            new Tracks([new Dub("es", SilenceAsync)], "en", []) { BurnIn = drawn }, output, default);
        var made = await MediaProbe.ProbeAsync(output, default);
        Assert.Equal(("h264", 320, 180, 2), (made.Video!.Codec, made.Video.Width, made.Video.Height, made.Audio.Count));
        Assert.InRange(await BrightestAsync(output, 0.5), 0, Dark);
        Assert.InRange(await BrightestAsync(output, 2), Bright, 255);
        Assert.InRange(await BrightestAsync(output, 3.5), 0, Dark);
    }

    [Fact]
    public async Task A_dub_with_subtitles_in_its_picture_says_that_it_was_encoded_again()
    {
        var result = await fixture.Dubber.RunAsync(fixture.Request("clip.webm") with { BurnIn = true, Bilingual = true }, null, default);
        Assert.Null(result.Report.Picture);
        Assert.Equal("The picture was encoded again, with the subtitles in it, as was asked for.", result.Report.Notes[0]);
        var made = await MediaProbe.ProbeAsync(result.Main.Path, default);
        Assert.Equal((".mkv", "h264", 192, 108), (Path.GetExtension(result.Main.Path), made.Video!.Codec, made.Video.Width, made.Video.Height));
        Assert.Equal(8, made.DurationSeconds, 0.2);
    }

    [Fact]
    public async Task Where_there_is_no_picture_the_sound_is_made_and_the_report_says_so()
    {
        var result = await fixture.Dubber.RunAsync(fixture.Request("speech.m4a") with { BurnIn = true }, null, default);
        Assert.Equal(".m4a", Path.GetExtension(result.Main.Path));
        Assert.Equal("There is no picture that subtitles could be drawn into.", result.Report.Notes[0]);
    }

    static async Task<double> SilenceAsync(Stream dub, double ceilingDb, CancellationToken token)
    {
        await dub.WriteAsync(new byte[4 * 48_000 * 8], token);
        return double.NegativeInfinity;
    }

    static async Task<int> BrightestAsync(string path, double seconds)
    {
        using var picture = new MemoryStream();
        var run = await ChildProcess.RunAsync(
            "ffmpeg",
            ["-v", "error", "-i", "file:" + path, "-ss", FormattableString.Invariant($"{seconds}"), "-frames:v", "1", "-pix_fmt", "gray", "-f", "rawvideo", "pipe:1"],
            output: PipeTarget.ToStream(picture));
        Assert.True(run.ExitCode == 0, run.Error);
        return picture.ToArray().Max();
    }
}
