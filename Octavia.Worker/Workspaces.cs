using System.Diagnostics;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.Options;
using Octavia.Dubbing;
using Octavia.Jobs.Client;
using Octavia.Jobs.Files;
using Octavia.Jobs.Queue;

namespace Octavia.Worker;

/// <summary>Temp folders of running jobs, under the id of the process that owns them.</summary>
sealed class Workspaces(MediaStore media, IOptions<WorkerOptions> options, ILogger<Workspaces> logger) : IHostedService
{
    readonly string root = Path.Combine(options.Value.TempFolder ?? Path.GetTempPath(), "octavia-worker");

    string Own => Path.Combine(root, $"{Environment.ProcessId}");

    /// <summary>Deletes what workers left that were killed.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(root);
        foreach (var folder in Directory.EnumerateDirectories(root).Where(IsStale))
        {
            logger.LogInformation("Deleting what a worker that is gone left in {Folder}", folder);
            Delete(folder);
        }
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Delete(Own);
        return Task.CompletedTask;
    }

    public Workspace Open(Job job) =>
        new(media, job, Path.Combine(Own, $"{job.Id}-{job.Attempt}"));

    // Two workers that start together may find the same folder.
    static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            return;
        }
    }

    static bool IsStale(string folder)
    {
        if (!int.TryParse(Path.GetFileName(folder), out var pid)) return false;
        if (pid == Environment.ProcessId) return true;
        try
        {
            using var process = Process.GetProcessById(pid);
            return false;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }
}

/// <summary>The files of one run: fetched from the store, handed to the engine, stored again. Deleted at the end.</summary>
sealed class Workspace(MediaStore media, Job job, string folder) : IDisposable
{
    static readonly FileExtensionContentTypeProvider ContentTypes = new()
    {
        Mappings =
        {
            [".srt"] = "application/x-subrip; charset=utf-8",
            [".vtt"] = "text/vtt; charset=utf-8",
            [".ass"] = "text/x-ssa; charset=utf-8",
            [".txt"] = "text/plain; charset=utf-8",
            [".mkv"] = "video/x-matroska",
            [".opus"] = "audio/ogg",
            [".flac"] = "audio/flac",
            [".m4a"] = "audio/mp4",
        },
    };

    public string Input { get; } = Path.Combine(folder, "input" + Path.GetExtension(job.InputFile));

    public string WorkFolder { get; } = Path.Combine(folder, "work");

    public string OutputFolder { get; } = Path.Combine(folder, "result");

    string WorkPrefix => MediaStore.JobPath(job.Id, "work/");

    /// <summary>Fetches the input, and the script and takes of an earlier attempt.</summary>
    public async Task FetchAsync(CancellationToken ct)
    {
        Directory.CreateDirectory(WorkFolder);
        Directory.CreateDirectory(OutputFolder);
        await media.FetchFileAsync(job.InputFile, Input, ct);
        await foreach (var path in media.ListAsync(WorkPrefix, ct))
            await media.FetchFileAsync(path, Path.Combine(WorkFolder, path[WorkPrefix.Length..]), ct);
    }

    /// <summary>Stores what changed in the work folder, for the worker that may have to continue.</summary>
    public async Task SaveWorkAsync(IReadOnlyList<string> paths, CancellationToken ct)
    {
        // The script comes last: it names the takes, so they are there when it is.
        foreach (var path in paths.OrderBy(x => x.EndsWith(".json", StringComparison.Ordinal)))
            await media.SaveFileAsync(WorkPrefix + path.Replace('\\', '/'), Path.Combine(WorkFolder, path), "application/octet-stream", ct);
    }

    /// <summary>Stores the results, in a folder of this attempt: an attempt that lost its job overwrites nothing.</summary>
    public async Task<IReadOnlyList<JobOutput>> SaveResultAsync(DubbingResult result, CancellationToken ct)
    {
        var outputs = new List<JobOutput>();
        foreach (var artifact in result.Artifacts) outputs.Add(await SaveAsync(artifact, artifact.Kind, ct));
        return outputs;
    }

    /// <summary>Stores one file.</summary>
    public async Task<JobOutput> SaveAsync(Artifact artifact, string kind, CancellationToken ct)
    {
        var output = new JobOutput(kind, PathOf(artifact), ContentType(artifact.Path), new FileInfo(artifact.Path).Length, artifact.Language);
        await media.SaveFileAsync(output.StoragePath, artifact.Path, output.ContentType, ct);
        return output;
    }

    public string PathOf(Artifact artifact) => MediaStore.JobPath(job.Id, $"result/{job.Attempt}/{Path.GetFileName(artifact.Path)}");

    public void Dispose()
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    static string ContentType(string path) =>
        ContentTypes.TryGetContentType(path, out var type) ? type : "application/octet-stream";
}
