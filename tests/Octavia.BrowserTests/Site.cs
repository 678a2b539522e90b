using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Octavia.BrowserTests;

/// <summary>A web site to import the clips from, at an address of this machine that <see cref="BrowserSystem"/> lets the API fetch from.</summary>
sealed class Site : IAsyncDisposable
{
    public const string Host = "127.0.0.2";

    readonly WebApplication _app;
    readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);

    Site(WebApplication app) => _app = app;

    public static async Task<Site> StartAsync(Clips clips)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://{Host}:0");
        var app = builder.Build();
        app.MapGet("/lecture.flac", () => Results.File(clips.Lecture, "audio/flac"));
        app.MapGet("/silent.mp4", () => Results.File(clips.Silent, "video/mp4"));
        var site = new Site(app);
        app.MapGet("/slow.mp4", async (HttpContext context) =>
        {
            var video = await File.ReadAllBytesAsync(clips.Speech);
            context.Response.ContentType = "video/mp4";
            context.Response.ContentLength = video.Length;
            await context.Response.Body.WriteAsync(video.AsMemory(0, video.Length / 2));
            await context.Response.Body.FlushAsync();
            await site._release.Task.WaitAsync(context.RequestAborted);
            await context.Response.Body.WriteAsync(video.AsMemory(video.Length / 2));
        });
        await app.StartAsync();
        return site;
    }

    /// <summary>Lets the slow film be sent to its end.</summary>
    public void Release() => _release.TrySetResult();

    public string Address(string path) => $"{_app.Urls.Single()}/{path}";

    public ValueTask DisposeAsync()
    {
        Release();
        return _app.DisposeAsync();
    }
}
