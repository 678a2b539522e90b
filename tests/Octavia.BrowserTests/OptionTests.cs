using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Octavia.BrowserTests;

/// <summary>What the form of a dub holds back until it is asked for.</summary>
public sealed class OptionTests(BrowserSystem system, Clips clips)
{
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
        var metadata = await page.EvaluateAsync<string>("""
            async () => {
              const id = new URLSearchParams(location.search).get('job_id');
              const m = (await (await fetch(`/api/v1/jobs/${id}`)).json()).job_metadata;
              return [m.target_languages, m.audio_track, m.speakers, m.match_voices, m.bilingual, m.burn_in].join(' ');
            }
            """);
        Assert.Equal("es,ca 1 1 true true true", metadata);
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        visitor.ExpectClean();
    }
}
