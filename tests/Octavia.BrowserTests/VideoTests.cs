using System.Globalization;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Octavia.BrowserTests;

/// <summary>The main job, as a person does it.</summary>
public sealed class VideoTests(BrowserSystem system, Clips clips)
{
    static readonly TimeSpan DubbingLimit = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task A_video_is_uploaded_followed_played_and_downloaded()
    {
        await using var visitor = await system.VisitAsync();
        var page = visitor.Page;
        await visitor.RegisterAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Translate a video" }).ClickAsync();
        await visitor.ChooseAsync(clips.Speech);
        await page.GetByLabel("New language").SelectOptionAsync("es");
        await visitor.ScreenshotAsync("video-chosen");
        await page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();

        await page.WaitForURLAsync("**/dashboard/video/progress?job_id=*");
        await StreamsAsync(page);
        var seen = await WatchAsync(page, visitor);
        Assert.Equal(seen.Order(), seen);
        Assert.True(seen.Distinct().Count() >= 3, $"The progress showed only {string.Join(", ", seen.Distinct())}.");

        await PlaysAsync(page);
        await page.Locator("video").EvaluateAsync("video => { video.currentTime = 5.5; }");
        await page.WaitForFunctionAsync("() => !document.querySelector('video').seeking");
        await visitor.ShowAsync("result");
        await DownloadsAsync(page);
        await IsListedAsync(visitor);
        visitor.ExpectClean();
    }

