using Microsoft.EntityFrameworkCore;
using Octavia.Jobs;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Files;
using Octavia.Jobs.Progress;
using Octavia.Jobs.Queue;

namespace Octavia.Api.Accounts;

/// <summary>Deletes an account with all that belongs to it. What breaks off on the way can be begun again: the account goes last.</summary>
sealed class AccountRemoval(OctaviaDbContext db, JobQueue queue, MediaStore media, JobEvents events)
{
    public async Task RemoveAsync(Guid userId)
    {
        // Begun, it is finished also when the client has gone.
        var ct = CancellationToken.None;
        // From now on nobody acts for the account.
        await db.Sessions.ExecuteDeleteAsync(ct);
        await db.ApiKeys.ExecuteDeleteAsync(ct);
        var jobs = await db.Jobs.Select(x => x.Id).ToListAsync(ct);
        foreach (var job in jobs) await queue.CancelAsync(job, ct);
        await DeleteBlobsAsync(userId, jobs, ct);
        jobs = await DeleteRowsAsync(userId, ct);
        // Once more, for what a worker or an upload wrote before it heard of the end.
        await DeleteBlobsAsync(userId, jobs, ct);
        foreach (var job in jobs) events.Forget(job);
    }

    /// <summary>Deletes the user, and with it all rows that have it for an owner.</summary>
    /// <returns>The jobs that there were at the end: under the user's lock no other comes.</returns>
    Task<List<Guid>> DeleteRowsAsync(Guid userId, CancellationToken ct) => db.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockUserAsync(userId, ct);
        var jobs = await db.Jobs.Select(x => x.Id).ToListAsync(ct);
        await db.Users.Where(x => x.Id == userId).ExecuteDeleteAsync(ct);
        await transaction.CommitAsync(ct);
        return jobs;
    });

    async Task DeleteBlobsAsync(Guid userId, List<Guid> jobs, CancellationToken ct)
    {
        foreach (var job in jobs) await media.DeleteFolderAsync(MediaStore.JobPath(job), ct);
        await media.DeleteFolderAsync(MediaStore.UserPath(userId), ct);
    }
}
