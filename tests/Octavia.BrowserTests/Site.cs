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

    Site(WebApplication app) => _app = app;

    public static async Task<Site> StartAsync(Clips clips)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://{Host}:0");
        var app = builder.Build();
        app.MapGet("/lecture.flac", () => Results.File(clips.Lecture, "audio/flac"));
        app.MapGet("/silent.mp4", () => Results.File(clips.Silent, "video/mp4"));
        await app.StartAsync();
        return new Site(app);
    }

    public string Address(string path) => $"{_app.Urls.Single()}/{path}";

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
