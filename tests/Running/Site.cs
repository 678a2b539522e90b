using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Octavia.Tests.Running;

/// <summary>A web site to import from.</summary>
public sealed class Site : IAsyncDisposable
{
    readonly WebApplication app;
    readonly TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Lazy<Task<string>> apart = new(Media.ApartAsync);
    int slow;

    Site(WebApplication app) => this.app = app;

    /// <summary>How many wait for the rest of the slow film.</summary>
    public int Waiting => slow;

    public static async Task<Site> StartAsync()
    {
        var video = await Media.VideoAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var site = new Site(app);
        app.MapGet("/film.mp4", () => Results.File(video, "video/mp4"));
        app.MapGet("/slow.mp4", site.SendSlowlyAsync);
        app.MapGet("/page.html", () => Page("A page", ""));
        app.MapGet("/watch", () => Page("A talk: part 1/2", """<video src="/film.mp4"></video>"""));
        app.MapGet("/watch-inward", () => Page("A trap", """<video src="http://169.254.169.254/film.mp4"></video>"""));
        app.MapGet("/watch-inward-tls", () => Page("Another trap", """<video src="https://169.254.169.254/film.mp4"></video>"""));
        app.MapGet("/watch-huge", () => Page("Too large", """<video src="/huge.mp4"></video>"""));
        app.MapGet("/watch-endless", () => Page("Larger than it says", """<video src="/endless.mp4"></video>"""));
        app.MapGet("/watch-slow", () => Page("A slow talk", """<video src="/slow.mp4"></video>"""));
        app.MapGet("/watch-apart", () => Page("In two parts", """<video src="/apart/master.m3u8"></video>"""));
        app.MapGet("/apart/{name}", async (string name) => Results.File(Path.Combine(await site.apart.Value, Path.GetFileName(name))));
        app.MapGet("/inward", () => Results.Redirect("http://169.254.169.254/latest/meta-data"));
        app.MapGet("/endless", SendEndlesslyAsync);
        app.MapGet("/endless.mp4", SendEndlesslyAsync);
        app.MapGet("/huge.mp4", (HttpContext context) =>
        {
            context.Response.ContentLength = 501L << 20;
            return SendEndlesslyAsync(context);
        });
        await app.StartAsync();
        return site;
    }

    public string Address(string path) => $"{app.Urls.Single()}/{path}";

    /// <summary>Lets the slow film be sent to its end.</summary>
    public void Release() => release.TrySetResult();

    static IResult Page(string title, string body) => Results.Content($"<!DOCTYPE html><html><head><title>{title}</title></head><body>{body}</body></html>", "text/html");

    static async Task SendEndlesslyAsync(HttpContext context)
    {
        context.Response.ContentType = "video/mp4";
        await context.Response.StartAsync();
        await new ZeroStream(501L << 20).CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    async Task SendSlowlyAsync(HttpContext context)
    {
        var video = await File.ReadAllBytesAsync(await Media.VideoAsync());
        context.Response.ContentType = "video/mp4";
        context.Response.ContentLength = video.Length;
        await context.Response.Body.WriteAsync(video.AsMemory(0, video.Length / 2));
        await context.Response.Body.FlushAsync();
        Interlocked.Increment(ref slow);
        try
        {
            await release.Task.WaitAsync(context.RequestAborted);
        }
        finally
        {
            Interlocked.Decrement(ref slow);
        }
        await context.Response.Body.WriteAsync(video.AsMemory(video.Length / 2));
    }

    public async ValueTask DisposeAsync()
    {
        Release();
        await app.DisposeAsync();
    }
}
