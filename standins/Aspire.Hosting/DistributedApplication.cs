using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>The built application. Starting it starts every resource in order; stopping it stops them in reverse.</summary>
public class DistributedApplication : IHost, IAsyncDisposable
{
    private readonly IHost _host;
    private bool _running;

    public DistributedApplication(IHost host) => _host = host;

    public IServiceProvider Services => _host.Services;

    public ResourceNotificationService ResourceNotifications => Services.GetRequiredService<ResourceNotificationService>();

    public ResourceCommandService ResourceCommands => Services.GetRequiredService<ResourceCommandService>();

    internal EntryPointHook? Hook { get; init; }

    public static IDistributedApplicationBuilder CreateBuilder() => CreateBuilder([]);

    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => new DistributedApplicationBuilder(args);

    public static IDistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options) => new DistributedApplicationBuilder(options);

    public void Run() => RunAsync().GetAwaiter().GetResult();

    public virtual async Task RunAsync(CancellationToken cancellationToken = default)
    {
        if (Hook is not null)
        {
            // Under test the test starts and stops the application; the entry point only waits for its end.
            await _host.WaitForShutdownAsync(cancellationToken);
            return;
        }

        try
        {
            await _host.RunAsync(cancellationToken);
        }
        catch (DistributedApplicationException failure)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            Environment.ExitCode = 1;
        }
    }

    public virtual async Task StartAsync(CancellationToken cancellationToken = default)
    {
        _running = true;
        await _host.StartAsync(cancellationToken);
    }

    public virtual async Task StopAsync(CancellationToken cancellationToken = default)
    {
        _running = false;
        await _host.StopAsync(cancellationToken);
    }

    public virtual void Dispose()
    {
        DisposeAsync().AsTask().GetAwaiter().GetResult();
        GC.SuppressFinalize(this);
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_running)
            await StopAsync();
        if (_host is IAsyncDisposable host)
            await host.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
