using Hangfire;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Files;
using Octavia.Jobs.Queue;

namespace Octavia.Jobs.Imports;

/// <summary>What a queue entry of an import calls. The API implements it.</summary>
public interface IImportRunner
{
    /// <param name="importId">Row.</param>
    /// <param name="ct">Set when the process stops; the entry then goes back to the queue.</param>
    [AutomaticRetry(Attempts = 0)]
    Task RunAsync(Guid importId, CancellationToken ct);
}

/// <summary>Imports as rows that survive whoever works on them.</summary>
public sealed class ImportQueue(OctaviaDbContext db)
{
    /// <summary>Adds an import, under an <paramref name="own"/> id or a new one; null when the user has so many that are not over, or is gone.</summary>
    public Task<Import?> EnqueueAsync(Guid userId, string url, FileType type, int most, CancellationToken ct, Guid? own = null)
    {
        var id = own ?? Guid.CreateVersion7();
        return db.QueueTransactionAsync(async () =>
        {
            // Under the user's lock what one user begins is counted one after the other.
            if (await db.LockUserAsync(userId, ct) is null) return null;
            if (await Living(userId).CountAsync(ct) >= most) return null;
            var import = new Import { Id = id, UserId = userId, Url = url, FileType = type, CreatedAt = DateTimeOffset.UtcNow };
            db.Imports.Add(import);
            await db.SaveChangesAsync(ct);
            HangfireQueue.EnqueueImport((NpgsqlConnection)db.Database.GetDbConnection(), id);
            return import;
        }, x => x is not null, ct);
    }

    /// <summary>Takes an import that is not over, from whoever had it; null when it is over or cancelled.</summary>
    public async Task<Import?> TakeAsync(Guid id, CancellationToken ct)
    {
        var taken = await db.Imports.FromSql(
            $"""
            UPDATE imports SET attempt = attempt + 1, status = 'fetching', bytes_received = 0, bytes_total = NULL
            WHERE id = {id} AND status IN ('queued', 'fetching') RETURNING *
            """).IgnoreQueryFilters().AsNoTracking().ToListAsync(ct);
        return taken.SingleOrDefault();
    }

    /// <summary>Says how far it is; false when it was cancelled, or taken by another.</summary>
    public async Task<bool> ProgressAsync(Import import, long received, long? total, CancellationToken ct) =>
        await Held(import).ExecuteUpdateAsync(set => set.SetProperty(x => x.BytesReceived, received).SetProperty(x => x.BytesTotal, total), ct) == 1;

    /// <summary>Ends it well, in the transaction that stores its file; false when it was cancelled, or taken by another.</summary>
    public async Task<bool> CompleteAsync(Import import, Guid fileId, long size, CancellationToken ct) =>
        await Held(import).ExecuteUpdateAsync(
            set => set.SetProperty(x => x.Status, ImportStatus.Completed).SetProperty(x => x.FileId, fileId)
                .SetProperty(x => x.BytesReceived, size).SetProperty(x => x.BytesTotal, size), ct) == 1;

    public Task FailAsync(Import import, int status, string code, string message, CancellationToken ct) =>
        Held(import).ExecuteUpdateAsync(
            set => set.SetProperty(x => x.Status, ImportStatus.Failed).SetProperty(x => x.ErrorStatus, status)
                .SetProperty(x => x.ErrorCode, code).SetProperty(x => x.ErrorMessage, message), ct);

    IQueryable<Import> Held(Import import) => db.Imports.IgnoreQueryFilters()
        .Where(x => x.Id == import.Id && x.Attempt == import.Attempt && x.Status == ImportStatus.Fetching);

    IQueryable<Import> Living(Guid userId) => db.Imports.IgnoreQueryFilters()
        .Where(x => x.UserId == userId && (x.Status == ImportStatus.Queued || x.Status == ImportStatus.Fetching));
}
