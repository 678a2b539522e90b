using Octavia.Jobs;
using Octavia.Jobs.Queue;

namespace Octavia.Worker;

/// <summary>Looks every second for jobs whose worker is lost, so that the next worker that is free takes them up.</summary>
sealed class LostJobs(IServiceScopeFactory scopes, ILogger<LostJobs> logger) : BackgroundService
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                var found = await scope.ServiceProvider.GetRequiredService<OctaviaDbContext>().PutFirstAsync(stoppingToken);
                if (found > 0) logger.LogInformation("{Jobs} jobs have lost their worker and are next", found);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // The database is away.
                logger.LogWarning(e, "No look for lost jobs");
            }
        }
    }
}
