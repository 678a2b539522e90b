using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Octavia.BrowserTests;

/// <summary>Several videos at once, as a person does it.</summary>
public sealed class BatchPageTests(BrowserSystem system, Clips clips)
{
    static readonly TimeSpan DubbingLimit = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task Several_files_are_sent_dubbed_and_downloaded_as_one()
    {
        await using var visitor = await system.VisitAsync();
        var page = visitor.Page;
        await visitor.RegisterAsync();
        await visitor.OpenLiveAsync("/dashboard/video");
        await Expect(page.Locator(".drop[data-ready]")).ToBeVisibleAsync();
        await page.GetByLabel("Several").CheckAsync();
        await Expect(page.Locator(".drop[data-ready]:visible:has(#files)")).ToHaveCountAsync(1);
        await page.Locator("#files").SetInputFilesAsync([clips.Speech, clips.Fake]);
        var chosen = page.GetByRole(AriaRole.List, new() { Name = "Chosen files" }).GetByRole(AriaRole.Listitem);
        await Expect(chosen).ToHaveCountAsync(2);
        await page.GetByLabel("New language").SelectOptionAsync("es");

        // What is plainly wrong is told before anything is sent.
        await page.GetByLabel("Addresses").FillAsync("nonsense");
        var start = page.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true });
        await start.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("“nonsense” is no address");
        await page.GetByLabel("Addresses").FillAsync("");
        await page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();

        // One that cannot be used keeps none of the others, and what was sent is not sent again.
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Leave holiday.mp4 out");
        await Expect(chosen.Nth(0)).ToContainTextAsync("Uploaded");
        await Expect(chosen.Nth(1)).ToContainTextAsync("not playable media");
        await visitor.ShowAsync("several");
        await page.GetByRole(AriaRole.Button, new() { Name = "Leave holiday.mp4 out" }).ClickAsync();
        await Expect(chosen).ToHaveCountAsync(1);
        await page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();

        await page.WaitForURLAsync("**/dashboard/batch/progress?batch_id=*");
        await Expect(page.GetByRole(AriaRole.List, new() { Name = "Items" }).GetByRole(AriaRole.Listitem)).ToHaveCountAsync(1);
        var download = page.GetByRole(AriaRole.Link, new() { Name = "Download all results" });
        await Expect(download).ToBeVisibleAsync(new() { Timeout = (float)DubbingLimit.TotalMilliseconds });
        await visitor.ShowAsync("batch");
        var zip = await page.RunAndWaitForDownloadAsync(() => download.ClickAsync());
        Assert.Equal("Sense and Sensibility.zip", zip.SuggestedFilename);
        Assert.True(new FileInfo(await zip.PathAsync()).Length > 100_000);

        await visitor.OpenLiveAsync("/dashboard");
        await Expect(page.GetByText("1 of 1 done")).ToBeVisibleAsync();
        await visitor.ShowAsync("dashboard-batches");
    }
}
