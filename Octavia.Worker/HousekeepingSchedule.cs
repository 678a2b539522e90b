using Hangfire;
using Octavia.Jobs.Housekeeping;
using Octavia.Jobs.Queue;

namespace Octavia.Worker;

/// <summary>Has the house kept every hour, by one worker of all.</summary>
sealed class HousekeepingSchedule(IRecurringJobManager jobs, ILogger<HousekeepingSchedule> logger) : BackgroundService
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                jobs.AddOrUpdate<Housekeeper>("housekeeping", HangfireQueue.HouseLane, keeper => keeper.KeepAsync(CancellationToken.None), Cron.Hourly());
                return;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Also a lock that a worker which was killed has left: dubs do not wait for this, and a failure here would end the process.
                logger.LogWarning(e, "Housekeeping could not be scheduled; it is tried again");
                await Task.Delay(Pause, stoppingToken);
            }
        }
    }
}
