using System.Diagnostics;
using System.Runtime.InteropServices;
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
        await using var decoder = MediaDecoder.OpenSpeech(await MediaProbe.ProbeAsync(media.At(name), default), default);
        using var sound = new MemoryStream();
        await decoder.Stream.CopyToAsync(sound);
        Assert.Equal(0, (await decoder.Completion).ExitCode);
        var samples = MemoryMarshal.Cast<byte, short>(sound.GetBuffer().AsSpan(0, (int)sound.Length)).ToArray();
        return Array.FindIndex(samples, s => Math.Abs((int)s) > 1600) / 16_000.0;
    }
}
