using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Local;

/// <summary>Runs the health checks of one resource as long as the application runs and publishes what they say.</summary>
internal sealed class HealthMonitor(HealthCheckService checks, ResourceNotificationService notifications)
{
    private static readonly TimeSpan UntilHealthy = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan WhileHealthy = TimeSpan.FromSeconds(5);

    public static ImmutableArray<HealthReportSnapshot> Unknown(IResource resource) =>
        [.. resource.All<HealthCheckAnnotation>().Select(c => new HealthReportSnapshot(c.Key, null, null, null))];

    public async Task WatchAsync(IResource resource, IReadOnlyList<Replica> replicas, CancellationToken cancellationToken)
    {
        var keys = resource.All<HealthCheckAnnotation>().Select(c => c.Key).ToHashSet();
        while (keys.Count > 0 && !cancellationToken.IsCancellationRequested)
        {
            var running = replicas.Where(r => notifications.TryGetCurrentState(r.Id, out var now)
                && now.Snapshot.State?.Text == KnownResourceStates.Running).ToList();
            var healthy = running.Count > 0 && await ReportAsync(resource, running, keys, cancellationToken);
            await Task.Delay(healthy ? WhileHealthy : UntilHealthy, cancellationToken);
        }
    }

    private async Task<bool> ReportAsync(IResource resource, List<Replica> running, HashSet<string> keys, CancellationToken cancellationToken)
    {
        var report = await checks.CheckHealthAsync(c => keys.Contains(c.Name), cancellationToken);
        var reports = report.Entries
            .Select(e => new HealthReportSnapshot(e.Key, e.Value.Status, e.Value.Description, e.Value.Exception?.ToString()))
            .ToImmutableArray();
        foreach (var replica in running)
        {
            await notifications.PublishUpdateAsync(resource, replica.Id, s =>
                s.State?.Text == KnownResourceStates.Running ? s with { HealthReports = reports } : s);
        }

        return report.Status == HealthStatus.Healthy;
    }
}
