using System.IO.Compression;
using System.Net;
using Microsoft.EntityFrameworkCore;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Tests.Running;
using Xunit;
using static Octavia.ServiceTests.Assertions;

namespace Octavia.ServiceTests;

public class BatchTests(ServiceSystem system)
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    static readonly CreateJobRequest ToSpanish = new() { SourceLanguage = "en", TargetLanguage = "es" };

    [Fact]
    public async Task Files_and_addresses_become_jobs_in_several_languages_that_are_started()
    {
        var user = await system.CreateUserAsync();
        await using var site = await Site.StartAsync();
        var request = new CreateBatchRequest
        {
            Items = [new(await UploadAsync(user, "one.mp4")), new(Url: site.Address("film.mp4"))],
            Options = new() { TargetLanguages = ["es", "en"] },
        };
        var batch = await user.CreateBatchAsync(request, "once");
        Assert.Equal(("one.mp4 and 1 more", JobType.VideoTranslate, true), (batch.Name, batch.JobType, batch.Start));
        // A lost answer makes no second batch.
        Assert.Equal(batch.Id, (await user.CreateBatchAsync(request, "once")).Id);
        Assert.Equal(1, (await user.BatchesAsync()).Total);

        batch = await WaitAsync(user, batch.Id, x => x.Items.All(item => item.Job?.Status == JobStatus.Queued));
        Assert.Equal(["one.mp4", "film.mp4"], batch.Items.Select(x => x.Name));
        Assert.All(batch.Items, item =>
        {
            Assert.Equal((BatchItemState.Made, item.Id), (item.State, item.Job!.Id));
            Assert.Equal(["es", "en"], item.Job.TargetLanguages);
        });
        Assert.Equal(2, (await user.ListAsync()).Total);
    }

    [Fact]
    public async Task Jobs_are_started_in_their_order_as_the_plan_has_room()
    {
        var user = await system.CreateUserAsync();
        var file = await UploadAsync(user, "one.mp4");
        var batch = await user.CreateBatchAsync(new() { Name = "Seven", Items = [.. Enumerable.Repeat(new BatchInput(file), 7)], Options = ToSpanish });
        var room = new PlanOptions().Free.JobsAtOnce;
        batch = await WaitAsync(user, batch.Id, x => Queued(x).Count() == room && x.Items.Any(item => item.Job?.Status == JobStatus.Pending));
        Assert.Equal(Enumerable.Range(0, room), Queued(batch));
        for (var next = room; next < 7; next++)
        {
            await user.CancelAsync(batch.Items[next - room].Id);
            batch = await WaitAsync(user, batch.Id, x => Queued(x).Count() == room);
            Assert.Equal(next, Queued(batch).Last());
        }

        static IEnumerable<int> Queued(BatchResponse batch) => batch.Items.Index().Where(x => x.Item.Job?.Status == JobStatus.Queued).Select(x => x.Index);
    }

    [Fact]
    public async Task What_is_wrong_with_one_item_is_told_there_and_the_others_go_on()
    {
        var user = await system.CreateUserAsync();
        await using var site = await Site.StartAsync();
        var text = await user.UploadAsync(new MemoryStream("Hello"u8.ToArray()), "a.txt", "text");
        var batch = await user.CreateBatchAsync(new()
        {
            Items = [new(Url: site.Address("missing.mp4")), new(text.FileId), new(Url: "http://10.0.0.1/a.mp4"), new(await UploadAsync(user, "one.mp4"))],
            Options = ToSpanish,
        });
        batch = await WaitAsync(user, batch.Id, x => x.Items.All(item => item.State is BatchItemState.Made or BatchItemState.Failed));
        Assert.Equal(["import.unreachable", "job.input_wrong", "import.address_refused", null], batch.Items.Select(x => x.ErrorCode));
        Assert.All(batch.Items.SkipLast(1), item => Assert.Matches(@"^[A-Z].{15,}[.]$", item.ErrorMessage));
        Assert.Equal(JobStatus.Queued, batch.Items[3].Job!.Status);
        Assert.Equal((4, 0, 3, false), (await user.BatchesAsync()).Items.Select(x => (x.Items, x.Completed, x.Failed, x.IsOver)).Single());
    }

    [Fact]
    public async Task Without_credits_the_job_waits_for_somebody_and_the_item_says_why()
    {
        var user = await system.CreateUserAsync();
        var id = (await user.AccountAsync()).UserId;
        var file = await UploadAsync(user, "one.mp4");
        await system.WithDatabaseAsync(db => db.GrantAsync(id, -3600, id, "all of it", null, default));
        var batch = await user.CreateBatchAsync(new() { Items = [new(file)], Options = ToSpanish });
        batch = await WaitAsync(user, batch.Id, x => x.Items[0].State == BatchItemState.Failed);
        Assert.Equal(("credits.insufficient", JobStatus.Pending), (batch.Items[0].ErrorCode, batch.Items[0].Job!.Status));
    }

    [Fact]
    public async Task What_is_wrong_with_all_is_refused_and_makes_nothing()
    {
        var user = await system.CreateUserAsync();
        var file = await UploadAsync(user, "one.mp4");
        var others = await UploadAsync(await system.CreateUserAsync(), "theirs.mp4");
        await RefusesAsync(HttpStatusCode.BadRequest, "batch.count", () => user.CreateBatchAsync(new() { Items = [], Options = ToSpanish }));
        await RefusesAsync(HttpStatusCode.BadRequest, "batch.count", () => user.CreateBatchAsync(new() { Items = [.. Enumerable.Repeat(new BatchInput(file), 101)], Options = ToSpanish }));
        await RefusesAsync(HttpStatusCode.BadRequest, "batch.item_invalid", () => user.CreateBatchAsync(new() { Items = [new(file), new()], Options = ToSpanish }));
        await RefusesAsync(HttpStatusCode.BadRequest, "batch.item_invalid", () => user.CreateBatchAsync(new() { Items = [new(file, "https://example.org/a.mp4")], Options = ToSpanish }));
        await RefusesAsync(HttpStatusCode.BadRequest, "import.address_invalid", () => user.CreateBatchAsync(new() { Items = [new(Url: "file:///etc/passwd")], Options = ToSpanish }));
        await RefusesAsync(HttpStatusCode.NotFound, "file.not_found", () => user.CreateBatchAsync(new() { Items = [new(file), new(others)], Options = ToSpanish }));
        await RefusesAsync(HttpStatusCode.BadRequest, "language.unknown", () => user.CreateBatchAsync(new() { Items = [new(file)], Options = ToSpanish with { TargetLanguage = "xx" } }));
        await RefusesAsync(HttpStatusCode.BadRequest, "batch.input_in_options", () => user.CreateBatchAsync(new() { Items = [new(file)], Options = ToSpanish with { FileId = file } }));
        await RefusesAsync(HttpStatusCode.BadRequest, "batch.name_invalid", () => user.CreateBatchAsync(new() { Name = new string('x', 201), Items = [new(file)], Options = ToSpanish }));
        Assert.Equal((0, 0), ((await user.BatchesAsync()).Total, (await user.ListAsync()).Total));
    }

    [Fact]
    public async Task Cancelled_all_that_is_left_is_cancelled_and_credits_are_given_back()
    {
        var user = await system.CreateUserAsync();
        await using var site = await Site.StartAsync();
        var file = await UploadAsync(user, "one.mp4");
        var batch = await user.CreateBatchAsync(new()
        {
            Items = [.. Enumerable.Repeat(new BatchInput(file), 6), new(Url: site.Address("endless"))],
            Options = ToSpanish,
        });
        batch = await WaitAsync(user, batch.Id, x => x.Items.Count(item => item.Job?.Status == JobStatus.Queued) == 5);
        await system.CompleteAsync(batch.Items[0].Job!);
        await user.CancelBatchAsync(batch.Id);
        batch = await WaitAsync(user, batch.Id, x => x.Items.All(item => item.IsOver));
        Assert.Equal(JobStatus.Completed, batch.Items[0].Job!.Status);
        Assert.All(batch.Items.Skip(1), item => Assert.True(item.Job is null or { Status: JobStatus.Cancelled }, $"{item}"));
        Assert.Equal(3599, (await user.CreditsAsync()).BalanceSeconds);
        Assert.True((await user.BatchesAsync()).Items[0].IsOver);
        // And it stays so.
        await Task.Delay(TimeSpan.FromSeconds(5));
        Assert.Equal(batch.Items.Select(x => x.Job?.Status), (await user.BatchAsync(batch.Id)).Items.Select(x => x.Job?.Status));
    }

    [Fact]
    public async Task Deleted_it_leaves_nothing()
    {
        var user = await system.CreateUserAsync();
        var id = (await user.AccountAsync()).UserId;
        var batch = await user.CreateBatchAsync(new() { Items = [new(await UploadAsync(user, "one.mp4")), new(await UploadAsync(user, "two.mp4"))], Options = ToSpanish });
        batch = await WaitAsync(user, batch.Id, x => x.Items.All(item => item.Job?.Status == JobStatus.Queued));
        await system.CompleteAsync(batch.Items[0].Job!);
        await user.DeleteBatchAsync(batch.Id);
        await RefusesAsync(HttpStatusCode.NotFound, "batch.not_found", () => user.BatchAsync(batch.Id));
        Assert.Equal((0, 0), ((await user.BatchesAsync()).Total, (await user.ListAsync()).Total));
        Assert.Empty(await system.BlobsAsync($"uploads/{id}/"));
        foreach (var item in batch.Items) Assert.Empty(await system.BlobsAsync($"jobs/{item.Id}/"));
        Assert.Equal(0, await system.WithDatabaseAsync(db => db.BatchItems.IgnoreQueryFilters().CountAsync(x => x.BatchId == batch.Id)));
    }

    [Fact]
    public async Task Results_come_as_one_zip()
    {
        var user = await system.CreateUserAsync();
        var batch = await user.CreateBatchAsync(new()
        {
            Name = "Two: films?",
            Items = [new(await UploadAsync(user, "one.mp4")), new(await UploadAsync(user, "one.mp4")), new(await UploadAsync(user, "three.mp4"))],
            Options = ToSpanish,
        });
        batch = await WaitAsync(user, batch.Id, x => x.Items.All(item => item.Job?.Status == JobStatus.Queued));
        await RefusesAsync(HttpStatusCode.Conflict, "batch.nothing_done", () => user.DownloadBatchAsync(batch.Id));
        foreach (var item in batch.Items.Take(2)) await system.CompleteAsync(item.Job!);

        using var response = await user.DownloadBatchAsync(batch.Id);
        Assert.Equal(("application/zip", "Two_ films_.zip"), (response.Content.Headers.ContentType!.MediaType, response.Content.Headers.ContentDisposition!.FileName!.Trim('"')));
        await using var zip = new ZipArchive(new MemoryStream(await response.Content.ReadAsByteArrayAsync()));
        Assert.Equal(["001 one/holiday.en.srt", "001 one/holiday.es.mp4", "001 one/holiday.es.srt", "001 one/holiday.es.vtt", "001 one/report.json"],
            zip.Entries.Select(x => x.FullName).Where(x => x.StartsWith("001", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(10, zip.Entries.Count);
        using var reader = new StreamReader(await zip.GetEntry("002 one/holiday.es.mp4")!.OpenAsync());
        Assert.Equal("the dubbed film", await reader.ReadToEndAsync());
    }

    static async Task<Guid> UploadAsync(OctaviaClient user, string name)
    {
        await using var content = File.OpenRead(await Media.VideoAsync());
        return (await user.UploadAsync(content, name)).FileId;
    }

    static async Task<BatchResponse> WaitAsync(OctaviaClient user, Guid id, Func<BatchResponse, bool> until)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            var batch = await user.BatchAsync(id, limit.Token);
            if (until(batch)) return batch;
            try
            {
                await Task.Delay(100, limit.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"It stays at {string.Join(", ", batch.Items.Select(x => $"{x.State} {x.ErrorCode} {x.Job?.Status}"))}.");
            }
        }
    }
}
