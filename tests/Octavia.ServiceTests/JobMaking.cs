using Octavia.Jobs.Client;
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

    /// <summary>Takes a job as a worker does.</summary>
    public static async Task<JobLease> TakeAsync(this ServiceSystem system, Guid jobId)
    {
        var lease = await JobLease.TakeAsync(system.Scopes, system.Events, jobId, await system.HoldOfAsync(jobId), null, default);
        Assert.NotNull(lease);
        return lease;
    }

    public static async Task<Guid> HoldOfAsync(this ServiceSystem system, Guid jobId) => (await system.FindJobAsync(jobId))!.HoldId!.Value;
}
