using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Progress;
using Octavia.Jobs.Telemetry;
using Octavia.Jobs.Webhooks;

namespace Octavia.Jobs.Queue;

/// <summary>A worker's hold on a job. Every write names the attempt that took it: after a take-over or a cancel it writes nothing and says false.</summary>
public sealed class JobLease
{
    readonly IServiceScopeFactory scopes;
    readonly JobEvents events;
    JobEvent latest;

    JobLease(IServiceScopeFactory scopes, JobEvents events, Job job)
    {
        this.scopes = scopes;
        this.events = events;
        Job = job;
        latest = job.ToEvent();
    }

    /// <summary>The row as it was taken.</summary>
    public Job Job { get; }

    /// <summary>
    /// Takes a queued job, or one whose worker fell silent, under the next attempt. Null when the queue entry is stale or the job over.
    /// A run that begins again names its <paramref name="own"/> last attempt: that is no take-over, and it takes nothing from another worker.
    /// </summary>
    public static async Task<JobLease?> TakeAsync(
        IServiceScopeFactory scopes, JobEvents events, Guid jobId, Guid holdId, int? own, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OctaviaDbContext>();
        var now = DateTimeOffset.UtcNow;
        var milliseconds = now.ToUnixTimeMilliseconds();
        // What the worker before published last is ahead of the row that it wrote last.
        var (seen, phase) = await events.LatestAsync(jobId) is { Status: JobStatus.Processing, Phase: { } last } e
            ? (e.ProgressPercentage, OctaviaTelemetry.Wire(last))
            : (0, null);
        var taken = await db.Jobs.FromSql(
            $"""
            UPDATE jobs SET attempt = attempt + 1, tries = tries + {(own is null ? 1 : 0)}, status = 'processing',
                started_at = COALESCE(started_at, {now}), revision = GREATEST(revision + 1, {milliseconds}),
                phase = CASE WHEN {seen} > progress_percentage THEN {phase} ELSE phase END,
                progress_percentage = GREATEST(progress_percentage, {seen})
            WHERE id = {jobId} AND hold_id = {holdId} AND status IN ('queued', 'processing') AND {own ?? -1} IN (-1, attempt)
            RETURNING *
            """).IgnoreQueryFilters().AsNoTracking().ToListAsync(ct);
        if (taken is not [var job]) return null;
        if (job is { Tries: 1, Lane: { } lane } && own is null) await db.CountAsync(lane, ct);
        events.Publish(jobId, job.ToEvent());
        return new JobLease(scopes, events, job);
    }

    /// <summary>Publishes where the run stands. Within one queueing progress does not go back, also when a second worker begins it again.</summary>
    public void Publish(JobPhase phase, double percentage, string step)
    {
        var known = latest;
        if (percentage < known.ProgressPercentage)
            (phase, percentage) = (known.Phase ?? phase, known.ProgressPercentage);
        latest = known with
        {
            Revision = JobEvent.NextRevision(known.Revision),
            Phase = phase,
            ProgressPercentage = percentage,
            CurrentStep = step.Length > 500 ? step[..500] : step,
        };
        events.Publish(Job.Id, latest);
    }

    /// <summary>Whether the job is still this worker's.</summary>
    public Task<bool> HoldsAsync(CancellationToken ct) => WithRowAsync(rows => rows.AnyAsync(ct));

    /// <summary>Writes the latest published progress to the row.</summary>
    public async Task<bool> SaveProgressAsync(CancellationToken ct)
    {
        var e = latest;
        return await WithRowAsync(rows => rows.ExecuteUpdateAsync(
            set => set.SetProperty(x => x.Revision, e.Revision)
                .SetProperty(x => x.Phase, e.Phase)
                .SetProperty(x => x.ProgressPercentage, e.ProgressPercentage)
                .SetProperty(x => x.CurrentStep, e.CurrentStep),
            ct)) == 1;
    }

    /// <summary>Ends the job well: outputs, and credits settled by the seconds of media in each language, once.</summary>
    public Task<bool> CompleteAsync(string outputFile, JobMetadata metadata, double mediaSeconds, CancellationToken ct) =>
        EndAsync(CreditKind.Settle, Job.JobMetadata.CostOf(mediaSeconds), job =>
        {
            job.Status = JobStatus.Completed;
            job.Phase = JobPhase.Assembling;
            job.ProgressPercentage = 100;
            job.OutputFile = outputFile;
            job.JobMetadata = metadata;
        }, ct);

    /// <summary>Ends the run of a part: its file, and credits settled by its seconds. The job is pending again.</summary>
    public Task<bool> CompletePreviewAsync(JobOutput file, double seconds, CancellationToken ct) =>
        EndAsync(CreditKind.Settle, Job.JobMetadata.CostOf(seconds), job =>
        {
            WaitAgain(job);
            job.JobMetadata = job.JobMetadata with { Outputs = [file] };
        }, ct);

    /// <summary>Ends the run badly: the reason, and credits given back, once. After the run of a part the job is pending again.</summary>
    public Task<bool> FailAsync(string code, string message, CancellationToken ct) =>
        EndAsync(CreditKind.Refund, 0, job =>
        {
            if (job.IsPreview)
            {
                WaitAgain(job);
            }
            else
            {
                job.Status = JobStatus.Failed;
                job.Phase = latest.Phase;
                job.ProgressPercentage = latest.ProgressPercentage;
            }
            job.ErrorCode = code;
            job.ErrorMessage = message;
        }, ct);

    static void WaitAgain(Job job)
    {
        job.Status = JobStatus.Pending;
        job.Phase = null;
        job.ProgressPercentage = 0;
        job.QueuedAt = job.StartedAt = null;
        job.JobMetadata = job.JobMetadata with { Preview = job.JobMetadata.Preview! with { Running = false } };
    }

    async Task<bool> EndAsync(CreditKind kind, long usedSeconds, Action<Job> change, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OctaviaDbContext>();
        var ended = await db.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
        {
            db.ChangeTracker.Clear();
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            var locked = await db.Jobs.FromSql(
                $"SELECT * FROM jobs WHERE id = {Job.Id} AND attempt = {Job.Attempt} AND status = 'processing' FOR UPDATE")
                .IgnoreQueryFilters().ToListAsync(ct);
            if (locked is not [var job]) return null;
            await db.CloseAsync(job.HoldId!.Value, kind, usedSeconds, ct);
            change(job);
            job.CurrentStep = null;
            job.Revision = JobEvent.NextRevision(Math.Max(job.Revision, latest.Revision));
            if (job.Status.IsOver())
            {
                job.CompletedAt = DateTimeOffset.UtcNow;
                await db.TellWebhooksAsync(job, ct);
            }
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
            return job;
        });
        if (ended is null) return false;
        events.Publish(Job.Id, latest = ended.ToEvent());
        return true;
    }

    async Task<T> WithRowAsync<T>(Func<IQueryable<Job>, Task<T>> work)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OctaviaDbContext>();
        return await work(db.Jobs.IgnoreQueryFilters()
            .Where(x => x.Id == Job.Id && x.Attempt == Job.Attempt && x.Status == JobStatus.Processing));
    }
}
