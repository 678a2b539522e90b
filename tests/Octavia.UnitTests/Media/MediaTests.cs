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
    [InlineData("clip.mkv", "h264", ".mkv")]
    [InlineData("clip.mov", "h264", ".mp4")]
    [InlineData("clip.avi", "mpeg4", ".mkv")]
    [InlineData("vbr.mp3", null, ".m4a")]
    [InlineData("raw.aac", null, ".m4a")]
    public async Task Good_input_is_described_and_has_its_container(string name, string? codec, string extension)
    {
        var info = await MediaProbe.ProbeAsync(media.At(name), default);
        Assert.Equal(codec, info.Video?.Codec);
        Assert.Equal(8, info.DurationSeconds, 0.15);
        Assert.Equal(extension, Container.For(info).Extension);
    }

    [Fact]
    public async Task A_folder_and_a_file_that_cannot_be_opened_are_unusable_input()
    {
        var e = await Assert.ThrowsAsync<DubbingException>(() => MediaProbe.ProbeAsync(Path.GetDirectoryName(media.Clip)!, default));
        Assert.Equal(("input.missing", FailureKind.UnusableInput), (e.Failure.Code, e.Failure.Kind));
        var held = media.At("held.mp4");
        File.Copy(media.Clip, held, overwrite: true);
        await using var holder = new FileStream(held, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        e = await Assert.ThrowsAsync<DubbingException>(() => MediaProbe.ProbeAsync(held, default));
        Assert.Equal(("input.unreadable", FailureKind.UnusableInput), (e.Failure.Code, e.Failure.Kind));
    }

    [Theory]
    [InlineData("cut-faststart.mp4")]
    [InlineData("cut-clip.webm")]
    public async Task Sound_of_a_file_that_is_cut_off_does_not_end_in_peace(string name)
    {
        var info = await MediaProbe.ProbeAsync(media.At(name), "film.mp4", default);
        await using var sound = MediaDecoder.OpenSpeech(info, default);
        var e = await Assert.ThrowsAsync<DubbingException>(() => sound.CopyToAsync(Stream.Null));
        Assert.Equal(("input.damaged", FailureKind.UnusableInput), (e.Failure.Code, e.Failure.Kind));
        Assert.Matches("^film.mp4 is cut off: it holds [345] of 8 seconds;", e.Message);
    }

    [Theory]
    [InlineData("short-sound.mp4")]
    [InlineData("short-sound.webm")]
    public async Task Sound_may_end_before_the_picture(string name)
    {
        var info = await MediaProbe.ProbeAsync(media.At(name), default);
        Assert.Equal(8, info.DurationSeconds, 0.15);
        await using var sound = MediaDecoder.OpenSpeech(info, default);
        using var decoded = new MemoryStream();
        await sound.CopyToAsync(decoded);
        Assert.Equal(4, decoded.Length / 32_000.0, 0.15);
    }

    [Fact]
    public async Task Sound_whose_decoder_was_killed_does_not_end_in_peace()
    {
        var killed = ChildProcess.Open("sh", ["-c", "head -c 64000 /dev/zero; kill -KILL $$"], default);
        await using var sound = new DecodedStream(killed, await MediaProbe.ProbeAsync(media.Clip, default), 32_000);
        var e = await Assert.ThrowsAsync<DubbingException>(() => sound.CopyToAsync(Stream.Null));
        Assert.Equal(("decoder.killed", FailureKind.Engine), (e.Failure.Code, e.Failure.Kind));
    }

    [Fact]
    public async Task Tags_are_not_read_and_what_a_program_says_is_bounded()
    {
        var tagged = media.At("tagged.mkv");
        var made = await ChildProcess.RunAsync("ffmpeg", ["-nostdin", "-v", "error", "-y", "-i", media.Clip, "-c", "copy", "-metadata", "comment=" + new string('x', 100_000), tagged]);
        Assert.Equal(0, made.ExitCode);
        Assert.Equal(8, (await MediaProbe.ProbeAsync(tagged, default)).DurationSeconds, 0.15);
        var e = await Assert.ThrowsAsync<DubbingException>(() => ChildProcess.RunAsync("yes", []));
        Assert.Equal("tool.too_much", e.Failure.Code);
        var chatty = await ChildProcess.RunAsync("sh", ["-c", "head -c 3000000 /dev/zero | tr '\\0' x >&2; echo end >&2"]);
        Assert.Equal(("end", 7_999), (chatty.Error[^3..], chatty.Error.Length));
    }

    [Fact]
    public async Task A_cancelled_or_failed_mux_leaves_nothing()
    {
        var info = await MediaProbe.ProbeAsync(media.Clip, default);
        var folder = Directory.CreateDirectory(media.At("mux-stopped")).FullName;
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => MediaMuxer.WriteAsync(
            info, Container.For(info), new Tracks([new Dub("es", Stop)], "en", []), Path.Combine(folder, "a.mp4"), stop.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => MediaMuxer.WriteAudioAsync(new Dub("es", Stop), Path.Combine(folder, "a.m4a"), stop.Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));

        async Task<double> Stop(Stream encoder, double ceilingDb, CancellationToken token)
        {
            await encoder.WriteAsync(new byte[48_000 * 8], token);
            await stop.CancelAsync();
            token.ThrowIfCancellationRequested();
            return ceilingDb;
        }
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
        await decoder.CopyToAsync(sound);
        var samples = MemoryMarshal.Cast<byte, short>(sound.GetBuffer().AsSpan(0, (int)sound.Length)).ToArray();
        return Array.FindIndex(samples, s => Math.Abs((int)s) > 1600) / 16_000.0;
    }
}
