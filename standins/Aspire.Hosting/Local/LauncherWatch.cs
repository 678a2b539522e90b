using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Local;

/// <summary>
/// <c>dotnet run</c> stands between the person and the AppHost. When it is killed the AppHost would live on unseen, so it stops.
/// </summary>
internal sealed class LauncherWatch(IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var launcher = Parent();
        var command = await File.ReadAllTextAsync($"/proc/{launcher}/cmdline", stoppingToken);
        if (!command.Contains("dotnet", StringComparison.Ordinal) || !command.Contains("\0run\0", StringComparison.Ordinal))
            return;

        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (await second.WaitForNextTickAsync(stoppingToken))
        {
            if (Parent() != launcher)
                lifetime.StopApplication();
        }
    }

    private static string Parent() =>
        File.ReadLines("/proc/self/status").First(l => l.StartsWith("PPid:", StringComparison.Ordinal))["PPid:".Length..].Trim();
}
