using Octavia.Dubbing;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Models;
using Octavia.Jobs.Workers;
using StackExchange.Redis;

namespace Octavia.Worker;

/// <summary>Tells the API what this worker's engine can do.</summary>
sealed partial class CapabilityPublisher(CapabilityBoard board, EngineCatalog engines, ILogger<CapabilityPublisher> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Off the thread that starts the services: the first look at the engines reads their files.
        await Task.Yield();
        LogRecognizer(Recognizer());
        var capabilities = await DescribeAsync(stoppingToken);
        await PublishAsync(capabilities);
        // With the model hub at hand there may be a model for any pair: a job tells.
        if (await HubAnswersAsync(stoppingToken)) capabilities = capabilities with { Translated = new Dictionary<string, IReadOnlyList<string>>() };
        using var timer = new PeriodicTimer(CapabilityBoard.Interval);
        // Models are added while it runs.
        do await PublishAsync(capabilities with { ModelSizes = engines.ModelSizesHere() });
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // Which runtime was loaded, and whether it found a GPU, shows here.
    string Recognizer()
    {
        try
        {
            return engines.ChooseRecognition().ToNote(EngineCatalog.Recognition);
        }
        catch (DubbingException e)
        {
            return e.Failure.Message;
        }
    }

    [LoggerMessage(LogLevel.Information, "{Recognizer}")]
    partial void LogRecognizer(string recognizer);

    async Task PublishAsync(Capabilities capabilities)
    {
        try
        {
            await board.PublishAsync(capabilities);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            logger.LogWarning(e, "The capabilities could not be published");
        }
    }

    /// <summary>Asks for models that everybody has at the hub, until one is not on this machine already.</summary>
    async Task<bool> HubAnswersAsync(CancellationToken ct)
    {
        foreach (var model in new[] { "opus-mt-en-de", "opus-mt-en-fi", "opus-mt-en-hu" })
        {
            var availability = await engines.Models.ProbeAsync(model, ct);
            if (availability != ModelAvailability.Present) return availability == ModelAvailability.Downloadable;
        }
        return false;
    }

    async Task<Capabilities> DescribeAsync(CancellationToken ct) => new()
    {
        Names = Languages.All.ToDictionary(x => x.Code, x => x.Name),
        ModelSizes = engines.ModelSizesHere(),
        Recognized = [.. Languages.All.Where(x => x.IsRecognized).Select(x => x.Code)],
        Spoken = [.. (await engines.SpokenLanguagesAsync(ct)).Select(x => x.Code)],
        Cloned = [.. (await engines.ClonedLanguagesAsync(ct)).Select(x => x.Code)],
        Translated = Languages.All
            .Select(x => (x.Code, Targets: engines.TargetsFrom(x.Code)))
            .Where(x => x.Targets.Count > 0)
            .ToDictionary(x => x.Code, x => x.Targets),
    };
}
