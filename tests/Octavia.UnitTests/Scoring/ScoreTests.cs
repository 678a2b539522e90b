using Octavia.Dubbing;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Scoring;
using Octavia.UnitTests.Media;
using Octavia.UnitTests.Pipeline;
using Xunit;

namespace Octavia.UnitTests.Scoring;

/// <summary>The floors that no change may fall under: the small set. The large one is in docs/quality.md.</summary>
public sealed class ScoreTests(TestMedia media, DubberFixture engine) : IClassFixture<DubberFixture>
{
    static readonly string Words = string.Join(' ', new[] { "0880", "0930" }.Select(name => File.ReadAllText(TestFiles.At($"tests/media/librivox/{name}.txt"))));

    [Theory]
    [InlineData("clip.mp4")]
    [InlineData("clip.webm")]
    public async Task A_reading_is_dubbed_within_the_floors(string name)
    {
        var score = await ScoreAsync(engine.Dubber, new ScoreClip(media.At(name), "en", 1, Words, new Dictionary<string, string>()));
        Assert.True(score.PictureUntouched);
        Assert.InRange(score.Recognition!.Rate!.Value, 0, 0.15);
    }

    [Fact]
    public async Task Music_goes_on_under_the_dub_and_the_old_voice_does_not()
    {
        await using var dubber = new Dubber(new EngineOptions { Models = new ModelStoreOptions { Offline = true, Folder = TestFiles.Shared("models"), Cache = media.At("no-models") } });
        var clip = media.At("music.mp4");
        await TestMedia.MakeAsync(
        [
            "-i", media.Clip, "-f", "lavfi", "-i", "aevalsrc=0.015*(sin(2*PI*220*t)+sin(2*PI*277.2*t)+sin(2*PI*329.6*t))*exp(-2*mod(t\\,0.5)):s=44100:d=8",
            "-filter_complex", "[0:a][1:a]amix=inputs=2:normalize=0[a]", "-map", "0:v", "-map", "[a]", "-c:v", "copy", "-c:a", "aac", clip,
        ]);
        var score = await ScoreAsync(dubber, new ScoreClip(clip, "en", 1, null, new Dictionary<string, string>()));
        Assert.InRange(score.Bed.VoiceDb!.Value, -120, -25);
        Assert.InRange(score.Bed.VoiceDbfs!.Value, -120, -50);
        // The measure of before did not count what the mask takes of the music along with the voice.
        Assert.InRange(score.Bed.BackgroundDb!.Value, -6, 3);
    }

    async Task<ClipScore> ScoreAsync(Dubber dubber, ScoreClip clip)
    {
        var folder = Directory.CreateDirectory(media.At($"score-{Guid.NewGuid():N}")).FullName;
        var score = await new Scorer(dubber).ScoreAsync(clip, "es", folder, Quality.Balanced, TestContext.Current.CancellationToken);
        Assert.Null(score.Failure);
        Assert.All(score.Lines, line => Assert.True(line is { InSlot: true, Tempo: <= 1.2 }));
        Assert.NotEmpty(score.Lines);
        Assert.All(score.Lines, line => Assert.InRange(line.OnsetSeconds ?? 0, -0.08, 0.08));
        Assert.Contains(score.Lines, line => line.OnsetSeconds is not null);
        Assert.Equal((0, 1, 1), (score.Overlaps, score.SpeakersFound, score.Voices));
        Assert.InRange(score.LoudnessDifference!.Value, -1, 1);
        Assert.InRange(score.TruePeakDb!.Value, -60, -1.5);
        Assert.InRange(score.Again.Rate!.Value, 0, 0.15);
        return score;
    }
}
