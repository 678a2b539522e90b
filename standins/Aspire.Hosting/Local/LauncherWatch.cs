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
        if (!await IsDotnetRunAsync(launcher, stoppingToken))
            return;

        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (await second.WaitForNextTickAsync(stoppingToken))
        {
            if (Parent() != launcher)
                lifetime.StopApplication();
        }
    }

    private static async Task<bool> IsDotnetRunAsync(string process, CancellationToken cancellationToken)
    {
        try
        {
            var command = await File.ReadAllTextAsync($"/proc/{process}/cmdline", cancellationToken);
            return command.Contains("dotnet", StringComparison.Ordinal) && command.Contains("\0run\0", StringComparison.Ordinal);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It has ended, or the system hides the processes of others.
            return false;
        }
    }

    private static string Parent() =>
        File.ReadLines("/proc/self/status").First(l => l.StartsWith("PPid:", StringComparison.Ordinal))["PPid:".Length..].Trim();
}
