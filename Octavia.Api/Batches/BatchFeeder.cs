using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Octavia.Api.Jobs;
using Octavia.Api.Operations;
using Octavia.Api.Uploads;
using Octavia.Jobs;
using Octavia.Jobs.Batches;
using Octavia.Jobs.Client;
using Octavia.Jobs.Imports;
using Octavia.Jobs.Queue;

namespace Octavia.Api.Batches;

/// <summary>Takes each item of a batch from its address to its file, its job, and its place in the queue, as the plan of its owner has room.</summary>
sealed partial class BatchFeeder(IServiceScopeFactory scopes, ILogger<BatchFeeder> logger) : BackgroundService
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    const int UsersAtOnce = 4;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await FeedAsync(stoppingToken))
                {
                    // As long as anybody has something that can be done now.
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogUnavailable(e);
            }
        }
    }

    /// <summary>One item of each user; false when there was none.</summary>
    async Task<bool> FeedAsync(CancellationToken ct)
    {
        IReadOnlyList<BatchItem> taken;
        await using (var scope = scopes.CreateAsyncScope())
            taken = await scope.ServiceProvider.GetRequiredService<BatchQueue>().TakeAsync(ct);
        await Parallel.ForEachAsync(taken, new ParallelOptions { MaxDegreeOfParallelism = UsersAtOnce, CancellationToken = ct }, FeedAsync);
        return taken.Count > 0;
    }

    async ValueTask FeedAsync(BatchItem item, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<OctaviaDbContext>().OwnerId = item.UserId;
        try
        {
            await scope.ServiceProvider.GetRequiredService<BatchStep>().TakeAsync(item, ct);
        }
        catch (Refusal refusal)
        {
            await scope.ServiceProvider.GetRequiredService<BatchQueue>().FailAsync(item, refusal.Code, refusal.Message, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            // It is due again when its taker counts as dead.
            LogBroken(e, item.Id);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Batches wait for the database")]
    partial void LogUnavailable(Exception e);

    [LoggerMessage(LogLevel.Warning, "Item {ItemId} of a batch broke off and is tried again")]
    partial void LogBroken(Exception e, Guid itemId);
}

/// <summary>The next step of one item. Taken again after it broke off, it does nothing twice.</summary>
sealed class BatchStep(
    OctaviaDbContext db, BatchQueue batches, ImportQueue imports, JobFactory factory, JobQueue queue, JobRemoval removal, IOptions<UploadOptions> uploads)
{
    public async Task TakeAsync(BatchItem item, CancellationToken ct)
    {
        if (await BatchOf(item).AsNoTracking().SingleOrDefaultAsync(ct) is not { } batch) return;
        if (await JobAsync(batch, item, ct) is not { } job) return;
        if (!await StartAsync(batch, item, job, ct)) await UndoAsync(item, job);
    }

    /// <summary>False when the item was cancelled or deleted in the meantime.</summary>
    async Task<bool> StartAsync(Batch batch, BatchItem item, Job job, CancellationToken ct)
    {
        var outcome = batch.Starts ? await queue.EnqueueAsync(job, ct) : QueueOutcome.WrongStatus;
        // Whatever its status is: somebody else has started, cancelled or queued it, or it is to wait.
        if (outcome is QueueOutcome.Queued or QueueOutcome.WrongStatus) return await batches.EndAsync(item, BatchItemState.Made, ct);
        if (outcome == QueueOutcome.TooManyJobs) return await batches.WaitForRoomAsync(item, BatchItemState.Made, ct);
        var refusal = JobsApi.Refused(outcome, job, job.JobMetadata.MediaSeconds)!;
        return await batches.FailAsync(item, refusal.Code, refusal.Message, ct);
    }

    /// <summary>The item's job, made where there is none; null where its file is not there yet, or the job was deleted.</summary>
    async Task<Job?> JobAsync(Batch batch, BatchItem item, CancellationToken ct)
    {
        if (await db.Jobs.AsNoTracking().Where(x => x.Id == item.Id).WithoutGlossary().SingleOrDefaultAsync(ct) is { } made) return made;
        if (item.State == BatchItemState.Made)
        {
            await batches.EndAsync(item, BatchItemState.Made, ct);
            return null;
        }
        if ((item.FileId ?? await FetchAsync(batch, item, ct)) is not { } file) return null;
        return await factory.CreateAsync(batch.JobType, batch.Options with { FileId = file }, item.UserId, ct, item.Id);
    }

    async Task<Guid?> FetchAsync(Batch batch, BatchItem item, CancellationToken ct)
    {
        var import = await db.Imports.AsNoTracking().SingleOrDefaultAsync(x => x.Id == item.Id, ct);
        if (import is { Status: ImportStatus.Completed, FileId: { } file })
        {
            await batches.FetchedAsync(item, file, ct);
            return file;
        }
        if (import is { Status: ImportStatus.Failed }) throw new Refusal(import.ErrorStatus!.Value, import.ErrorCode!, import.ErrorMessage!);
        if (import is null && item.State == BatchItemState.Fetching)
            throw Refusal.Invalid("import.cancelled", "The import of this address was cancelled; add it again.");
        var isBegun = import is not null
            || await imports.EnqueueAsync(item.UserId, item.Url!, JobFactory.InputOf(batch.JobType), uploads.Value.ImportsAtOnce, ct, item.Id) is not null;
        await batches.WaitAsync(item, isBegun ? BatchItemState.Fetching : BatchItemState.Waiting, ct);
        return null;
    }

    async Task UndoAsync(BatchItem item, Job job)
    {
        if (await BatchOf(item).AnyAsync(CancellationToken.None)) await queue.CancelAsync(job.Id, CancellationToken.None);
        else await removal.RemoveAsync(job);
    }

    IQueryable<Batch> BatchOf(BatchItem item) => db.Batches.Where(x => x.Id == item.BatchId);
}
