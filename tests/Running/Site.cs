using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Octavia.Tests.Running;

/// <summary>A web site to import from.</summary>
public sealed class Site : IAsyncDisposable
{
    readonly WebApplication app;

    Site(WebApplication app) => this.app = app;

    public static async Task<Site> StartAsync()
    {
        var video = await Media.VideoAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/film.mp4", () => Results.File(video, "video/mp4"));
        app.MapGet("/page.html", () => Results.Content("<html>A page</html>", "text/html"));
        app.MapGet("/inward", () => Results.Redirect("http://169.254.169.254/latest/meta-data"));
        app.MapGet("/endless", async (HttpContext context) =>
        {
            await context.Response.StartAsync();
            await new ZeroStream(501L << 20).CopyToAsync(context.Response.Body, context.RequestAborted);
        });
        await app.StartAsync();
        return new Site(app);
    }

    public string Address(string path) => $"{app.Urls.Single()}/{path}";

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
