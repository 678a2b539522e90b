using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Octavia.UnitTests;

/// <summary>A request that came.</summary>
public sealed record StandInRequest(string Path, string? Range);

/// <summary>A local HTTP server that speaks the protocol of a service on the Internet.</summary>
public sealed class HttpStandIn : IAsyncDisposable
{
    readonly WebApplication app;
    readonly ConcurrentQueue<StandInRequest> requests = new();

    HttpStandIn(WebApplication app) => this.app = app;

    public Uri Address => new(app.Urls.First() + "/");

    public IReadOnlyList<StandInRequest> Requests => [.. requests];

    public static async Task<HttpStandIn> StartAsync(Func<HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new HttpStandIn(builder.Build());
        server.app.Run(context =>
        {
            server.requests.Enqueue(new StandInRequest(context.Request.Path, context.Request.Headers.Range.FirstOrDefault()));
            return answer(context);
        });
        await server.app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
