using Octavia.Dubbing;
using Octavia.Dubbing.Translation;
using Xunit;

namespace Octavia.UnitTests.Pipeline;

/// <summary>Glossary and tone in a whole run.</summary>
public class GlossaryRunTests(DubberFixture fixture) : IClassFixture<DubberFixture>
{
    const string Text = "The house is red.\nThe dog sleeps.\nGood morning.";

    [Fact]
    public async Task A_run_that_goes_on_with_another_glossary_translates_the_lines_again_that_it_concerns()
    {
        var request = await fixture.RequestAsync("note.txt", Text, DubbingTask.Translate);
        var first = await fixture.Dubber.RunAsync(request, null, default);
        Assert.Equal(0, first.Only().Lines.Reused);

        var again = await fixture.Dubber.RunAsync(request with { Glossary = new Glossary([new("dog", "can")]) }, null, default);
        Assert.Equal(2, again.Only().Lines.Reused);
        Assert.Equal(["La casa es roja.", "Buenos días."], (await LinesAsync(again)).Where((_, i) => i != 1));
        Assert.Contains("can", (await LinesAsync(again))[1], StringComparison.Ordinal);
        Assert.Equal(3, (await fixture.Dubber.RunAsync(request with { Glossary = new Glossary([new("dog", "can")]) }, null, default)).Only().Lines.Reused);
    }

    [Fact]
    public async Task A_tone_that_the_translator_does_not_know_is_told_and_part_of_what_a_line_is_made_from()
    {
        var request = await fixture.RequestAsync("note.txt", Text, DubbingTask.Translate);
        Assert.Empty((await fixture.Dubber.RunAsync(request, null, default)).Report.Notes);
        var formal = await fixture.Dubber.RunAsync(request with { Tone = Tone.Formal }, null, default);
        Assert.Contains("The tone formal was not heeded", Assert.Single(formal.Report.Notes), StringComparison.Ordinal);
        Assert.Equal(0, formal.Only().Lines.Reused);
    }

    static Task<string[]> LinesAsync(DubbingResult result) => File.ReadAllLinesAsync(result.Main.Path);
}
