using System.Net;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Tests.Running;
using Xunit;
using static Octavia.ServiceTests.Assertions;

namespace Octavia.ServiceTests;

public class PreviewTests(ServiceSystem system)
{
    [Fact]
    public async Task A_part_costs_its_seconds_and_the_job_waits_again()
    {
        var client = await system.CreateUserAsync();
        await using var receiver = await Receiver.StartAsync();
        await client.CreateWebhookAsync(receiver.Address);
        var job = await CreateAsync(client);
        var queued = await client.PreviewAsync(job.Id, new PreviewRequest(2, 5));
        Assert.Equal((JobStatus.Queued, new JobPreview(2, 5, Running: true)), (queued.Status, queued.JobMetadata.Preview));
        await RefusesAsync(HttpStatusCode.BadRequest, "job.wrong_status", () => client.PreviewAsync(job.Id, new PreviewRequest(2, 5)));
        await RefusesAsync(HttpStatusCode.NotFound, "artifact.not_found", () => client.DownloadAsync(job.Id, "preview"));

        var lease = await system.TakeAsync(job.Id);
        Assert.True(lease.Job.IsPreview);
        var file = new JobOutput("preview", $"jobs/{job.Id}/result/1/holiday.preview.es.mp4", "video/mp4", 10, "es");
        await system.Store.SaveAsync(file.StoragePath, new MemoryStream("five words"u8.ToArray()), file.ContentType, default);
        Assert.True(await lease.CompletePreviewAsync(file, 4.2, default));
        Assert.Equal([(CreditKind.Hold, -5), (CreditKind.Settle, 0)], await system.LedgerAsync(job.Id));
        var pending = await client.GetAsync(job.Id);
        Assert.Equal((JobStatus.Pending, 0, null, null, null), (pending.Status, pending.ProgressPercentage, pending.Phase, pending.StartedAt, pending.CompletedAt));
        Assert.Equal(new JobPreview(2, 5, Running: false), pending.JobMetadata.Preview);
        Assert.Equal(["preview"], pending.Artifacts);
        using (var response = await client.DownloadAsync(job.Id, "preview")) Assert.Equal("five words", await response.Content.ReadAsStringAsync());
        await RefusesAsync(HttpStatusCode.Conflict, "job.not_completed", () => client.DownloadAsync(job.Id));
        // Its worker is over it.
        Assert.False(await lease.HoldsAsync(default));

        var whole = await client.ProcessAsync(job.Id);
        Assert.Equal((JobStatus.Queued, false), (whole.Status, whole.JobMetadata.Preview!.Running));
        var second = await system.TakeAsync(job.Id);
        Assert.False(second.Job.IsPreview);
        Assert.True(await second.CompleteAsync("jobs/right", second.Job.JobMetadata, 9, default));
        Assert.Equal([(CreditKind.Hold, -5), (CreditKind.Settle, 0), (CreditKind.Hold, -CostOf(job)), (CreditKind.Settle, CostOf(job) - 9)], await system.LedgerAsync(job.Id));
        // Of the part nobody is told: the job was not over.
        Assert.Contains("job.completed", Assert.Single(await receiver.WaitAsync(1)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_previewed_is_started_as_before()
    {
        var client = await system.CreateUserAsync();
        var job = await CreateAsync(client);
        await client.PreviewAsync(job.Id, new PreviewRequest());
        var lease = await system.TakeAsync(job.Id);
        Assert.True(await lease.FailAsync("input.no_speech", "Nobody speaks in it.", default));
        var pending = await client.GetAsync(job.Id);
        Assert.Equal((JobStatus.Pending, "input.no_speech", false), (pending.Status, pending.ErrorCode, pending.JobMetadata.Preview!.Running));
        // The whole of it is shorter than what was asked for.
        Assert.Equal([(CreditKind.Hold, -CostOf(job)), (CreditKind.Refund, CostOf(job))], await system.LedgerAsync(job.Id));
        var queued = await client.ProcessAsync(job.Id);
        Assert.Equal((JobStatus.Queued, null), (queued.Status, queued.ErrorCode));
    }

    [Fact]
    public async Task A_cancel_ends_the_job_also_during_its_preview()
    {
        var client = await system.CreateUserAsync();
        var job = await CreateAsync(client);
        await client.PreviewAsync(job.Id, new PreviewRequest());
        var lease = await system.TakeAsync(job.Id);
        var cancelled = await client.CancelAsync(job.Id);
        Assert.Equal((JobStatus.Cancelled, false), (cancelled.Status, cancelled.JobMetadata.Preview!.Running));
        Assert.False(await lease.CompletePreviewAsync(new JobOutput("preview", "x", "video/mp4", 1), 5, default));
        Assert.Equal([(CreditKind.Hold, -CostOf(job)), (CreditKind.Refund, CostOf(job))], await system.LedgerAsync(job.Id));
    }

    [Fact]
    public async Task What_has_failed_as_a_whole_has_no_preview()
    {
        var client = await system.CreateUserAsync();
        var job = await CreateAsync(client);
        await client.ProcessAsync(job.Id);
        Assert.True(await (await system.TakeAsync(job.Id)).FailAsync("engine.failure", "Something broke while this was processed.", default));
        await RefusesAsync(HttpStatusCode.BadRequest, "job.wrong_status", () => client.PreviewAsync(job.Id, new PreviewRequest()));
        Assert.Equal(JobStatus.Queued, (await client.ProcessAsync(job.Id)).Status);
    }

    [Theory]
    [InlineData(-1, 5)]
    [InlineData(0, 0.5)]
    [InlineData(0, 61)]
    [InlineData(10, 5)]
    public async Task A_part_that_is_none_is_refused(double start, double seconds)
    {
        var client = await system.CreateUserAsync();
        var job = await CreateAsync(client);
        await RefusesAsync(HttpStatusCode.BadRequest, "preview.part_invalid", () => client.PreviewAsync(job.Id, new PreviewRequest(start, seconds)));
    }

    [Fact]
    public async Task Only_a_dub_has_a_preview()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateTextJobAsync();
        await RefusesAsync(HttpStatusCode.BadRequest, "preview.not_a_dub", () => client.PreviewAsync(job.Id, new PreviewRequest()));
    }

    static long CostOf(JobResponse job) => job.JobMetadata.CostOf(job.JobMetadata.MediaSeconds);

    static async Task<JobResponse> CreateAsync(OctaviaClient client)
    {
        await using var content = File.OpenRead(await Media.LiveAsync(10));
        var file = await client.UploadAsync(content, "holiday.mkv");
        return await client.CreateAsync(JobType.VideoTranslate, new() { FileId = file.FileId, SourceLanguage = "en", TargetLanguage = "es" });
    }
}
