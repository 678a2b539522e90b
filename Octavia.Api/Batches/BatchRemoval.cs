using Microsoft.EntityFrameworkCore;
using Octavia.Jobs;
using Octavia.Jobs.Batches;
using Octavia.Jobs.Client;
using Octavia.Jobs.Queue;

namespace Octavia.Api.Batches;

/// <summary>Ends batches. Begun, it is finished also when the client has gone.</summary>
sealed class BatchRemoval(OctaviaDbContext db, JobQueue queue, JobRemoval jobs)
{
    /// <summary>Cancels what is not over: what waits, what is fetched, and jobs.</summary>
    public async Task CancelAsync(Batch batch)
    {
        var ct = CancellationToken.None;
        // First, so that no job is made or started after it was looked for.
        await Items(batch).Where(x => x.Due != null).ExecuteUpdateAsync(
            set => set.SetProperty(x => x.Due, (DateTimeOffset?)null).SetProperty(x => x.State, BatchItemState.Cancelled), ct);
        await db.Imports.Where(x => Items(batch).Any(item => item.Id == x.Id) && (x.Status == ImportStatus.Queued || x.Status == ImportStatus.Fetching)).ExecuteDeleteAsync(ct);
        foreach (var id in await JobsOf(batch).Where(x => x.Status != JobStatus.Completed && x.Status != JobStatus.Failed && x.Status != JobStatus.Cancelled).Select(x => x.Id).ToListAsync(ct))
            await queue.CancelAsync(id, ct);
    }

    /// <summary>Deletes the batch with its jobs, their files and results.</summary>
    public async Task RemoveAsync(Batch batch)
    {
        await CancelAsync(batch);
        var ct = CancellationToken.None;
        foreach (var job in await JobsOf(batch).AsNoTracking().WithoutGlossary().ToListAsync(ct)) await jobs.RemoveAsync(job);
        await db.Batches.Where(x => x.Id == batch.Id).ExecuteDeleteAsync(ct);
    }

    IQueryable<BatchItem> Items(Batch batch) => db.BatchItems.Where(x => x.BatchId == batch.Id);

    IQueryable<Job> JobsOf(Batch batch) => db.Jobs.Where(x => Items(batch).Any(item => item.Id == x.Id));
}
