using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Octavia.BrowserTests;

/// <summary>The jobs beside the main one, each through its page to what it makes.</summary>
public sealed class OtherJobTests(BrowserSystem system, Clips clips)
{
    const float Limit = 120_000;

    [Fact]
    public async Task Speech_is_written_down()
    {
        await using var visitor = await system.VisitAsync();
        await visitor.RegisterAsync();
        await visitor.OpenLiveAsync("/dashboard/transcribe");
        await visitor.ChooseAsync(clips.Speech);
        var subtitles = await RunAsync(visitor, "Download the subtitles");
        Assert.Contains("-->", await File.ReadAllTextAsync(subtitles));
        visitor.ExpectClean();
    }

    [Fact]
    public async Task A_written_text_is_translated()
    {
        await using var visitor = await system.VisitAsync();
        await visitor.RegisterAsync();
        await WriteAsync(visitor, "/dashboard/translate", "The house is big and the garden is green.");
        var translation = await RunAsync(visitor, "Download the translation");
        Assert.Contains("casa", await File.ReadAllTextAsync(translation));
        visitor.ExpectClean();
    }

    [Fact]
    public async Task A_written_text_is_read_aloud()
    {
        await using var visitor = await system.VisitAsync();
        await visitor.RegisterAsync();
        await WriteAsync(visitor, "/dashboard/synthesize", "The house is big and the garden is green.");
        var speech = await RunAsync(visitor, "Download the speech");
        Assert.InRange(await Clips.SecondsAsync(speech), 1.5, 6);
        await Expect(visitor.Page.Locator("audio")).ToBeVisibleAsync();
        await visitor.ScreenshotAsync("result-sound");
        visitor.ExpectClean();
    }

    [Fact]
    public async Task A_text_as_long_as_is_taken_arrives_whole()
    {
        await using var visitor = await system.VisitAsync();
        await visitor.RegisterAsync();
        await WriteAsync(visitor, "/dashboard/synthesize", new string('ß', 99_000));
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
        // It costs more than a new account has, which only the service that has it all can tell.
        await Expect(visitor.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("credits");
        visitor.ExpectClean();
    }

    static async Task WriteAsync(Visitor visitor, string path, string text)
    {
        await visitor.OpenLiveAsync(path);
        await Expect(visitor.Page.Locator("select:not([disabled])").First).ToBeVisibleAsync();
        await visitor.Page.GetByLabel("Written text").CheckAsync();
        await visitor.Page.GetByLabel("Text", new() { Exact = true }).FillAsync(text);
    }

    /// <summary>Starts, waits for the end and gives the path of the download.</summary>
    static async Task<string> RunAsync(Visitor visitor, string download)
    {
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
        await visitor.Page.WaitForURLAsync("**/dashboard/video/progress?job_id=*");
        // Who cannot see the page is told of the end by an element that was there before it.
        await visitor.Page.WaitForFunctionAsync("() => (window.news = document.querySelector('#job-news'))?.textContent");
        var link = visitor.Page.GetByRole(AriaRole.Link, new() { Name = download });
        await Expect(link).ToBeVisibleAsync(new() { Timeout = Limit });
        Assert.Equal("Done.", await visitor.Page.EvaluateAsync<string>("() => window.news.isConnected ? window.news.textContent : 'gone'"));
        return await (await visitor.Page.RunAndWaitForDownloadAsync(() => link.ClickAsync())).PathAsync();
    }
}
