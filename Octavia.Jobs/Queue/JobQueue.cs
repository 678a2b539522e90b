using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Progress;
using Octavia.Jobs.Telemetry;
using Octavia.Jobs.Webhooks;

namespace Octavia.Jobs.Queue;

public enum QueueOutcome
{
    Queued,
    WrongStatus,
    NoCredits,

    /// <summary>The plan lets the user have no more jobs queued and running.</summary>
    TooManyJobs,

    /// <summary>The plan's minutes of this month are used.</summary>
    NoMinutes,
}

/// <summary>What users do to jobs. Each change of status, its ledger entry and its queue entry are one transaction.</summary>
public sealed class JobQueue(OctaviaDbContext db, JobEvents events, IOptions<PlanOptions> plans)
{
    /// <summary>Queues a pending or failed job and holds its credits.</summary>
    public Task<QueueOutcome> EnqueueAsync(Job job, CancellationToken ct) => EnqueueAsync(job, null, ct);

    /// <summary>As the other, but of a pending job only, and of a part of the media that is dubbed first: it holds and costs what the part does, and the job is pending again after it.</summary>
    public Task<QueueOutcome> EnqueuePreviewAsync(Job job, PreviewRequest part, CancellationToken ct) =>
        EnqueueAsync(job, new JobPreview(part.Start, Math.Min(part.Seconds, job.JobMetadata.MediaSeconds - part.Start), Running: true), ct);

    async Task<QueueOutcome> EnqueueAsync(Job job, JobPreview? preview, CancellationToken ct)
    {
        using var activity = OctaviaTelemetry.Continue("job enqueue", ActivityKind.Producer, job.TraceParent);
        activity?.SetTag("octavia.job_id", job.Id);
        var outcome = await TransactionAsync(() => HoldAndEnqueueAsync(job, preview, activity?.Id ?? job.TraceParent, ct), x => x == QueueOutcome.Queued, ct);
        if (outcome == QueueOutcome.Queued) await PublishAsync(job.Id, ct);
        return outcome;
    }

    /// <summary>Cancels what is not over and gives its credits back. Its worker sees it by the event, or at its next write.</summary>
    /// <returns>Whether it was not over.</returns>
    public async Task<bool> CancelAsync(Guid jobId, CancellationToken ct)
    {
        var cancelled = await TransactionAsync(async () =>
        {
            if (await LockAsync(jobId, ct) is not { } job || !await EndAsync(job, ct)) return null;
            await db.SaveChangesAsync(ct);
            return job;
        }, x => x is not null, ct);
        if (cancelled is not null) TellCancelled(cancelled);
        return cancelled is not null;
    }

    /// <summary>Deletes the row, cancelled in the same transaction if it was not over: nobody can queue it in between.</summary>
    public async Task DeleteAsync(Guid jobId, CancellationToken ct)
    {
        Job? cancelled = null;
        await TransactionAsync(async () =>
        {
            if (await LockAsync(jobId, ct) is not { } job) return false;
            cancelled = await EndAsync(job, ct) ? job : null;
            db.Jobs.Remove(job);
            await db.SaveChangesAsync(ct);
            return true;
        }, x => x, ct);
        if (cancelled is not null) TellCancelled(cancelled);
        events.Forget(jobId);
    }

    async Task<bool> EndAsync(Job job, CancellationToken ct)
    {
        if (job.Status.IsOver()) return false;
        if (job.Status != JobStatus.Pending && job.HoldId is { } hold) await db.CloseAsync(hold, CreditKind.Refund, 0, ct);
        job.Status = JobStatus.Cancelled;
        if (job.JobMetadata.Preview is { Running: true } part) job.JobMetadata = job.JobMetadata with { Preview = part with { Running = false } };
        job.CompletedAt = DateTimeOffset.UtcNow;
        job.CurrentStep = null;
        job.Revision = JobEvent.NextRevision(job.Revision);
        await db.TellWebhooksAsync(job, ct);
        return true;
    }

    async Task<QueueOutcome> HoldAndEnqueueAsync(Job owned, JobPreview? preview, string? traceParent, CancellationToken ct)
    {
        var job = await LockAsync(owned.Id, ct);
        // A part is heard before the whole: what has failed goes on where it was.
        if (job is null || !(job.Status == JobStatus.Pending || (job.Status == JobStatus.Failed && preview is null))) return QueueOutcome.WrongStatus;
        // From here on what one user queues happens one after the other.
        if (await db.LockUserAsync(job.UserId, ct) is not { } plan) return QueueOutcome.WrongStatus;
        var limits = plans.Value.Of(plan);
        if (await LivingAsync(job.UserId, ct) >= limits.JobsAtOnce) return QueueOutcome.TooManyJobs;
        var cost = Math.Max(1, job.JobMetadata.CostOf(preview?.Seconds ?? job.JobMetadata.MediaSeconds));
        if (await db.HoldAsync(job.UserId, job.Id, cost, ct) is not { } hold) return QueueOutcome.NoCredits;
        if (await db.UsedThisMonthAsync(job.UserId, ct) + cost > limits.MinutesAMonth * 60L) return QueueOutcome.NoMinutes;
        job.JobMetadata = job.JobMetadata with { Preview = preview ?? (job.JobMetadata.Preview is { } made ? made with { Running = false } : null) };
        job.Lane = HangfireQueue.LaneOf(plan);
        job.Status = JobStatus.Queued;
        job.HoldId = hold.Id;
        job.Tries = 0;
        job.Phase = null;
        job.ProgressPercentage = 0;
        job.CurrentStep = null;
        job.ErrorCode = job.ErrorMessage = null;
        job.TraceParent = traceParent;
        job.QueuedAt = DateTimeOffset.UtcNow;
        job.StartedAt = job.CompletedAt = null;
        job.Revision = JobEvent.NextRevision(job.Revision);
        await db.SaveChangesAsync(ct);
        HangfireQueue.Enqueue((NpgsqlConnection)db.Database.GetDbConnection(), job.Id, hold.Id, job.Lane);
        return QueueOutcome.Queued;
    }

    Task<int> LivingAsync(Guid userId, CancellationToken ct) => db.Jobs.IgnoreQueryFilters()
        .CountAsync(x => x.UserId == userId && (x.Status == JobStatus.Queued || x.Status == JobStatus.Processing), ct);

    async Task<Job?> LockAsync(Guid jobId, CancellationToken ct)
    {
        var rows = await db.Jobs.FromSql($"SELECT * FROM jobs WHERE id = {jobId} FOR UPDATE").IgnoreQueryFilters().ToListAsync(ct);
        return rows.SingleOrDefault();
    }

    Task<T> TransactionAsync<T>(Func<Task<T>> work, Func<T, bool> commits, CancellationToken ct) => db.QueueTransactionAsync(work, commits, ct);

    void TellCancelled(Job job)
    {
        events.Publish(job.Id, job.ToEvent());
        OctaviaTelemetry.JobFinished(job.JobType, JobStatus.Cancelled);
    }

    async Task PublishAsync(Guid jobId, CancellationToken ct)
    {
        // It may have been deleted since.
        if (await db.Jobs.IgnoreQueryFilters().AsNoTracking().SingleOrDefaultAsync(x => x.Id == jobId, ct) is { } job)
            events.Publish(jobId, job.ToEvent());
    }
}
