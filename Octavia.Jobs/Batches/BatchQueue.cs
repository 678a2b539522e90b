using Microsoft.EntityFrameworkCore;
using Octavia.Jobs.Client;

namespace Octavia.Jobs.Batches;

/// <summary>Items of batches that want something done: taken by one process at a time, and by another when that one dies.</summary>
public sealed class BatchQueue(OctaviaDbContext db)
{
    /// <summary>A process that is silent about an item for so long has died.</summary>
    static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    /// <summary>Pause before what cannot go on now is tried again.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Takes one item of each user, in the order of their batches.</summary>
    public async Task<IReadOnlyList<BatchItem>> TakeAsync(CancellationToken ct)
    {
        var now = DateTimeOffset.UtcNow;
        var until = now + Silence;
        return await db.BatchItems.FromSql(
            $"""
            UPDATE batch_items SET due = {until}
            WHERE due <= {now} AND id IN (
                SELECT DISTINCT ON (user_id) id FROM batch_items WHERE due <= {now} ORDER BY user_id, due, batch_id, position)
            RETURNING *
            """).IgnoreQueryFilters().AsNoTracking().ToListAsync(ct);
    }

    // What is below says false of an item that its owner has cancelled or deleted in the meantime, and changes nothing of it.

    /// <summary>Nobody need look after it any more.</summary>
    public Task<bool> EndAsync(BatchItem item, BatchItemState state, CancellationToken ct) => ChangedAsync(Living(item).ExecuteUpdateAsync(
        set => set.SetProperty(x => x.State, state).SetProperty(x => x.Due, (DateTimeOffset?)null), ct));

    public Task<bool> FailAsync(BatchItem item, string code, string message, CancellationToken ct) => ChangedAsync(Living(item).ExecuteUpdateAsync(
        set => set.SetProperty(x => x.State, BatchItemState.Failed).SetProperty(x => x.Due, (DateTimeOffset?)null)
            .SetProperty(x => x.ErrorCode, code).SetProperty(x => x.ErrorMessage, message), ct));

    public Task<bool> FetchedAsync(BatchItem item, Guid fileId, CancellationToken ct) =>
        ChangedAsync(Living(item).ExecuteUpdateAsync(set => set.SetProperty(x => x.FileId, fileId), ct));

    /// <summary>Looks after it again in a moment.</summary>
    public Task<bool> WaitAsync(BatchItem item, BatchItemState state, CancellationToken ct)
    {
        var due = Next();
        return ChangedAsync(Living(item).ExecuteUpdateAsync(set => set.SetProperty(x => x.State, state).SetProperty(x => x.Due, due), ct));
    }

    /// <summary>Looks after it again in a moment, and until then after none of its user's that are due: there is no room for any.</summary>
    public async Task<bool> WaitForRoomAsync(BatchItem item, BatchItemState state, CancellationToken ct)
    {
        var isLiving = await WaitAsync(item, state, ct);
        var (now, due) = (DateTimeOffset.UtcNow, Next());
        await db.BatchItems.Where(x => x.Due <= now).ExecuteUpdateAsync(set => set.SetProperty(x => x.Due, due), ct);
        return isLiving;
    }

    IQueryable<BatchItem> Living(BatchItem item) => db.BatchItems.Where(x => x.Id == item.Id && x.Due != null);

    static async Task<bool> ChangedAsync(Task<int> change) => await change == 1;

    // A tick for all, so that those that wait for the same go on in the order of their positions.
    static DateTimeOffset Next() => new((DateTimeOffset.UtcNow.Ticks / Pause.Ticks + 1) * Pause.Ticks, TimeSpan.Zero);
}
