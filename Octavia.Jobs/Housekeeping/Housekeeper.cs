using Azure;
using Hangfire;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Files;
using Octavia.Jobs.Queue;
using Octavia.Jobs.Webhooks;

namespace Octavia.Jobs.Housekeeping;

/// <summary>
/// What goes by itself: jobs and files that are older than their owner's plan keeps them, blobs that no row names, sessions and idempotency keys that count no
/// more, old entries of the log of webhooks. What breaks off is done the next time.
/// </summary>
public sealed partial class Housekeeper(OctaviaDbContext db, JobRemoval removal, MediaStore media, IOptions<PlanOptions> plans, ILogger<Housekeeper> logger)
{
    /// <summary>A blob without a row may be one whose row is about to be written.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromDays(1);

    const int Batch = 100;

    [AutomaticRetry(Attempts = 0)]
    [DisableConcurrentExecution(timeoutInSeconds: 1)]
    public async Task KeepAsync(CancellationToken ct)
    {
        var now = DateTimeOffset.UtcNow;
        foreach (var plan in Enum.GetValues<Plan>()) await RetireAsync(plan, now.AddDays(-plans.Value.Of(plan).RetentionDays), ct);
        await SweepAsync("", now - Grace, ct);
        await db.Sessions.IgnoreQueryFilters().Where(x => x.ExpiresAt < now).ExecuteDeleteAsync(ct);
        await db.IdempotentRequests.IgnoreQueryFilters().Where(x => x.CreatedAt < now - IdempotentRequest.Kept).ExecuteDeleteAsync(ct);
        await db.WebhookDeliveries.IgnoreQueryFilters().Where(x => x.NextTryAt == null && x.CreatedAt < now - WebhookDelivery.Kept).ExecuteDeleteAsync(ct);
        await db.Database.ExecuteSqlAsync(
            $"""
            DELETE FROM webhook_deliveries WHERE id IN (
                SELECT id FROM (
                    SELECT id, row_number() OVER (PARTITION BY webhook_id ORDER BY created_at DESC, id DESC) AS place FROM webhook_deliveries WHERE next_try_at IS NULL) ended
                WHERE place > {WebhookDelivery.MostKept}) AND next_try_at IS NULL
            """, ct);
    }

    /// <summary>Deletes what users of a plan have had since before a time.</summary>
    public async Task RetireAsync(Plan plan, DateTimeOffset before, CancellationToken ct)
    {
        var users = db.Users.Where(x => x.Plan == plan).Select(x => x.Id);
        // What waits or runs stays, however long that takes.
        var old = db.Jobs.IgnoreQueryFilters().AsNoTracking().WithoutGlossary()
            .Where(x => users.Contains(x.UserId) && x.Status != JobStatus.Queued && x.Status != JobStatus.Processing && (x.CompletedAt ?? x.CreatedAt) < before);
        var (jobs, failed) = (0, 0);
        while (await old.OrderBy(x => x.CreatedAt).ThenBy(x => x.Id).Skip(failed).Take(Batch).ToListAsync(ct) is { Count: > 0 } batch)
        {
            foreach (var job in batch)
            {
                ct.ThrowIfCancellationRequested();
                try
                {
                    await removal.RemoveAsync(job);
                    jobs++;
                }
                catch (Exception e) when (e is RequestFailedException or AggregateException)
                {
                    // A blob that cannot be deleted now keeps none of the others.
                    failed++;
                    LogFailed(e, job.Id);
                }
            }
        }
        // Uploads that no job was made of, or whose jobs were deleted before they were.
        var files = await db.Files.IgnoreQueryFilters().AsNoTracking()
            .Where(x => users.Contains(x.UserId) && x.CreatedAt < before && !db.Jobs.IgnoreQueryFilters().Any(job => job.InputFile == x.StoragePath)).ToListAsync(ct);
        foreach (var file in files)
        {
            // A job that was made of it in the meantime keeps it.
            if (await db.Files.IgnoreQueryFilters().Where(x => x.Id == file.Id && !db.Jobs.IgnoreQueryFilters().Any(job => job.InputFile == x.StoragePath)).ExecuteDeleteAsync(ct) == 1)
                await media.DeleteAsync(file.StoragePath, CancellationToken.None);
        }
        if (jobs + files.Count > 0) LogRetired(plan, jobs, files.Count);
    }

    /// <summary>Deletes blobs that no row names.</summary>
    /// <param name="prefix">Of their paths; empty for all.</param>
    /// <param name="before">Those last written later stay.</param>
    /// <param name="ct">Cancels.</param>
    public async Task SweepAsync(string prefix, DateTimeOffset before, CancellationToken ct)
    {
        var swept = 0;
        await foreach (var path in media.ListOldAsync(prefix, before, ct))
        {
            if (await HasRowAsync(path, ct)) continue;
            await media.DeleteAsync(path, ct);
            swept++;
        }
        if (swept > 0) LogSwept(swept);
    }

    // The text of a job lies in the job's own folder.
    Task<bool> HasRowAsync(string path, CancellationToken ct) => path.Split('/') switch
    {
        ["jobs", var name, ..] when Guid.TryParse(name, out var job) => db.Jobs.IgnoreQueryFilters().AnyAsync(x => x.Id == job, ct),
        ["uploads", ..] => db.Files.IgnoreQueryFilters().AnyAsync(x => x.StoragePath == path, ct),
        // Of somebody else.
        _ => Task.FromResult(true),
    };

    [LoggerMessage(LogLevel.Information, "Deleted {Jobs} jobs and {Files} files that plan {Plan} keeps no longer")]
    partial void LogRetired(Plan plan, int jobs, int files);

    [LoggerMessage(LogLevel.Warning, "Job {JobId}, which its plan keeps no longer, could not be deleted; the next time will try again")]
    partial void LogFailed(Exception error, Guid jobId);

    [LoggerMessage(LogLevel.Information, "Deleted {Blobs} blobs that no row names")]
    partial void LogSwept(int blobs);
}
