using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Octavia.ServiceDefaults;
using OpenTelemetry.Trace;
using Xunit;

namespace Octavia.ServiceTests.Hosting;

public class ServiceDefaultsTests
{
    [Fact]
    public async Task Is_alive_while_a_dependency_is_away()
    {
        await using var app = await StartAsync(b => b.Services.AddHealthChecks().AddCheck("database", () => HealthCheckResult.Unhealthy()));
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/health", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/alive", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task Retries_requests()
    {
        var asked = 0;
        await using var app = await StartAsync(
            b => b.Services.AddHttpClient("ordinary"),
            a => a.MapGet("/busy", () => Interlocked.Increment(ref asked) % 2 == 1 ? Results.StatusCode(503) : Results.Ok()));
        var clients = app.Services.GetRequiredService<IHttpClientFactory>();
        var address = new Uri(app.Urls.Single() + "/busy");

        Assert.Equal(HttpStatusCode.OK, (await clients.CreateClient("ordinary").GetAsync(address, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task Keeps_addresses_that_carry_tokens_out_of_the_log()
    {
        await using var app = await StartAsync(_ => { });
        var forwarder = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Yarp.ReverseProxy.Forwarder.HttpForwarder");
        Assert.False(forwarder.IsEnabled(LogLevel.Information));
        Assert.True(forwarder.IsEnabled(LogLevel.Warning));
    }

    [Fact]
    public async Task Begins_a_trace_with_work_and_not_with_polling()
    {
        await using var app = await StartAsync(_ => { });
        Assert.NotNull(app.Services.GetRequiredService<TracerProvider>());
        using var source = new ActivitySource("Octavia.ServiceTests");

        using (var poll = source.StartActivity("poll", ActivityKind.Client))
            Assert.False(poll?.Recorded ?? false);
        using var work = source.StartActivity("job", ActivityKind.Consumer);
        Assert.True(work?.Recorded);
        using var query = source.StartActivity("query", ActivityKind.Client);
        Assert.True(query?.Recorded);
    }

    private static async Task<WebApplication> StartAsync(Action<WebApplicationBuilder> configure, Action<WebApplication>? map = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.AddServiceDefaults();
        configure(builder);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        map?.Invoke(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }
}
