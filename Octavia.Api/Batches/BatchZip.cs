using System.IO.Compression;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Octavia.Api.Operations;
using Octavia.Api.Uploads;
using Octavia.Jobs;
using Octavia.Jobs.Client;
using Octavia.Jobs.Files;

namespace Octavia.Api.Batches;

/// <summary>The results of a batch as one zip, written as it is read: nothing of it is kept here.</summary>
static class BatchZip
{
    const int NameLength = 80;

    public static async Task<PushStreamHttpResult> DownloadAsync(Guid id, HttpContext http, OctaviaDbContext db, MediaStore media, CancellationToken ct)
    {
        var batch = await BatchesApi.FindAsync(db, id, ct);
        var made = await db.BatchItems.AsNoTracking().Where(x => x.BatchId == id).OrderBy(x => x.Position)
            .Join(db.Jobs.Where(x => x.Status == JobStatus.Completed), item => item.Id, job => job.Id, (item, job) => new { item.Position, item.Name, Metadata = job.JobMetadata })
            .ToListAsync(ct);
        if (made.Count == 0) throw new Refusal(409, "batch.nothing_done", "No job of this batch is completed yet; wait until one is.");
        // An entry's end, some bytes, is written by its stream's Dispose, which does not wait.
        http.Features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = true;
        return TypedResults.Stream(async body =>
        {
            await using var zip = await ZipArchive.CreateAsync(body, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, ct);
            try
            {
                foreach (var one in made)
                    foreach (var output in one.Metadata.Outputs)
                        await AddAsync(zip, $"{one.Position:000} {FolderOf(one.Name)}/{Path.GetFileName(output.StoragePath)}", output, media, ct);
            }
            catch
            {
                // What is broken must not look whole, and its end is written whatever happens.
                http.Abort();
                throw;
            }
        }, "application/zip", FolderOf(batch.Name) + ".zip");
    }

    static async Task AddAsync(ZipArchive zip, string name, JobOutput output, MediaStore media, CancellationToken ct)
    {
        // Deleted since it was listed.
        if (await media.OpenAsync(output.StoragePath, ct) is not var (content, properties)) return;
        await using var source = content;
        // Media is compressed already.
        var entry = zip.CreateEntry(name, IsText(output.ContentType) ? CompressionLevel.Fastest : CompressionLevel.NoCompression);
        entry.LastWriteTime = properties.LastModified;
        await using var target = await entry.OpenAsync(ct);
        await source.CopyToAsync(target, ct);
    }

    static bool IsText(string contentType) => contentType.StartsWith("text/", StringComparison.Ordinal) || contentType.StartsWith("application/json", StringComparison.Ordinal);

    /// <summary>A name that every system takes for a folder.</summary>
    static string FolderOf(string name)
    {
        var bare = Path.GetFileNameWithoutExtension(UploadIntake.SafeName(name));
        var safe = new string([.. bare.Select(c => char.IsLetterOrDigit(c) || " -_.,()".Contains(c, StringComparison.Ordinal) ? c : '_')]).Trim(' ', '.');
        if (safe.Length > NameLength) safe = safe[..NameLength].TrimEnd();
        return safe.Length == 0 ? "batch" : safe;
    }
}
