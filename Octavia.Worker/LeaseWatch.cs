using System.Diagnostics;
using Octavia.Dubbing;
using Octavia.Jobs.Client;
using Octavia.Jobs.Progress;
using Octavia.Jobs.Queue;
using Octavia.Jobs.Telemetry;

namespace Octavia.Worker;

/// <summary>
/// Runs beside the engine: publishes its progress, writes the row every two seconds at most, and cancels <see cref="Token"/> within a
/// second when the job was cancelled, deleted or taken by another worker.
/// </summary>
sealed class LeaseWatch : IProgress<DubbingProgress>, IAsyncDisposable
{
    // Often enough that a bar moves smoothly; the engine reports many times as often, and each event is JSON for every listener.
    static readonly TimeSpan PublishInterval = TimeSpan.FromMilliseconds(150);
    static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    readonly JobLease lease;
    readonly JobEvents events;
    readonly Activity? activity;
    readonly ILogger logger;
    readonly CancellationTokenSource run;
    readonly CancellationTokenSource over = new();
    readonly Lock gate = new();
    readonly Task tasks;
    DubbingProgress? waiting;
    DateTime published;
    Phase phase;
    Activity? stage;
    bool dirty;

    public LeaseWatch(JobLease lease, JobEvents events, Activity? activity, ILogger logger, CancellationToken stopping)
    {
        this.lease = lease;
        this.events = events;
        this.activity = activity;
        this.logger = logger;
        run = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Token = run.Token;
        tasks = Task.WhenAll(CheckAsync(), ListenAsync());
    }

    /// <summary>Set when the run must stop.</summary>
    public CancellationToken Token { get; }

    /// <summary>Whether the job is no longer this worker's.</summary>
    public bool IsLost { get; private set; }

    public void Report(DubbingProgress value)
    {
        lock (gate)
        {
            waiting = value;
            if (value.Phase == phase && DateTime.UtcNow - published < PublishInterval) return;
            Flush();
        }
    }

    void Flush()
    {
        if (waiting is not { } progress) return;
        waiting = null;
        dirty = true;
        if (stage is null || phase != progress.Phase) TraceStage(progress.Phase);
        phase = progress.Phase;
        published = DateTime.UtcNow;
        lease.Publish((JobPhase)(int)progress.Phase, Math.Round(progress.Percentage, 1), progress.Step);
    }

    // A span a phase, under the run's. The engine's own flow, on which this is called, keeps the activity that it has.
    void TraceStage(Phase begun)
    {
        var current = Activity.Current;
        stage?.Dispose();
        stage = activity is null ? null : OctaviaTelemetry.Source.StartActivity(OctaviaTelemetry.Wire(begun), ActivityKind.Internal, activity.Context);
        Activity.Current = current;
    }

    async Task CheckAsync()
    {
        using var timer = new PeriodicTimer(CheckInterval);
        for (var tick = 0; await NextAsync(timer); tick++)
        {
            try
            {
                if (!await (IsDue(tick) ? lease.SaveProgressAsync(over.Token) : lease.HoldsAsync(over.Token))) await LoseAsync();
            }
            catch (Exception e) when (!over.IsCancellationRequested)
            {
                // The database is away: the run goes on, since no write of it counts without the attempt.
                logger.LogWarning(e, "Job {JobId} could not be checked", lease.Job.Id);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    async Task ListenAsync()
    {
        try
        {
            await using var subscription = await events.SubscribeAsync(lease.Job.Id);
            await foreach (var e in subscription.ReadAllAsync(over.Token))
                if (e.Status == JobStatus.Cancelled || e.Attempt > lease.Job.Attempt) await LoseAsync();
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e) when (e is StackExchange.Redis.RedisException or TimeoutException)
        {
            logger.LogWarning(e, "No events for job {JobId}; its row is checked every second", lease.Job.Id);
        }
    }

    bool IsDue(int tick)
    {
        lock (gate)
        {
            Flush();
            if (tick % 2 == 0 || !dirty) return false;
            dirty = false;
            return true;
        }
    }

    async Task<bool> NextAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(over.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    async Task LoseAsync()
    {
        IsLost = true;
        await run.CancelAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        await tasks;
        lock (gate) stage?.Dispose();
        over.Dispose();
        run.Dispose();
    }
}
