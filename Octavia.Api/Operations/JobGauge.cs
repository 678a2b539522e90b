using System.Diagnostics.Metrics;
using Microsoft.EntityFrameworkCore;
using Octavia.Jobs;
using Octavia.Jobs.Client;
using Octavia.Jobs.Telemetry;

namespace Octavia.Api.Operations;

/// <summary>Measures how many jobs wait and run.</summary>
sealed class JobGauge(IServiceScopeFactory scopes, ILogger<JobGauge> logger) : BackgroundService
{
    static readonly JobStatus[] Living = [JobStatus.Pending, JobStatus.Queued, JobStatus.Processing];

    readonly Gauge<int> gauge = OctaviaTelemetry.Meter.CreateGauge<int>("octavia.jobs", "{job}", "Jobs that are not over, by state.");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(10));
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await MeasureAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogWarning(e, "The jobs could not be counted");
            }
        }
    }

    async Task MeasureAsync(CancellationToken ct)
    {
        if (!gauge.Enabled) return;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OctaviaDbContext>();
        var counts = await db.Jobs.IgnoreQueryFilters().Where(x => Living.Contains(x.Status))
            .GroupBy(x => x.Status).Select(x => new { Status = x.Key, Count = x.Count() }).ToDictionaryAsync(x => x.Status, x => x.Count, ct);
        foreach (var status in Living)
            gauge.Record(counts.GetValueOrDefault(status), new KeyValuePair<string, object?>("state", OctaviaTelemetry.Wire(status)));
    }
}
