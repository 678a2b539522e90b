using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Net.Http.Headers;
using Octavia.Api.Accounts;
using Octavia.Api.Operations;
using Octavia.Jobs;
using Octavia.Jobs.Client;
using Octavia.Jobs.Files;

namespace Octavia.Api.Downloads;

static class DownloadsApi
{
    public static void MapDownloads(this RouteGroupBuilder api) =>
        api.MapMethods("/download/{id:guid}", [HttpMethods.Get, HttpMethods.Head], DownloadAsync)
            .WithName("download").WithTags("Downloads").ProducesProblem(409).WithMetadata(new TakesLink(Bearer: false));

    /// <summary>The result, or one artifact of it; of several files of a kind, the one of <paramref name="language"/> and <paramref name="format"/>.</summary>
    static async Task<FileStreamHttpResult> DownloadAsync(
        Guid id, string? artifact, string? language, string? format, OctaviaDbContext db, MediaStore media, CancellationToken ct)
    {
        var job = await db.Jobs.AsNoTracking().SingleOrDefaultAsync(x => x.Id == id, ct)
            ?? throw Refusal.NotFound("job.not_found", "There is no such job.");
        // A part that was dubbed first is there before the whole.
        if (job.Status != JobStatus.Completed && artifact != JobOutput.Preview)
            throw new Refusal(409, "job.not_completed", "This job has no result yet; wait until it is completed.");
        var output = artifact is null
            ? job.JobMetadata.Outputs.Single(x => x.StoragePath == job.OutputFile)
            : Choose(job.JobMetadata.Outputs, artifact, language ?? job.JobMetadata.TargetLanguage, format)
                ?? throw Refusal.NotFound("artifact.not_found", Missing(job.JobMetadata.Outputs));
        if (await media.OpenAsync(output.StoragePath, ct) is not var (content, properties))
            throw Refusal.NotFound("artifact.gone", "This file is no longer kept.");
        return TypedResults.Stream(
            content,
            output.ContentType,
            Path.GetFileName(output.StoragePath),
            properties.LastModified,
            new EntityTagHeaderValue(properties.ETag.ToString("H")),
            enableRangeProcessing: true);
    }

    static JobOutput? Choose(IReadOnlyList<JobOutput> outputs, string artifact, string? language, string? format) => outputs
        .Where(x => x.Kind == artifact)
        .Where(x => format is null || x.StoragePath.EndsWith('.' + format, StringComparison.OrdinalIgnoreCase))
        .OrderByDescending(x => x.Language == language)
        .FirstOrDefault();

    static string Missing(IReadOnlyList<JobOutput> outputs) =>
        outputs.Count == 0 ? "This job has made no file yet." : $"This job made no such file; it made: {string.Join(", ", outputs.Select(x => x.Kind).Distinct())}.";
}
