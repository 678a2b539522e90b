using Octavia.Dubbing;
using Octavia.Dubbing.Engines;
using Octavia.Jobs.Workers;

namespace Octavia.Worker;

/// <summary>Tells the API what this worker's engine can do.</summary>
sealed class CapabilityPublisher(CapabilityBoard board, EngineCatalog engines, ILogger<CapabilityPublisher> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Off the thread that starts the services: the first look at the engines reads their files.
        await Task.Yield();
        var capabilities = await DescribeAsync(stoppingToken);
        using var timer = new PeriodicTimer(CapabilityBoard.Interval);
        do
        {
            try
            {
                await board.PublishAsync(capabilities);
            }
            catch (StackExchange.Redis.RedisException e)
            {
                logger.LogWarning(e, "The capabilities could not be published");
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    async Task<Capabilities> DescribeAsync(CancellationToken ct) => new()
    {
        Names = Languages.All.ToDictionary(x => x.Code, x => x.Name),
        Recognized = [.. Languages.All.Where(x => x.IsRecognized).Select(x => x.Code)],
        Spoken = [.. (await engines.SpokenLanguagesAsync(ct)).Select(x => x.Code)],
        Translated = Languages.All
            .Select(x => (x.Code, Targets: engines.TargetsFrom(x.Code)))
            .Where(x => x.Targets.Count > 0)
            .ToDictionary(x => x.Code, x => x.Targets),
    };
}
