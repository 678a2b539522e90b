using Octavia.Dubbing;
using Octavia.Dubbing.Reporting;
using Octavia.UnitTests.Media;
using Xunit;

namespace Octavia.UnitTests.Pipeline;

public class VoiceMatchTests(DubberFixture fixture, TestMedia media) : IClassFixture<DubberFixture>
{
    [Fact]
    public async Task With_matching_the_dub_comes_near_the_original_pitch_and_goes_on_with_the_same_voice()
    {
        var plain = Assert.Single((await fixture.Dubber.RunAsync(fixture.Request(media.Clip), null, default)).Only().Speakers);
        var request = fixture.Request(media.Clip) with { MatchVoices = true };
        var first = (await fixture.Dubber.RunAsync(request, null, default)).Only();
        var matched = Assert.Single(first.Speakers);
        var again = (await fixture.Dubber.RunAsync(request, null, default)).Only();

        Assert.Equal(plain.OriginalPitch!.Value, matched.OriginalPitch!.Value, 1);
        Assert.InRange(OctavesOff(matched), 0, Math.Max(0.1, OctavesOff(plain)));
        Assert.InRange(matched.Rate, 0.8, 1.2);
        Assert.Equal(0, first.Lines.Flagged);
        Assert.Equal((2, matched.Voice, matched.Pitch), (again.Lines.Reused, again.Speakers[0].Voice, again.Speakers[0].Pitch));
    }

    [Fact]
    public async Task A_sung_line_is_left_as_it_is()
    {
        var folder = Directory.CreateDirectory(media.At($"song-{Guid.NewGuid():N}")).FullName;
        var film = Path.Combine(folder, "film.wav");
        await TestMedia.MakeAsync(["-i", Song.Make(folder), "-i", TestFiles.At("tests/media/librivox/0870.wav"), "-filter_complex", "[0]apad=pad_dur=3[song];[song][1]concat=n=2:v=0:a=1", film]);
        var report = (await fixture.Dubber.RunAsync(fixture.Request(film), null, default)).Only();

        Assert.NotEmpty(report.Lines.Flags);
        Assert.All(report.Lines.Flags, flag => Assert.Contains("singing: ", flag));
        Assert.Equal(report.Lines.Total, report.Lines.Placed + report.Lines.Flagged);
        Assert.InRange(report.Lines.Placed, 1, report.Lines.Total - 1);
    }

    static double OctavesOff(SpeakerReport speaker) => Math.Abs(Math.Log2(speaker.Pitch!.Value / speaker.OriginalPitch!.Value));
}
