using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Octavia.BrowserTests;

/// <summary>The ways in: dropped, slowly sent and stopped, and by address.</summary>
public sealed class UploadTests(BrowserSystem system, Clips clips)
{
    [Fact]
    public async Task A_file_can_be_dropped()
    {
        await using var visitor = await OpenAsync();
        await visitor.Page.EvaluateAsync("""
            () => {
              const files = new DataTransfer();
              files.items.add(new File(['x'.repeat(2000)], 'dropped.mp4', { type: 'video/mp4' }));
              const zone = document.querySelector('.drop');
              zone.dispatchEvent(new DragEvent('dragenter', { dataTransfer: files, bubbles: true, cancelable: true }));
              zone.dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
            }
            """);
        await Expect(visitor.Page.Locator(".drop-name")).ToHaveTextAsync("dropped.mp4");
        await Expect(visitor.Page.Locator(".drop")).ToContainTextAsync("2 kB");
        visitor.ExpectClean();
    }

    [Fact]
    public async Task A_slow_upload_shows_how_far_it_is_and_can_be_stopped()
    {
        await using var visitor = await OpenAsync();
        var page = visitor.Page;
        await visitor.ChooseAsync(clips.Large);
        await NetworkAsync(await visitor.Context.NewCDPSessionAsync(page), 1_000_000);
        await page.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync();

        var bar = page.GetByRole(AriaRole.Progressbar, new() { Name = "Upload" });
        await page.WaitForFunctionAsync("""
            () => {
              window.seen ??= new Set();
              const bar = document.querySelector('.upload [role=progressbar]');
              if (bar) window.seen.add(Number(bar.getAttribute('aria-valuenow')));
              return window.seen.size >= 3;
            }
            """);
        Assert.All(await page.EvaluateAsync<double[]>("() => [...window.seen]"), value => Assert.InRange(value, 0, 99));
        await visitor.ScreenshotAsync("video-uploading");
        await visitor.ExpectAccessibleAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel the upload" }).ClickAsync();
        await Expect(bar).ToHaveCountAsync(0);
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true })).ToBeEnabledAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_lost_connection_is_waited_for_and_the_upload_goes_on_from_where_it_was()
    {
        await using var visitor = await OpenAsync();
        var page = visitor.Page;
        await visitor.ChooseAsync(clips.Speech);
        var session = await visitor.Context.NewCDPSessionAsync(page);
        await NetworkAsync(session, 100_000);
        await page.RouteAsync("**/api/v1/upload/tus/*", route => route.AbortAsync("connectionreset"));
        var begun = await page.RunAndWaitForResponseAsync(
            () => page.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync(), response => response.Url.EndsWith("/upload/tus", StringComparison.Ordinal));
        var address = (await begun.HeaderValueAsync("location"))!;
        await Expect(page.GetByText("The connection is lost.")).ToBeVisibleAsync();
        await visitor.ShowAsync("video-upload-waiting");

        var last = "";
        page.Request += (_, request) =>
        {
            if (request.Method == "PATCH") last = request.Headers["upload-offset"];
        };
        await page.UnrouteAllAsync();
        await page.WaitForFunctionAsync("() => Number(document.querySelector('.upload [role=progressbar]')?.getAttribute('aria-valuenow')) >= 20");
        Assert.Equal("0", last);
        await NetworkAsync(session, 100_000, offline: true);
        while (await OffsetAsync(page, address) == "0") await Task.Delay(100);

        last = "";
        await NetworkAsync(session, -1);
        await page.WaitForURLAsync("**/dashboard/video/progress?job_id=*");
        // What had arrived was not sent again.
        Assert.NotEqual("0", last);
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
    }

    // By a connection of its own: the page's may be cut.
    static async Task<string> OffsetAsync(IPage page, string address)
    {
        var state = await page.APIRequest.FetchAsync(address, new() { Method = "HEAD", Headers = [new("Tus-Resumable", "1.0.0")] });
        return state.Headers["upload-offset"];
    }

    [Fact]
    public async Task An_import_shows_how_far_it_is_and_can_be_cancelled()
    {
        await using var site = await Site.StartAsync(clips);
        await using var visitor = await OpenAsync();
        var page = visitor.Page;
        await page.GetByLabel("An address").CheckAsync();
        await page.GetByLabel("Address of the video").FillAsync(site.Address("slow.mp4"));
        var start = page.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true });
        await start.ClickAsync();
        var bar = page.GetByRole(AriaRole.Progressbar, new() { Name = "Import" });
        await Expect(bar).ToHaveAttributeAsync("aria-valuenow", new Regex("^(49|50)$"));
        await visitor.ShowAsync("video-importing");

        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel the import" }).ClickAsync();
        await Expect(bar).ToHaveCountAsync(0);
        await Expect(page.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);

        await start.ClickAsync();
        await Expect(bar).ToHaveAttributeAsync("aria-valuenow", new Regex("^(49|50)$"));
        site.Release();
        await page.WaitForURLAsync("**/dashboard/video/progress?job_id=*");
        await Expect(page.Locator("h1")).ToHaveTextAsync("slow.mp4");
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        visitor.ExpectClean();
    }

    [Theory]
    [InlineData("talk.mp4", "Paste an address that begins with https://.")]
    [InlineData("http://127.0.0.1:9/talk.mp4", "not on the public internet")]
    public async Task An_address_that_cannot_be_fetched_is_told(string address, string sentence)
    {
        await using var visitor = await OpenAsync();
        await visitor.Page.GetByLabel("An address").CheckAsync();
        await visitor.Page.GetByLabel("Address of the video").FillAsync(address);
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync(sentence, new() { IgnoreCase = true });
        await Expect(visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Try again" })).ToBeEnabledAsync();
        visitor.ExpectClean();
    }

    [Fact]
    public async Task Another_address_is_another_video()
    {
        await using var site = await Site.StartAsync(clips);
        await using var visitor = await OpenAsync();
        var page = visitor.Page;
        await page.GetByLabel("An address").CheckAsync();
        var address = page.GetByLabel("Address of the video");
        await address.FillAsync(site.Address("lecture.flac"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("credits");
        await visitor.ShowAsync("video-no-credits");

        await address.FillAsync(site.Address("silent.mp4"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await page.WaitForURLAsync("**/dashboard/video/progress?job_id=*");
        await Expect(page.Locator("h1")).ToHaveTextAsync("silent.mp4");
        visitor.ExpectClean();
    }

    /// <param name="session">Of the page.</param>
    /// <param name="speed">Bytes sent a second; -1 for no limit.</param>
    /// <param name="offline">Whether nothing goes at all.</param>
    static async Task NetworkAsync(ICDPSession session, int speed, bool offline = false) => await session.SendAsync("Network.emulateNetworkConditions", new()
    {
        ["offline"] = offline,
        ["latency"] = 0,
        ["downloadThroughput"] = -1,
        ["uploadThroughput"] = speed,
    });

    async Task<Visitor> OpenAsync()
    {
        var visitor = await system.VisitAsync();
        await visitor.RegisterAsync();
        await visitor.OpenLiveAsync("/dashboard/video");
        await Expect(visitor.Page.Locator(".drop[data-ready]")).ToBeVisibleAsync();
        return visitor;
    }
}
