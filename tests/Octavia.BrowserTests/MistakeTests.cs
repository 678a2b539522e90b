using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Octavia.BrowserTests;

/// <summary>What goes wrong is said where it happens, and can be tried again there.</summary>
public sealed class MistakeTests(BrowserSystem system, Clips clips)
{
    [Fact]
    public async Task Text_that_says_it_is_a_video_is_refused_and_another_file_can_follow()
    {
        await using var visitor = await system.VisitAsync();
        await visitor.RegisterAsync();
        await visitor.OpenLiveAsync("/dashboard/video");
        await visitor.ChooseAsync(clips.Fake);
        await Start(visitor.Page).ClickAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("video", new() { IgnoreCase = true });
        await visitor.ScreenshotAsync("video-refused");
        await visitor.ExpectAccessibleAsync();

        await visitor.ChooseAsync(clips.Speech);
        await Expect(visitor.Page.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
        await Start(visitor.Page).ClickAsync();
        await visitor.Page.WaitForURLAsync("**/dashboard/video/progress?job_id=*");
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(visitor.Page.Locator(".status")).ToHaveTextAsync("Cancelled");
    }

    [Fact]
    public async Task An_empty_file_and_no_file_are_told_before_anything_is_sent()
    {
        await using var visitor = await system.VisitAsync();
        await visitor.RegisterAsync();
        await visitor.OpenLiveAsync("/dashboard/video");
        await Expect(visitor.Page.Locator(".drop[data-ready]")).ToBeVisibleAsync();
        await Start(visitor.Page).ClickAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("Choose a file first.");
        await visitor.ChooseAsync(clips.Empty);
        await Expect(visitor.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("empty");
        visitor.ExpectClean();
    }

    [Fact]
    public async Task A_broken_connection_is_told_and_the_upload_can_be_tried_again()
    {
        await using var visitor = await system.VisitAsync();
        await visitor.RegisterAsync();
        await visitor.OpenLiveAsync("/dashboard/video");
        await visitor.ChooseAsync(clips.Speech);
        await visitor.Page.RouteAsync("**/api/v1/upload/**", route => route.AbortAsync("connectionreset"));
        await Start(visitor.Page).ClickAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("connection broke");

        await visitor.Page.UnrouteAllAsync();
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await visitor.Page.WaitForURLAsync("**/dashboard/video/progress?job_id=*");
    }

    [Fact]
    public async Task A_job_that_fails_says_why_and_can_be_started_again()
    {
        await using var visitor = await system.VisitAsync();
        await visitor.RegisterAsync();
        await visitor.OpenLiveAsync("/dashboard/video");
        await visitor.ChooseAsync(clips.Silent);
        await Start(visitor.Page).ClickAsync();
        var alert = visitor.Page.GetByRole(AriaRole.Alert);
        await Expect(alert).ToContainTextAsync("Nobody speaks", new() { Timeout = 90_000 });
        await visitor.ShowAsync("failed");

        // Not how many there were: a worker that is starved of its processor loses the job to the other one, which counts as an attempt.
        var attempts = await visitor.Page.EvaluateAsync<int>("async () => (await (await fetch(`/api/v1/jobs/${new URLSearchParams(location.search).get('job_id')}`)).json()).attempt");
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await visitor.Page.WaitForFunctionAsync("""
            async attempts => {
              const id = new URLSearchParams(location.search).get('job_id');
              const job = await (await fetch(`/api/v1/jobs/${id}`)).json();
              return job.attempt > attempts && job.status === 'failed';
            }
            """, attempts, new() { Timeout = 90_000, PollingInterval = 500 });
        // The page hears of it by an event, or at the next look after some seconds of silence.
        await Expect(alert).ToContainTextAsync("Nobody speaks", new() { Timeout = 30_000 });
        visitor.ExpectClean();
    }

    [Fact]
    public async Task A_job_of_nobody_or_of_somebody_else_is_not_shown()
    {
        await using var visitor = await system.VisitAsync();
        await visitor.RegisterAsync();
        await visitor.OpenLiveAsync($"/dashboard/video/progress?job_id={Guid.NewGuid()}");
        await Expect(visitor.Page.GetByRole(AriaRole.Alert)).Not.ToBeEmptyAsync();
        visitor.ExpectClean();
    }

    static ILocator Start(IPage page) => page.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true });
}
