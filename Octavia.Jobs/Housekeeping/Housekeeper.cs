using Azure;
using Hangfire;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Files;
using Octavia.Jobs.Imports;
using Octavia.Jobs.Queue;
using Octavia.Jobs.Webhooks;

namespace Octavia.Jobs.Housekeeping;

/// <summary>
/// What goes by itself: jobs and files that are older than their owner's plan keeps them, uploads that were not sent to their end in time, blobs that no row
/// names, sessions, idempotency keys and imports that count no more, old entries of the log of webhooks. What breaks off is done the next time.
/// </summary>
public sealed partial class Housekeeper(OctaviaDbContext db, JobRemoval removal, MediaStore media, IOptions<PlanOptions> plans, ILogger<Housekeeper> logger)
{
    /// <summary>A blob without a row may be one whose row is about to be written.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromDays(1);

    const int Batch = 100;

    /// <summary>Blobs that the database is asked about at once.</summary>
    const int Page = 300;

    [AutomaticRetry(Attempts = 0)]
    [DisableConcurrentExecution(timeoutInSeconds: 1)]
    public async Task KeepAsync(CancellationToken ct)
    {
        var now = DateTimeOffset.UtcNow;
        foreach (var plan in Enum.GetValues<Plan>()) await RetireAsync(plan, now.AddDays(-plans.Value.Of(plan).RetentionDays), ct);
        await ExpireAsync(now, ct);
        await SweepAsync("", now - Grace, ct);
        await db.Sessions.IgnoreQueryFilters().Where(x => x.ExpiresAt < now).ExecuteDeleteAsync(ct);
        await db.Imports.IgnoreQueryFilters().Where(x => x.CreatedAt < now - Import.Kept).ExecuteDeleteAsync(ct);
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
            .Where(x => users.Contains(x.UserId) && x.CreatedAt < before && !db.Jobs.IgnoreQueryFilters().Any(job => job.InputFile == x.StoragePath)
                && !db.BatchItems.IgnoreQueryFilters().Any(item => item.FileId == x.Id && item.Due != null)).ToListAsync(ct);
        foreach (var file in files)
        {
            // A job that was made of it in the meantime keeps it.
            if (await db.Files.IgnoreQueryFilters().Where(x => x.Id == file.Id && !db.Jobs.IgnoreQueryFilters().Any(job => job.InputFile == x.StoragePath)).ExecuteDeleteAsync(ct) == 1)
                await media.DeleteAsync(file.StoragePath, CancellationToken.None);
        }
        // Of a batch there is nothing to tell when its last job is gone.
        await db.Batches.IgnoreQueryFilters()
            .Where(x => users.Contains(x.UserId) && x.CreatedAt < before && !x.Items.Any(item => item.Due != null || db.Jobs.IgnoreQueryFilters().Any(job => job.Id == item.Id)))
            .ExecuteDeleteAsync(ct);
        if (jobs + files.Count > 0) LogRetired(plan, jobs, files.Count);
    }

    /// <summary>Deletes uploads whose time is over, with what has come of them; what became a file stays one.</summary>
    async Task ExpireAsync(DateTimeOffset now, CancellationToken ct)
    {
        var over = await db.ResumableUploads.IgnoreQueryFilters().AsNoTracking().Where(x => x.ExpiresAt < now).ToListAsync(ct);
        foreach (var upload in over)
        {
            await db.ResumableUploads.IgnoreQueryFilters().Where(x => x.Id == upload.Id).ExecuteDeleteAsync(ct);
            try
            {
                await media.DeleteAsync(MediaStore.PartPath(upload.UserId, upload.Id), ct);
            }
            catch (Exception e) when (e is RequestFailedException or AggregateException)
            {
                // Without its row it is swept with the others.
                continue;
            }
        }
        if (over.Count > 0) LogExpired(over.Count);
    }

    /// <summary>Deletes blobs that no row names.</summary>
    /// <param name="prefix">Of their paths; empty for all.</param>
    /// <param name="before">Those last written later stay.</param>
    /// <param name="ct">Cancels.</param>
    public async Task SweepAsync(string prefix, DateTimeOffset before, CancellationToken ct)
    {
        var swept = 0;
        await foreach (var page in media.ListOldAsync(prefix, before, ct).Chunk(Page).WithCancellation(ct))
        {
            foreach (var path in await WithoutRowAsync(page, ct))
            {
                await media.DeleteAsync(path, ct);
                swept++;
            }
        }
        if (swept > 0) LogSwept(swept);
    }

    // The text of a job lies in the job's own folder. What is in no folder of ours is of somebody else.
    async Task<IReadOnlyList<string>> WithoutRowAsync(string[] paths, CancellationToken ct)
    {
        var ofJobs = paths.Select(path => (Path: path, Job: JobOf(path))).Where(x => x.Job is not null).ToList();
        var ids = ofJobs.Select(x => x.Job!.Value).Distinct().ToList();
        var ofParts = paths.Select(path => (Path: path, Upload: UploadOf(path))).Where(x => x.Upload is not null).ToList();
        var halves = ofParts.Select(x => x.Upload!.Value).ToList();
        var uploads = paths.Where(path => path.StartsWith("uploads/", StringComparison.Ordinal)).Except(ofParts.Select(x => x.Path)).ToList();
        var jobs = await db.Jobs.IgnoreQueryFilters().Where(x => ids.Contains(x.Id)).Select(x => x.Id).ToListAsync(ct);
        var files = await db.Files.IgnoreQueryFilters().Where(x => uploads.Contains(x.StoragePath)).Select(x => x.StoragePath).ToListAsync(ct);
        halves = await db.ResumableUploads.IgnoreQueryFilters().Where(x => halves.Contains(x.Id)).Select(x => x.Id).ToListAsync(ct);
        return [.. ofJobs.Where(x => !jobs.Contains(x.Job!.Value)).Select(x => x.Path), .. ofParts.Where(x => !halves.Contains(x.Upload!.Value)).Select(x => x.Path), .. uploads.Except(files)];
    }

    static Guid? JobOf(string path) => path.Split('/') is ["jobs", var name, ..] && Guid.TryParse(name, out var job) ? job : null;

    /// <summary>The upload that a blob is a half of.</summary>
    static Guid? UploadOf(string path) => path.Split('/') is ["uploads", _, "parts", var name] && Guid.TryParse(name, out var upload) ? upload : null;

    [LoggerMessage(LogLevel.Information, "Deleted {Jobs} jobs and {Files} files that plan {Plan} keeps no longer")]
    partial void LogRetired(Plan plan, int jobs, int files);

    [LoggerMessage(LogLevel.Warning, "Job {JobId}, which its plan keeps no longer, could not be deleted; the next time will try again")]
    partial void LogFailed(Exception error, Guid jobId);

    [LoggerMessage(LogLevel.Information, "Deleted {Uploads} uploads whose time was over")]
    partial void LogExpired(int uploads);

    [LoggerMessage(LogLevel.Information, "Deleted {Blobs} blobs that no row names")]
    partial void LogSwept(int blobs);
}
