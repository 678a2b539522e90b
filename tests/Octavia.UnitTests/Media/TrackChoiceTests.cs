using Octavia.Dubbing;
using Octavia.Dubbing.Media;
using Octavia.UnitTests.Pipeline;
using Xunit;
using static Octavia.UnitTests.Cli.CliProcess;

namespace Octavia.UnitTests.Media;

public class TrackChoiceTests(DubberFixture fixture, TestMedia media) : IClassFixture<DubberFixture>
{
    [Theory]
    [InlineData(null, 1)]
    [InlineData("1", 0)]
    [InlineData("2", 1)]
    [InlineData("3", 2)]
    [InlineData("eng", 0)]
    [InlineData("es", 1)]
    [InlineData("es-MX", 1)]
    [InlineData("French", 3)]
    public void A_track_is_named_by_its_number_or_its_language(string? track, int expected) => Assert.Equal(Film.Audio[expected], Film.Choose(track).Speech);

    [Theory]
    [InlineData("0")]
    [InlineData("5")]
    [InlineData("-1")]
    [InlineData("it")]
    [InlineData("klingon")]
    [InlineData("")]
    public void Of_a_track_that_is_not_there_the_refusal_says_which_are(string track)
    {
        var e = Assert.Throws<DubbingException>(() => Film.Choose(track));
        Assert.Equal(("input.no_such_track", FailureKind.UnusableInput), (e.Failure.Code, e.Failure.Kind));
        Assert.Equal(
            $"film.mkv has no sound track \"{track}\"; there are 1 (English, aac, 2 ch), 2 (Spanish, ac3, 6 ch), 3 (language not given, aac, 1 ch), 4 (French, aac, 2 ch).",
            e.Message);
    }

    [Fact]
    public async Task The_chosen_track_is_the_one_that_is_dubbed()
    {
        var path = media.At($"two-tracks-{Guid.NewGuid():N}.mkv");
        await TestMedia.MakeAsync([
            "-i", media.At("silent.mp4"), "-i", media.At("speech.wav"), "-map", "0:v", "-map", "0:a", "-map", "1:a", "-c:v", "copy", "-c:a", "aac",
            "-metadata:s:a:0", "language=spa", "-metadata:s:a:1", "language=eng", path,
        ]);
        var result = await fixture.Dubber.RunAsync(fixture.Request(path) with { AudioTrack = "eng" }, null, default);
        Assert.Equal(2, result.Only().Lines.Placed);
        var made = await MediaProbe.ProbeAsync(result.Main.Path, default);
        Assert.Equal(["spa", "eng"], made.Audio.Select(track => track.Language));
        // The original beside the dub is the chosen one, not the silence.
        Assert.NotNull(result.Only().Loudness!.SourceLufs);
        var e = await Assert.ThrowsAsync<DubbingException>(() => fixture.Dubber.RunAsync(fixture.Request(path) with { AudioTrack = "1" }, null, default));
        Assert.Equal("input.no_speech", e.Failure.Code);
    }

    [Fact]
    public async Task A_real_file_with_two_tracks_gives_each_of_them()
    {
        var info = await MediaProbe.ProbeAsync(TestFiles.Shared("media/odd/multiple_aac_tracks.mp4"), default);
        Assert.Equal([0, 1], new[] { info.Choose("1").Speech.Index, info.Choose("2").Speech.Index });
        foreach (var track in new[] { "1", "2" })
        {
            await using var sound = MediaDecoder.OpenSpeech(info.Choose(track), default);
            Assert.True(await sound.ReadAsync(new byte[1024]) > 0);
        }
    }

    [Fact]
    public async Task The_command_line_says_which_tracks_there_are()
    {
        var run = await RunAsync("dub", media.Clip, "--to", "es", "--audio", "2", "--out", media.At($"cli-{Guid.NewGuid():N}"));
        Assert.Equal((3, "clip.mp4: clip.mp4 has no sound track \"2\"; there are 1 (language not given, aac, 1 ch)."), (run.ExitCode, run.Error));
    }

    static MediaInfo Film => new(
        "film.mkv",
        "matroska,webm",
        60,
        null,
        [new(0, "aac", 2, 48_000, "eng", false), new(2, "ac3", 6, 48_000, "spa", true), new(3, "aac", 1, 8_000, null, false), new(4, "aac", 2, 48_000, "fre", false)]);
}
