using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Octavia.BrowserTests;

/// <summary>What the form of a dub holds back until it is asked for.</summary>
public sealed class OptionTests(BrowserSystem system, Clips clips)
{
    [Fact]
    public async Task A_glossary_is_written_or_read_from_a_file_and_told_when_it_is_wrong()
    {
        await using var visitor = await system.VisitAsync();
        var page = visitor.Page;
        await visitor.RegisterAsync();
        await visitor.OpenLiveAsync("/dashboard/translate");
        await page.GetByLabel("Written text").CheckAsync();
        await page.GetByLabel("Text", new() { Exact = true }).FillAsync("The dog sleeps.");
        await page.GetByLabel("New language").SelectOptionAsync("es");
        await page.GetByText("Glossary and tone").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Combobox, new() { NameRegex = new("^Tone") }).SelectOptionAsync("formal");
        var glossary = page.GetByRole(AriaRole.Textbox, new() { Name = "Glossary" });
        await glossary.FillAsync("dog,can\ndog,perro");
        await glossary.BlurAsync();
        await Expect(page.Locator("#glossary-state")).ToContainTextAsync("Line 2 of the glossary");
        await visitor.ShowAsync("glossary-wrong");

        await page.GetByLabel("File of terms").SetInputFilesAsync(new FilePayload { Name = "terms.csv", MimeType = "text/csv", Buffer = "\uFEFFsource;target\r\ndog;can\r\n"u8.ToArray() });
        await Expect(page.Locator("#glossary-state")).ToHaveTextAsync("1 term.");
        await Expect(glossary).ToHaveValueAsync("source;target\ndog;can\n");
        await visitor.ShowAsync("glossary");
        await page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();

        await page.WaitForURLAsync("**/dashboard/video/progress?job_id=*");
        await Expect(page.GetByText("Done in")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Download the translation" }).ClickAsync());
        Assert.Contains("can", await File.ReadAllTextAsync(await download.PathAsync()), StringComparison.Ordinal);
        visitor.ExpectClean();
    }

    [Fact]
    public async Task A_size_of_the_model_is_offered_where_there_are_several()
    {
        await using var visitor = await system.VisitAsync();
        var page = visitor.Page;
        await visitor.RegisterAsync();
        await system.PretendAsync(capabilities => capabilities with { ModelSizes = ["base", "small"] }, async () =>
        {
            await visitor.OpenLiveAsync("/dashboard/transcribe");
            await visitor.ChooseAsync(clips.Speech);
            await page.GetByRole(AriaRole.Combobox, new() { NameRegex = new("^Model that listens") }).SelectOptionAsync("small");
            await visitor.ShowAsync("model-size");
            await page.GetByRole(AriaRole.Button, new() { Name = "See what it takes first" }).ClickAsync();
            await page.WaitForURLAsync("**/dashboard/video/progress?job_id=*");
        });
        Assert.Equal("small", await MetadataAsync(page, "m.model_size"));
        visitor.ExpectClean();
    }

    [Fact]
    public async Task The_speakers_own_voices_are_offered_where_they_can_be_cloned_and_only_with_consent()
    {
        await using var visitor = await system.VisitAsync();
        var page = visitor.Page;
        await visitor.RegisterAsync();
        await system.PretendAsync(capabilities => capabilities with { Cloned = ["es"] }, async () =>
        {
            await visitor.OpenLiveAsync("/dashboard/video");
            await visitor.ChooseAsync(clips.Speech);
            await page.GetByLabel("New language").SelectOptionAsync("ca");
            await page.GetByText("More options").ClickAsync();
            var (own, agreed) = (page.GetByLabel("Speak in the speakers' own voices"), page.GetByLabel("Everybody who speaks has agreed"));
            await Expect(page.GetByLabel("Match the voices")).ToBeVisibleAsync();
            await Expect(own).ToHaveCountAsync(0);
            await page.GetByLabel("New language").SelectOptionAsync("es");
            await Expect(agreed).ToBeDisabledAsync();
            await own.CheckAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "See what it takes first" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Confirm that everybody who speaks has agreed");
            await visitor.ShowAsync("own-voices");
            await agreed.CheckAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "See what it takes first" }).ClickAsync();
            await page.WaitForURLAsync("**/dashboard/video/progress?job_id=*");
        });
        Assert.Equal($"true {visitor.Email}", await MetadataAsync(page, "m.clone_voices, m.consent.by"));
        visitor.ExpectClean();
    }

    [Fact]
    public async Task More_languages_and_options_are_chosen_behind_a_fold()
    {
        await using var visitor = await system.VisitAsync();
        var page = visitor.Page;
        await visitor.RegisterAsync();
        await visitor.OpenLiveAsync("/dashboard/video");
        await visitor.ChooseAsync(clips.Speech);
        await page.GetByLabel("New language").SelectOptionAsync("es");
        var further = page.GetByRole(AriaRole.Group, new() { Name = "Further languages" });
        await Expect(further).Not.ToBeVisibleAsync();

        // With the keyboard alone.
        await page.GetByText("More options").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(further.GetByLabel("Spanish")).ToHaveCountAsync(0);
        await further.GetByLabel("Catalan").CheckAsync();
        await page.GetByLabel("Sound track to dub").FillAsync("1");
        await page.GetByLabel("Number of speakers").FillAsync("1");
        foreach (var option in new[] { "Match the voices", "bilingual subtitles", "into the picture" }) await page.GetByLabel(option).CheckAsync();
        await visitor.ShowAsync("video-options");
        await page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();

        await page.WaitForURLAsync("**/dashboard/video/progress?job_id=*");
        await Expect(page.GetByText("→ Spanish, Catalan")).ToBeVisibleAsync();
        Assert.Equal("es,ca 1 1 true true true", await MetadataAsync(page, "m.target_languages, m.audio_track, m.speakers, m.match_voices, m.bilingual, m.burn_in"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        visitor.ExpectClean();
    }

    /// <summary>Parts of the metadata of the job whose page is open, with blanks between them.</summary>
    static Task<string> MetadataAsync(IPage page, string parts) => page.EvaluateAsync<string>($$"""
        async () => {
          const id = new URLSearchParams(location.search).get('job_id');
          const m = (await (await fetch(`/api/v1/jobs/${id}`)).json()).job_metadata;
          return [{{parts}}].join(' ');
        }
        """);
}
