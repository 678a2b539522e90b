using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Playwright;
using Octavia.BrowserTests;
using Octavia.Jobs.Workers;
using Octavia.ServiceDefaults;
using StackExchange.Redis;
using Xunit;

[assembly: AssemblyFixture(typeof(BrowserSystem))]

namespace Octavia.BrowserTests;

/// <summary>The whole system, started once by its own AppHost, and one Chromium that looks at it.</summary>
public sealed class BrowserSystem : IAsyncLifetime
{
    static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(4);

    // Without these a browser that runs as root, or on a machine without a graphics card, does not start or talks to its maker.
    static readonly string[] Flags =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
    ];

    DistributedApplication? _app;
    IPlaywright? _playwright;

    public IBrowser Browser { get; private set; } = default!;

    public Uri Web { get; private set; } = default!;

    public DistributedApplication App => _app!;

    public async ValueTask InitializeAsync()
    {
        using var limit = new CancellationTokenSource(StartLimit);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Octavia_AppHost>(limit.Token);
        var api = (ProjectResource)builder.Resources.Single(resource => resource.Name == ResourceNames.Api);
        // The site renews a token a minute before its end: here every five seconds, under all that the tests do.
        builder.CreateResourceBuilder(api)
            .WithEnvironment("Uploads__AllowedNetworks__0", Site.Host + "/32")
            .WithEnvironment("Webhooks__AllowedNetworks__0", "127.0.0.1/32")
            .WithEnvironment("Jwt__Lifetime", "00:01:05");
        _app = await builder.BuildAsync(limit.Token);
        await _app.StartAsync(limit.Token);
        await _app.ResourceNotifications.WaitForResourceHealthyAsync(ResourceNames.Web, limit.Token);
        await _app.ResourceNotifications.WaitForResourceHealthyAsync(ResourceNames.Api, limit.Token);
        Web = _app.GetEndpoint(ResourceNames.Web);

        _playwright = await Playwright.CreateAsync();
        var chromium = Environment.GetEnvironmentVariable("OCTAVIA_CHROMIUM") ?? "/usr/bin/chromium";
        Browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = Flags });
    }

    /// <summary>Does something while the workers seem to be able to do other things, by saying so over what the worker itself says.</summary>
    public async Task PretendAsync(Func<Capabilities, Capabilities> change, Func<Task> work)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync((await App.GetConnectionStringAsync(ResourceNames.Redis))!);
        var board = new CapabilityBoard(redis);
        Capabilities? said;
        while ((said = await board.ReadAsync()) is null) await Task.Delay(200);
        await board.PublishAsync(change(said));
        using var stop = new CancellationTokenSource();
        var telling = TellAsync();
        try
        {
            await work();
        }
        finally
        {
            await stop.CancelAsync();
            await telling;
            await board.PublishAsync(said);
        }

        async Task TellAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                await board.PublishAsync(change(said));
                await Task.Delay(20);
            }
        }
    }

    /// <summary>A person with a window of their own: nothing is shared with others.</summary>
    public async Task<Visitor> VisitAsync(ColorScheme scheme = ColorScheme.Light, int width = 1280, ReducedMotion motion = ReducedMotion.NoPreference)
    {
        var context = await Browser.NewContextAsync(new()
        {
            BaseURL = Web.ToString(),
            ColorScheme = scheme,
            ViewportSize = new() { Width = width, Height = width < 600 ? 844 : 800 },
            ReducedMotion = motion,
            Locale = "en-GB",
        });
        context.SetDefaultTimeout(20_000);
        return new Visitor(context, await context.NewPageAsync(), Web);
    }

    public async ValueTask DisposeAsync()
    {
        if (Browser is not null) await Browser.DisposeAsync();
        _playwright?.Dispose();
        if (_app is null) return;
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
