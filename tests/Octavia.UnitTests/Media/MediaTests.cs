using System.Diagnostics;
using Octavia.Dubbing;
using Octavia.Dubbing.Media;
using Xunit;

namespace Octavia.UnitTests.Media;

public class MediaTests(TestMedia media)
{
    [Theory]
    [InlineData("nowhere.mp4", "input.missing")]
    [InlineData("empty.mp4", "input.empty")]
    [InlineData("text.mp4", "input.not_media")]
    [InlineData("list.mp4", "input.not_media")]
    [InlineData("cut.mp4", "input.damaged")]
    [InlineData("mute.mp4", "input.no_audio")]
    public async Task Each_bad_input_has_its_reason(string name, string code)
    {
        var e = await Assert.ThrowsAsync<DubbingException>(() => MediaProbe.ProbeAsync(media.At(name), default));
        Assert.Equal((code, FailureKind.UnusableInput), (e.Failure.Code, e.Failure.Kind));
        Assert.Contains(name, e.Message);
        Assert.DoesNotContain(Path.GetDirectoryName(media.Clip)!, e.Message);
    }

    [Theory]
    [InlineData("clip.mp4", "h264", ".mp4")]
    [InlineData("-odd 'name\" $(x) ñ.mp4", "h264", ".mp4")]
    [InlineData("clip.webm", "vp8", ".webm")]
    [InlineData("clip.ts", "h264", ".mp4")]
    [InlineData("speech.m4a", null, ".m4a")]
    [InlineData("speech.wav", null, ".m4a")]
    public async Task Good_input_is_described_and_has_its_container(string name, string? codec, string extension)
    {
        var info = await MediaProbe.ProbeAsync(media.At(name), default);
        Assert.Equal(codec, info.Video?.Codec);
        Assert.Equal(8, info.DurationSeconds, 0.15);
        Assert.Equal(extension, Container.For(info).Extension);
    }

    [Fact]
    public async Task Sound_that_starts_late_is_decoded_at_its_time()
    {
        var onset = await OnsetAsync("clip.mp4");
        Assert.Equal(onset + 1.5, await OnsetAsync("late.mp4"), 0.03);
        Assert.Equal(onset, await OnsetAsync("clip.ts"), 0.03);
    }

    [Fact]
    public async Task Decoding_begins_where_an_interrupted_run_stopped()
    {
        var info = await MediaProbe.ProbeAsync(media.Clip, default);
        var (whole, _) = await DecodeAsync(info, 0);
        var (rest, rate) = await DecodeAsync(info, 4.25);
        Assert.Equal(16_000, rate);
        Assert.InRange(Enumerable.Range(0, 32_000).Max(i => Math.Abs(rest[i] - whole[i + 68_000])), 0, 0.001);
    }

    [Fact]
    public async Task A_child_that_nobody_reads_waits_and_dies_when_disposed()
    {
        var watch = Stopwatch.StartNew();
        var child = ChildProcess.Open("ffmpeg", ["-nostdin", "-v", "error", "-f", "lavfi", "-i", "anullsrc=r=48000", "-f", "f32le", "pipe:1"], default);
        Assert.Equal(4, await child.Stream.ReadAtLeastAsync(new byte[4], 4));
        await child.DisposeAsync();
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 3);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => child.Completion);
    }

    [Fact]
    public async Task Cancel_kills_a_child_at_once()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        var watch = Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ChildProcess.RunAsync("sleep", ["20"], cancellationToken: source.Token));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 1);
    }

    [Fact]
    public async Task A_child_past_its_limit_is_a_failure()
    {
        var e = await Assert.ThrowsAsync<DubbingException>(() => ChildProcess.RunAsync("sleep", ["20"], TimeSpan.FromMilliseconds(100)));
        Assert.Equal("tool.timeout", e.Failure.Code);
    }

    [Fact]
    public async Task A_missing_program_is_named()
    {
        var e = await Assert.ThrowsAsync<DubbingException>(() => ChildProcess.RunAsync("no-such-program", []));
        Assert.Equal(("tool.missing", FailureKind.MissingTool), (e.Failure.Code, e.Failure.Kind));
    }

    async Task<double> OnsetAsync(string name)
    {
        var (samples, rate) = await DecodeAsync(await MediaProbe.ProbeAsync(media.At(name), default), 0);
        return Array.FindIndex(samples, s => Math.Abs(s) > 0.05f) / (double)rate;
    }

    static async Task<(float[] Samples, int Rate)> DecodeAsync(MediaInfo info, double from)
    {
        await using var decoder = MediaDecoder.OpenSpeech(info, from, default);
        var result = Wav.Read(decoder.Stream);
        Assert.Equal(0, (await decoder.Completion).ExitCode);
        return result;
    }
}