    [Fact]
    public async Task The_first_half_minute_is_heard_before_the_whole_is_started()
    {
        await using var visitor = await system.VisitAsync();
        var page = visitor.Page;
        await visitor.RegisterAsync();
        await visitor.OpenLiveAsync("/dashboard/video");
        await visitor.ChooseAsync(clips.Talk);
        await page.GetByLabel("New language").SelectOptionAsync("es");
        await page.GetByRole(AriaRole.Button, new() { Name = "See what it takes first" }).ClickAsync();
        await page.WaitForURLAsync("**/dashboard/video/progress?job_id=*");
        await page.GetByRole(AriaRole.Button, new() { Name = "Preview the first 30 s" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Preview" })).ToBeVisibleAsync(new() { Timeout = (float)DubbingLimit.TotalMilliseconds });
        await page.WaitForFunctionAsync("() => document.querySelector('video')?.duration > 29");
        Assert.InRange(await page.Locator("video").EvaluateAsync<double>("video => video.duration"), 29, 31);
        await visitor.ShowAsync("preview");
        await page.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Download the video" })).ToBeVisibleAsync(new() { Timeout = (float)DubbingLimit.TotalMilliseconds });
        visitor.ExpectClean();
    }

    [Fact]
    public async Task What_it_takes_is_told_before_the_start_and_stands_beside_what_it_took()
    {
        await using var visitor = await system.VisitAsync();
        var page = visitor.Page;
        await visitor.RegisterAsync();
        await visitor.OpenLiveAsync("/dashboard/video");
        await visitor.ChooseAsync(clips.Speech);
        await page.GetByLabel("New language").SelectOptionAsync("es");
        await page.GetByRole(AriaRole.Button, new() { Name = "See what it takes first" }).ClickAsync();
        await page.WaitForURLAsync("**/dashboard/video/progress?job_id=*");

        var quote = page.GetByRole(AriaRole.Region, new() { Name = "What it will take" });
        await Expect(quote.GetByText("about").First).ToBeVisibleAsync();
        await Expect(quote.GetByText("1:00:00", new() { Exact = false })).ToBeVisibleAsync();
        await Expect(quote.GetByText("none", new() { Exact = true })).ToBeVisibleAsync();
        await quote.GetByText("Where this comes from").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(quote.GetByText("Speech, Spanish: kokoro")).ToBeVisibleAsync();
        await visitor.ShowAsync("quote");

        await page.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync();
        await Expect(page.GetByText("Done in")).ToBeVisibleAsync(new() { Timeout = (float)DubbingLimit.TotalMilliseconds });
        await Expect(page.GetByText("Time of the work")).ToBeVisibleAsync();
        await Expect(page.GetByText("expected").First).ToBeVisibleAsync();
        await visitor.ShowAsync("result-figures");
        visitor.ExpectClean();
    }

    /// <summary>The first event of the API's stream comes through the site's proxy while the job still runs.</summary>
    static async Task StreamsAsync(IPage page)
    {
        var first = await page.EvaluateAsync<string>("""
            async () => {
              const id = new URLSearchParams(location.search).get('job_id');
              const answer = await fetch(`/api/v1/jobs/${id}/stream`);
              const reader = answer.body.getReader();
              const { value } = await reader.read();
              await reader.cancel();
              return answer.headers.get('content-type') + ' ' + new TextDecoder().decode(value);
            }
            """);
        Assert.StartsWith("text/event-stream", first);
        Assert.Contains("progress_percentage", first);
    }

    /// <summary>Every percentage that the page shows, until the result stands there.</summary>
    static async Task<int[]> WatchAsync(IPage page, Visitor visitor)
    {
        // Noted in the page itself: what is read from outside may change several times between two looks.
        await page.EvaluateAsync("""
            () => {
              window.seen = [];
              window.clocks = [];
              const look = () => {
                const clock = [...document.querySelectorAll('dt')].find(term => term.textContent === 'Elapsed')?.nextElementSibling;
                if (clock) window.clocks.push(clock.textContent);
                const number = document.querySelector('.meter-number');
                if (number) window.seen.push(parseInt(number.textContent, 10));
              };
              new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
            }
            """);
        var number = page.Locator(".meter-number");
        var deadline = DateTime.UtcNow + DubbingLimit;
        var shown = false;
        while (await page.Locator("video").CountAsync() == 0)
        {
            Assert.True(DateTime.UtcNow < deadline, "The video was not done in time.");
            Assert.Empty(await page.GetByRole(AriaRole.Alert).AllTextContentsAsync());
            if (!shown && await number.AllTextContentsAsync() is [var text] && int.Parse(text.TrimEnd('%'), CultureInfo.InvariantCulture) is > 25 and < 90)
            {
                await visitor.ShowAsync("progress");
                shown = true;
            }
            await Task.Delay(100);
        }
        var clocks = await page.EvaluateAsync<string[]>("() => [...new Set(window.clocks)]");
        Assert.True(clocks.Length > 2 && clocks.All(clock => TimeSpan.TryParseExact(clock, @"m\:ss", CultureInfo.InvariantCulture, out _)), $"The clock showed {string.Join(", ", clocks)}.");
        Assert.Equal(clocks.Order(StringComparer.Ordinal), clocks);
        return await page.EvaluateAsync<int[]>("() => window.seen");
    }

    async Task PlaysAsync(IPage page)
    {
        var player = page.Locator("video");
        // A link to this one job, that needs no cookie; and no token of the session.
        var source = await player.GetAttributeAsync("src") ?? "";
        Assert.Matches("^/api/v1/download/[0-9a-f-]{36}[?]token=", source);
        await using (var stranger = await system.VisitAsync())
        {
            Assert.Equal(200, (await stranger.Context.APIRequest.GetAsync(source)).Status);
            Assert.Equal(401, (await stranger.Context.APIRequest.GetAsync(source.Split('?')[0])).Status);
        }
        await page.WaitForFunctionAsync("() => document.querySelector('video').readyState >= 1");
        var duration = await player.EvaluateAsync<double>("video => video.duration");
        Assert.InRange(duration, await Clips.SecondsAsync(clips.Speech) - 0.5, await Clips.SecondsAsync(clips.Speech) + 0.5);

        await player.EvaluateAsync("video => { video.muted = true; return video.play(); }");
        await page.WaitForFunctionAsync("() => document.querySelector('video').currentTime > 0.5");
        await player.EvaluateAsync("video => video.pause()");

        // Seeking asks for a range; the answer must be one.
        await player.EvaluateAsync("video => { video.currentTime = video.duration - 1; }");
        await page.WaitForFunctionAsync("() => !document.querySelector('video').seeking && document.querySelector('video').readyState >= 1");

        Assert.True(await player.EvaluateAsync<int>("video => video.textTracks.length") >= 2, "There should be subtitles in both languages.");
        await player.EvaluateAsync("video => { video.textTracks[0].mode = 'showing'; }");
        await page.WaitForFunctionAsync("() => (document.querySelector('video').textTracks[0].cues?.length ?? 0) > 0");
    }

    static async Task DownloadsAsync(IPage page)
    {
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Download the video" }).ClickAsync());
        var path = await download.PathAsync();
        Assert.Equal(["video", "audio", "audio"], (await Clips.StreamsAsync(path)).Take(3));
        Assert.EndsWith(".mp4", download.SuggestedFilename);

        var subtitles = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "(SRT)" }).First.ClickAsync());
        Assert.Contains("-->", await File.ReadAllTextAsync(await subtitles.PathAsync()));
    }

    async Task IsListedAsync(Visitor visitor)
    {
        var page = visitor.Page;
        await page.GetByRole(AriaRole.Link, new() { Name = "Translate another" }).ClickAsync();
        await page.WaitForURLAsync("**/dashboard/video");
        await visitor.OpenLiveAsync("/dashboard");
        var row = page.Locator(".job").Filter(new() { HasText = Path.GetFileName(clips.Speech) });
        await Expect(row.GetByText("Done", new() { Exact = true })).ToBeVisibleAsync();
        await visitor.ScreenshotAsync("dashboard-filled");
        await row.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).Last.ClickAsync();
        await Expect(page.GetByText("Nothing here yet.")).ToBeVisibleAsync();
    }
}
