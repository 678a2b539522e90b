using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.EntityFrameworkCore;
using Octavia.Jobs.Client;
using Octavia.Jobs.Files;
using Octavia.ServiceDefaults;
using Octavia.Tests.Running;

namespace Octavia.ChaosTests;

/// <summary>The whole system but its pages, with two workers on the real engine. Limits that keep one user from loading it are raised: this run is all users.</summary>
sealed class ChaosSystem(string workerFolder) : RunningSystem
{
    // Of a job's blobs: its script and takes.
    const string Work = "work/";

    /// <summary>Credits of a new user.</summary>
    public const long GrantSeconds = 3600;

    protected override IReadOnlyList<string> Needed => [ResourceNames.Api, ResourceNames.Worker];

    /// <summary>Where the workers keep the files of running jobs.</summary>
    public string WorkerFolder => workerFolder;

    protected override void Arrange(IDistributedApplicationTestingBuilder builder)
    {
        builder.Resources.Remove(builder.Resources.Single(x => x.Name == ResourceNames.Web));
        foreach (var name in Needed)
        {
            builder.CreateResourceBuilder((ProjectResource)builder.Resources.Single(x => x.Name == name))
                .WithEnvironment("Worker__TempFolder", workerFolder)
                .WithEnvironment("Accounts__GrantSeconds", $"{GrantSeconds}")
                .WithEnvironment("Accounts__UploadsPerMinute", "100000")
                .WithEnvironment("Accounts__AttemptsPerMinute", "100000");
        }
    }

    public int? WorkerOf(Guid jobId) => Processes.WorkerOf(workerFolder, jobId);

    /// <summary>Blobs that belong to no row.</summary>
    public async Task<IReadOnlyList<string>> OrphansAsync(CancellationToken ct)
    {
        var blobs = await BlobsAsync("");
        var (jobs, files) = await WithDatabaseAsync(async db => (
            (await db.Jobs.IgnoreQueryFilters().Select(x => x.Id).ToListAsync(ct)).ConvertAll(id => $"{id}").ToHashSet(),
            (await db.Files.IgnoreQueryFilters().Select(x => x.StoragePath).ToListAsync(ct)).ToHashSet()));
        return [.. blobs.Where(blob => !files.Contains(blob) && !(blob.Split('/') is ["jobs", var job, ..] && jobs.Contains(job)))];
    }

    /// <summary>Temp folders of workers that are dead, and of jobs that no worker has any more.</summary>
    public IReadOnlyList<string> Leftovers()
    {
        var root = Path.Combine(workerFolder, "octavia-worker");
        var own = Directory.Exists(root) ? Directory.GetDirectories(root) : [];
        return [.. own.Where(x => !Processes.IsAlive(int.Parse(Path.GetFileName(x)))), .. own.SelectMany(x => Directory.GetDirectories(x))];
    }

    /// <summary>Lines that are spoken, by the script that was stored last: what the next worker has to speak no more.</summary>
    public async Task<int> SavedTakesAsync(Guid jobId, CancellationToken ct)
    {
        if (await Store.OpenAsync(MediaStore.JobPath(jobId, $"{Work}script.json"), ct) is not var (content, _)) return 0;
        await using (content)
        {
            using var script = await System.Text.Json.JsonDocument.ParseAsync(content, cancellationToken: ct);
            var blobs = await BlobsAsync(MediaStore.JobPath(jobId, Work));
            return script.RootElement.GetProperty("utterances").EnumerateArray()
                .Count(line => line.TryGetProperty("take", out var take) && blobs.Contains(MediaStore.JobPath(jobId, Work + take.GetProperty("file").GetString())));
        }
    }

    /// <summary>Uploads a file for a new job of it.</summary>
    public static async Task<JobResponse> CreateAsync(OctaviaClient user, string file, JobType type, CancellationToken ct)
    {
        await using var content = File.OpenRead(file);
        var stored = await user.UploadAsync(content, Path.GetFileName(file), ct: ct);
        return await user.CreateAsync(type, new() { FileId = stored.FileId, SourceLanguage = "en", TargetLanguage = type == JobType.Transcribe ? null : "es" }, ct: ct);
    }
}
