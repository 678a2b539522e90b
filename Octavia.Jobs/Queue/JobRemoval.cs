using Microsoft.EntityFrameworkCore;
using Octavia.Jobs.Files;

namespace Octavia.Jobs.Queue;

/// <summary>Deletes a job with its blobs, and the upload with the last job that was made of it.</summary>
public sealed class JobRemoval(OctaviaDbContext db, JobQueue queue, MediaStore media)
{
    public async Task RemoveAsync(Job job)
    {
        // Begun, it is finished also when the client has gone.
        var ct = CancellationToken.None;
        await queue.CancelAsync(job.Id, ct);
        // The blobs go before the row: while there is one, what was broken off here can be asked for again.
        await media.DeleteFolderAsync(MediaStore.JobPath(job.Id), ct);
        if (!await Others(job).AnyAsync(x => x.Id != job.Id, ct)) await media.DeleteAsync(job.InputFile, ct);
        await queue.DeleteAsync(job.Id, ct);
        // Once more, for what its worker wrote before it heard of the end.
        await media.DeleteFolderAsync(MediaStore.JobPath(job.Id), ct);
        // Also where two are deleted at once.
        if (!await Others(job).AnyAsync(ct) && await db.Files.IgnoreQueryFilters().Where(x => x.StoragePath == job.InputFile).ExecuteDeleteAsync(ct) == 1)
            await media.DeleteAsync(job.InputFile, ct);
    }

    IQueryable<Job> Others(Job job) => db.Jobs.IgnoreQueryFilters().Where(x => x.InputFile == job.InputFile);
}
