using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Octavia.Jobs.Client;
using Octavia.Jobs.Housekeeping;
using Octavia.Jobs.Queue;
using Octavia.Tests.Running;
using Xunit;

namespace Octavia.ServiceTests;

/// <summary>Jobs in the state that a test needs.</summary>
static class JobMaking
{
    public static async Task<JobResponse> CreateVideoJobAsync(this OctaviaClient client)
    {
        await using var content = File.OpenRead(await Media.VideoAsync());
        var file = await client.UploadAsync(content, "holiday.mp4");
        return await client.CreateAsync(JobType.VideoTranslate, new() { FileId = file.FileId, SourceLanguage = "en", TargetLanguage = "es" });
    }

    public static Task<JobResponse> CreateTextJobAsync(this OctaviaClient client, int length = 150) =>
        client.CreateAsync(JobType.Translate, new() { Text = new string('a', length), SourceLanguage = "en", TargetLanguage = "es" });

    public static async Task<JobResponse> CreateQueuedJobAsync(this OctaviaClient client) =>
        await client.ProcessAsync((await client.CreateTextJobAsync()).Id);

    /// <summary>A job with a film and its subtitles for results.</summary>
    public static async Task<JobResponse> CreateCompletedJobAsync(this OctaviaClient client, ServiceSystem system)
    {
        var job = await client.CreateQueuedJobAsync();
        await system.CompleteAsync(job);
        return await client.GetAsync(job.Id);
    }

    /// <summary>Does a queued job as a worker does, with a film and its subtitles for results.</summary>
    public static async Task CompleteAsync(this ServiceSystem system, JobResponse job)
    {
        var lease = await system.TakeAsync(job.Id);
        JobOutput[] outputs =
        [
            await StoreAsync("video", "holiday.es.mp4", "video/mp4", "the dubbed film", null),
            await StoreAsync("subtitles", "holiday.en.srt", "application/x-subrip", "hello", "en"),
            await StoreAsync("subtitles", "holiday.es.srt", "application/x-subrip", "hola", "es"),
            await StoreAsync("subtitles", "holiday.es.vtt", "text/vtt", "hola vtt", "es"),
            await StoreAsync("report", "report.json", "application/json", "{}", null),
        ];
        Assert.True(await lease.CompleteAsync(outputs[0].StoragePath, job.JobMetadata with { Outputs = outputs }, 1, default));

        async Task<JobOutput> StoreAsync(string kind, string name, string type, string text, string? language)
        {
            var path = $"jobs/{job.Id}/result/1/{name}";
            await system.Store.SaveAsync(path, new MemoryStream(Encoding.UTF8.GetBytes(text)), type, default);
            return new JobOutput(kind, path, type, text.Length, language);
        }
    }

    /// <summary>Takes a job as a worker does.</summary>
    public static async Task<JobLease> TakeAsync(this ServiceSystem system, Guid jobId)
    {
        var lease = await JobLease.TakeAsync(system.Scopes, system.Events, jobId, await system.HoldOfAsync(jobId), null, default);
        Assert.NotNull(lease);
        return lease;
    }

    public static async Task<Guid> HoldOfAsync(this ServiceSystem system, Guid jobId) => (await system.FindJobAsync(jobId))!.HoldId!.Value;

    public static Task KeepAsync(this ServiceSystem system) => system.WithHousekeeperAsync(keeper => keeper.KeepAsync(default));

    public static async Task WithHousekeeperAsync(this ServiceSystem system, Func<Housekeeper, Task> work)
    {
        await using var scope = system.Scopes.CreateAsyncScope();
        await work(scope.ServiceProvider.GetRequiredService<Housekeeper>());
    }
}
