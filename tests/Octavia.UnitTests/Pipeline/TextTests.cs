using Octavia.Dubbing;
using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Subtitles;
using Octavia.UnitTests.Media;
using Xunit;

namespace Octavia.UnitTests.Pipeline;

public class TextTests(DubberFixture fixture, TestMedia media) : IClassFixture<DubberFixture>
{
    const string Srt = "1\n00:00:00,500 --> 00:00:02,000\nThe house is red.\n\n2\n00:00:04,000 --> 00:00:06,000\nGood morning.\n";

    [Fact]
    public async Task Media_becomes_script_subtitles_and_text()
    {
        var result = await fixture.Dubber.RunAsync(fixture.Request(media.Clip, DubbingTask.Transcribe), null, default);
        Assert.Equal("clip.en.srt", Path.GetFileName(result.Main.Path));
        var cues = SubtitleReader.Read(await File.ReadAllTextAsync(result.Main.Path));
        Assert.Contains("young man", cues[0].Text);
        Assert.Equal(["report", "script", "subtitles", "subtitles", "subtitles", "text"], result.Artifacts.Select(artifact => artifact.Kind).Order());
    }

    [Fact]
    public async Task A_wrong_language_that_was_given_is_reported()
    {
        var request = fixture.Request(media.Clip, DubbingTask.Transcribe);
        Assert.Empty((await fixture.Dubber.RunAsync(request with { SourceLanguage = "en" }, null, default)).Report.Notes);
        var result = await fixture.Dubber.RunAsync(fixture.Request(media.Clip, DubbingTask.Transcribe) with { SourceLanguage = "fr" }, null, default);
        Assert.Matches(@"French was given .* it sounds like English \(([89]\d|100) %\): .* start again with English", Assert.Single(result.Report.Notes));
    }

    [Theory]
    [InlineData("film.srt", Srt)]
    [InlineData("film.vtt", "WEBVTT\n\n00:00.500 --> 00:02.000\nThe house is red.\n\n00:04.000 --> 00:06.000\nGood morning.\n")]
    public async Task Subtitles_become_subtitles_at_the_same_times(string name, string text)
    {
        var result = await fixture.Dubber.RunAsync(await fixture.RequestAsync(name, text, DubbingTask.Translate), null, default);
        Assert.Equal("film.es" + Path.GetExtension(name), Path.GetFileName(result.Main.Path));
        Assert.Equal(
            [new SubtitleCue(0.5, 2, "La casa es roja."), new SubtitleCue(4, 6, "Buenos días.")],
            SubtitleReader.Read(await File.ReadAllTextAsync(result.Main.Path)));
    }

    [Fact]
    public async Task Text_keeps_its_paragraphs()
    {
        var result = await fixture.Dubber.RunAsync(
            await fixture.RequestAsync("note.txt", "The house is red.\n\nGood morning.\n", DubbingTask.Translate), null, default);
        Assert.Equal("La casa es roja.\n\nBuenos días.\n", await File.ReadAllTextAsync(result.Main.Path));
    }

    [Fact]
    public async Task The_language_of_a_text_must_be_given()
    {
        var request = await fixture.RequestAsync("note.txt", "Hello.", DubbingTask.Translate) with { SourceLanguage = "auto" };
        var e = await Assert.ThrowsAsync<DubbingException>(() => fixture.Dubber.RunAsync(request, null, default));
        Assert.Equal("language.needed", e.Failure.Code);
    }

    [Fact]
    public async Task Subtitles_are_spoken_at_their_times()
    {
        var result = await fixture.Dubber.RunAsync(
            await fixture.RequestAsync("film.srt", "1\n00:00:00,500 --> 00:00:02,000\nLa casa es roja.\n\n2\n00:00:04,000 --> 00:00:06,000\nBuenos días.\n", DubbingTask.Synthesize),
            null, default);
        Assert.Equal("audio", result.Main.Kind);
        Assert.Equal(2, result.Only().Lines.Placed);
        var media = await MediaProbe.ProbeAsync(result.Main.Path, default);
        Assert.InRange(media.DurationSeconds, 4.4, 6);
        Assert.Equal(-16, result.Only().Loudness!.OutputLufs!.Value, 1.0);
    }

    [Fact]
    public async Task A_text_is_spoken_sentence_by_sentence()
    {
        var result = await fixture.Dubber.RunAsync(
            await fixture.RequestAsync("note.txt", "La casa es roja. El perro duerme en la cocina.\n\nBuenos días.", DubbingTask.Synthesize), null, default);
        Assert.Equal(3, result.Only().Lines.Placed);
        Assert.InRange((await MediaProbe.ProbeAsync(result.Main.Path, default)).DurationSeconds, 3, 9);
    }

    [Fact]
    public async Task Dense_subtitles_are_cut_and_never_overlap()
    {
        const string text = "Esta frase es demasiado larga para el poco tiempo que tiene en la película.";
        var srt = string.Concat(Enumerable.Range(0, 5).Select(i => $"{i + 1}\n00:00:0{i},000 --> 00:00:0{i},900\n{text}\n\n"));
        var result = await fixture.Dubber.RunAsync(await fixture.RequestAsync("film.srt", srt, DubbingTask.Synthesize) with { Speech = "espeak" }, null, default);
        Assert.Equal((5, 0), (result.Only().Lines.Total, result.Only().Lines.Overlaps));
        Assert.Contains(result.Only().Lines.Flags, flag => flag.Contains(" cut: ", StringComparison.Ordinal));
        // The last line may borrow; the sound ends there, whatever was spoken.
        Assert.InRange((await MediaProbe.ProbeAsync(result.Main.Path, default)).DurationSeconds, 4, 4.9 + Timeline.MostBorrowed + 0.1);
    }

    [Fact]
    public async Task A_subtitle_that_cannot_be_spoken_is_flagged_and_the_others_are_spoken()
    {
        var srt = $"1\n00:00:01,000 --> 00:00:02,000\nHola.\n\n2\n00:00:04,000 --> 00:00:05,000\n{string.Concat(Enumerable.Repeat("hola ", 2_100))}\n";
        var result = await fixture.Dubber.RunAsync(await fixture.RequestAsync("film.srt", srt, DubbingTask.Synthesize) with { Speech = "espeak" }, null, default);
        Assert.Equal(1, result.Only().Lines.Placed);
        Assert.StartsWith("2 unspoken: ", Assert.Single(result.Only().Lines.Flags), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_too_long_to_be_spoken_is_refused_before_the_work()
    {
        var request = await fixture.RequestAsync("note.txt", string.Concat(Enumerable.Repeat("La casa es roja. ", 40_000)), DubbingTask.Synthesize);
        var e = await Assert.ThrowsAsync<DubbingException>(() => fixture.Dubber.RunAsync(request, null, default));
        Assert.Equal(("input.too_long", FailureKind.UnusableInput), (e.Failure.Code, e.Failure.Kind));
    }

    [Theory]
    [InlineData("", "input.empty")]
    [InlineData("a\0b", "input.not_text")]
    [InlineData("...", "input.no_words")]
    [InlineData("1\n00:00:01,000 --> 00:00:02,000\n♪\n", "input.no_words")]
    [InlineData("1\n999:00:00,000 --> 999:00:02,000\nHola.\n", "input.too_long")]
    public async Task Bad_texts_are_refused(string text, string code)
    {
        var request = await fixture.RequestAsync("note.txt", text, DubbingTask.Synthesize);
        Assert.Equal(code, (await Assert.ThrowsAsync<DubbingException>(() => fixture.Dubber.RunAsync(request, null, default))).Failure.Code);
    }
}
