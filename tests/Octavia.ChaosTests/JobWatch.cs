using System.Collections.Concurrent;
using Octavia.Jobs.Client;
using Octavia.Jobs.Progress;
using Octavia.Jobs.Queue;

namespace Octavia.ChaosTests;

/// <summary>An event of a job, and when it came.</summary>
sealed record Seen(DateTimeOffset At, JobEvent Event);

/// <summary>Something that was done to a job while it ran.</summary>
/// <param name="What">For the table.</param>
/// <param name="At">When.</param>
/// <param name="Progress">How far the job was then.</param>
/// <param name="Takes">Lines that were spoken and stored then.</param>
sealed record Fault(string What, DateTimeOffset At, double Progress, int Takes)
{
    /// <summary>When somebody could go on: the lease of the lost worker was over, or the lost server was back.</summary>
    public required DateTimeOffset Back { get; set; }

    /// <summary>Whose attempt it was.</summary>
    public required int Attempt { get; init; }
}

/// <summary>Listens to a job from before it is queued until after its end, where every event is published first.</summary>
sealed class JobWatch : IAsyncDisposable
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    readonly CancellationTokenSource over = new();
    readonly ConcurrentQueue<Seen> seen = new();
    readonly ChaosSystem system;
    readonly Task listening;

    JobWatch(ChaosSystem system, OctaviaClient user, JobResponse job, JobEvents.Subscription events)
    {
        this.system = system;
        User = user;
        Job = job;
        listening = ListenAsync(events);
    }

    public OctaviaClient User { get; }

    public JobResponse Job { get; }

    public IReadOnlyCollection<Seen> Seen => seen;

    public List<Fault> Faults { get; } = [];

    public JobEvent? Last => seen.LastOrDefault()?.Event;

    /// <summary>Queues a job and listens to it.</summary>
    public static async Task<JobWatch> StartAsync(ChaosSystem system, OctaviaClient user, JobResponse job, CancellationToken ct)
    {
        var watch = new JobWatch(system, user, job, await system.Events.SubscribeAsync(job.Id));
        await user.ProcessAsync(job.Id, ct: ct);
        return watch;
    }

    async Task ListenAsync(JobEvents.Subscription events)
    {
        await using (events)
        {
            try
            {
                await foreach (var e in events.ReadAllAsync(over.Token)) seen.Enqueue(new Seen(DateTimeOffset.UtcNow, e));
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    public async Task UntilAsync(Func<JobEvent, bool> isSo, CancellationToken ct)
    {
        while (Last is not { } last || !isSo(last)) await Task.Delay(Pause, ct);
    }

    /// <summary>Notes what is about to be done to the job.</summary>
    public async Task<Fault> MarkAsync(string what, CancellationToken ct)
    {
        var takes = Job.JobType == JobType.VideoTranslate ? await system.SavedTakesAsync(Job.Id, ct) : 0;
        var now = DateTimeOffset.UtcNow;
        var fault = new Fault(what, now, Last?.ProgressPercentage ?? 0, takes) { Back = now + HangfireQueue.Invisibility, Attempt = Last?.Attempt ?? 0 };
        Faults.Add(fault);
        return fault;
    }

    /// <summary>The row once it is over.</summary>
    public async Task<Job> EndAsync(CancellationToken ct)
    {
        while (true)
        {
            if (await system.FindJobAsync(Job.Id) is { } row && row.Status.IsOver()) return row;
            await Task.Delay(5 * Pause, ct);
        }
    }

    /// <summary>Seconds from when somebody could go on until the job was farther than before; null where something else came in between.</summary>
    public double? ResumedAfter(Fault fault)
    {
        var further = seen.FirstOrDefault(x => x.At > fault.At && (x.Event.ProgressPercentage > fault.Progress || x.Event.Status.IsOver()));
        return further is null || Faults.Exists(x => x.At > fault.At && x.At < further.At) ? null : Math.Max(0, (further.At - fault.Back).TotalSeconds);
    }

    /// <summary>When the job was taken first; null when it never was.</summary>
    public DateTimeOffset? BegunAt => seen.FirstOrDefault(x => x.Event.Attempt > 0)?.At;

    /// <summary>When another worker took the job up; null when none did.</summary>
    public DateTimeOffset? TakenUpAt(Fault fault) => seen.FirstOrDefault(x => x.Event.Attempt > fault.Attempt)?.At;

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        await listening;
        over.Dispose();
    }
}
