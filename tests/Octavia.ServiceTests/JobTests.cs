using System.Diagnostics;
using System.Net;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Octavia.Jobs;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Files;
using Octavia.Tests.Running;
using Xunit;
using static Octavia.ServiceTests.Assertions;

namespace Octavia.ServiceTests;

public class JobTests(ServiceSystem system)
{
    [Fact]
    public async Task A_job_is_created_queued_and_cancelled()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateVideoJobAsync();
        Assert.Equal((JobStatus.Pending, "holiday.mp4", "en", "es", 0), (job.Status, job.Filename, job.SourceLanguage, job.TargetLanguage, job.Attempt));
        Assert.InRange(job.JobMetadata.MediaSeconds, 2.9, 3.2);

        var queued = await client.ProcessAsync(job.Id);
        Assert.Equal(JobStatus.Queued, queued.Status);
        Assert.InRange((await client.CreditsAsync()).BalanceSeconds, 3596, 3597);
        await RefusesAsync(HttpStatusCode.BadRequest, "job.wrong_status", () => client.ProcessAsync(job.Id));

        var cancelled = await client.CancelAsync(job.Id);
        Assert.Equal(JobStatus.Cancelled, cancelled.Status);
        Assert.NotNull(cancelled.CompletedAt);
        Assert.Equal(3600, (await client.CreditsAsync()).BalanceSeconds);
        await RefusesAsync(HttpStatusCode.BadRequest, "job.wrong_status", () => client.CancelAsync(job.Id));
        await RefusesAsync(HttpStatusCode.BadRequest, "job.wrong_status", () => client.ProcessAsync(job.Id));
    }

    [Fact]
    public async Task Process_answers_202()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateTextJobAsync();
        using var http = system.Http(client);
        using var response = await http.PostAsync($"api/v1/jobs/{job.Id}/process", null);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    [Fact]
    public async Task Without_credits_nothing_is_queued()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateTextJobAsync(length: 60_000);
        await RefusesAsync(HttpStatusCode.PaymentRequired, "credits.insufficient", () => client.ProcessAsync(job.Id));
        Assert.Equal(JobStatus.Pending, (await client.GetAsync(job.Id)).Status);
        Assert.Empty(await system.LedgerAsync(job.Id));
    }

    [Fact]
    public async Task Many_jobs_at_once_never_take_more_than_there_is()
    {
        var client = await system.CreateUserAsync();
        var jobs = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.CreateTextJobAsync(length: 15 * 1000)));
        var queued = await Task.WhenAll(jobs.Select(async job =>
        {
            try
            {
                await client.ProcessAsync(job.Id);
                return true;
            }
            catch (OctaviaApiException e) when (e.Code == "credits.insufficient")
            {
                return false;
            }
        }));
        Assert.Equal(3, queued.Count(x => x));
        Assert.Equal(600, (await client.CreditsAsync()).BalanceSeconds);
    }

    [Fact]
    public async Task A_failed_enqueue_leaves_the_job_and_the_credits_as_they_were()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateTextJobAsync();
        var refusal =
            $$"""
            CREATE OR REPLACE FUNCTION refuse_entry() RETURNS trigger LANGUAGE plpgsql AS $f$
            BEGIN
                IF EXISTS (SELECT 1 FROM hangfire.job WHERE id = NEW.jobid AND arguments::text LIKE '%{{job.Id}}%') THEN
                    RAISE EXCEPTION 'refused by a test';
                END IF;
                RETURN NEW;
            END $f$;
            CREATE TRIGGER refuse_entry BEFORE INSERT ON hangfire.jobqueue FOR EACH ROW EXECUTE FUNCTION refuse_entry();
            """;
        await system.WithDatabaseAsync(db => db.Database.ExecuteSqlRawAsync(refusal));
        try
        {
            await RefusesAsync(HttpStatusCode.InternalServerError, "internal", () => client.ProcessAsync(job.Id));
        }
        finally
        {
            await system.WithDatabaseAsync(db => db.Database.ExecuteSqlRawAsync("DROP TRIGGER refuse_entry ON hangfire.jobqueue"));
        }
        Assert.Equal(JobStatus.Pending, (await client.GetAsync(job.Id)).Status);
        Assert.Empty(await system.LedgerAsync(job.Id));
        Assert.Equal(0, await EntriesAsync(job.Id));

        await client.ProcessAsync(job.Id);
        Assert.Equal(1, await EntriesAsync(job.Id));
        Assert.Equal([(CreditKind.Hold, -10)], await system.LedgerAsync(job.Id));
    }

    [Fact]
    public async Task The_list_is_paged_latest_first()
    {
        var client = await system.CreateUserAsync();
        var ids = new List<Guid>();
        for (var i = 0; i < 3; i++) ids.Add((await client.CreateTextJobAsync()).Id);
        ids.Reverse();
        var first = await client.ListAsync(1, 2);
        var second = await client.ListAsync(2, 2);
        Assert.Equal(3, first.Total);
        Assert.Equal(ids, [.. first.Items.Select(x => x.Id), .. second.Items.Select(x => x.Id)]);
        await RefusesAsync(HttpStatusCode.BadRequest, "jobs.page_invalid", () => client.ListAsync(0));
    }

    public static TheoryData<JobType, CreateJobRequest, string> Senseless => new()
    {
        { JobType.VideoTranslate, new() { TargetLanguage = "es" }, "job.input_missing" },
        { JobType.Translate, new() { TargetLanguage = "es", SourceLanguage = "en", Text = " " }, "job.input_missing" },
        { JobType.Translate, new() { Text = "a" }, "language.missing" },
        { JobType.Translate, new() { Text = "a", TargetLanguage = "xx", SourceLanguage = "en" }, "language.unknown" },
        { JobType.Translate, new() { Text = "a", TargetLanguage = "es", SourceLanguage = "klingon" }, "language.unknown" },
        { JobType.Translate, new() { Text = "a", TargetLanguage = "en", SourceLanguage = "English" }, "language.pair_unsupported" },
        { JobType.Translate, new() { Text = "a", TargetLanguage = "de", SourceLanguage = "en" }, "language.pair_unsupported" },
        { JobType.Translate, new() { Text = "a", TargetLanguage = "es" }, "language.missing" },
        { JobType.Synthesize, new() { Text = "a", TargetLanguage = "la" }, "language.pair_unsupported" },
        { JobType.Translate, new() { Text = "a", TargetLanguage = "es", SourceLanguage = "en", Quality = "divine" }, "job.quality_unknown" },
        { JobType.Synthesize, new() { Text = new string('a', 100_001), TargetLanguage = "es" }, "input.too_long" },
    };

    [Theory]
    [MemberData(nameof(Senseless), DisableDiscoveryEnumeration = true)]
    public async Task What_makes_no_sense_is_refused(JobType type, CreateJobRequest request, string code)
    {
        var client = await system.CreateUserAsync();
        await RefusesAsync(HttpStatusCode.BadRequest, code, () => client.CreateAsync(type, request));
        Assert.Equal(0, (await client.ListAsync()).Total);
    }

    [Fact]
    public async Task A_job_takes_only_files_of_its_kind()
    {
        var client = await system.CreateUserAsync();
        var text = await client.UploadAsync(new MemoryStream("Hello"u8.ToArray()), "a.txt", "text");
        await RefusesAsync(HttpStatusCode.BadRequest, "job.input_wrong", () =>
            client.CreateAsync(JobType.VideoTranslate, new() { FileId = text.FileId, TargetLanguage = "es" }));
        Assert.Equal(JobStatus.Pending, (await client.CreateAsync(JobType.Synthesize, new() { FileId = text.FileId, TargetLanguage = "es" })).Status);
    }

    [Theory]
    [InlineData("1\n00:00:01,000 --> 00:00:02,000\nHello\n\n2\n05:00:00,000 --> 05:00:09,500\nHello\n", 18009)]
    [InlineData("WEBVTT\r\r05:00:00.000 --> 01:00.000\rHello\r", 18000)]
    [InlineData("Hello, from the shop that is open from 10:00 to 23:00.", 4)]
    public async Task Speech_costs_as_long_as_it_lasts(string text, double seconds)
    {
        var client = await system.CreateUserAsync();
        var file = await client.UploadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), "a.txt", "text");
        var written = await client.CreateAsync(JobType.Synthesize, new() { Text = text, TargetLanguage = "es" });
        var uploaded = await client.CreateAsync(JobType.Synthesize, new() { FileId = file.FileId, TargetLanguage = "es" });
        Assert.Equal((seconds, seconds), (written.JobMetadata.MediaSeconds, uploaded.JobMetadata.MediaSeconds));
        if (seconds > 3600) await RefusesAsync(HttpStatusCode.PaymentRequired, "credits.insufficient", () => client.ProcessAsync(uploaded.Id));
        // A translation is paid by its words.
        var translated = await client.CreateAsync(JobType.Translate, new() { FileId = file.FileId, SourceLanguage = "en", TargetLanguage = "es" });
        Assert.InRange(translated.JobMetadata.MediaSeconds, 1, 10);
    }

    [Fact]
    public async Task A_context_out_of_the_pool_belongs_to_nobody()
    {
        await using var services = new ServiceCollection()
            .AddDbContextPool<OctaviaDbContext>(options => options.UseNpgsql(), poolSize: 1).BuildServiceProvider();
        OctaviaDbContext used;
        await using (var scope = services.CreateAsyncScope())
        {
            used = scope.ServiceProvider.GetRequiredService<OctaviaDbContext>();
            used.OwnerId = Guid.NewGuid();
        }
        await using var next = services.CreateAsyncScope();
        var again = next.ServiceProvider.GetRequiredService<OctaviaDbContext>();
        Assert.Same(used, again);
        Assert.Equal(Guid.Empty, again.OwnerId);
    }

    [Fact]
    public async Task Languages_are_what_the_workers_say()
    {
        var client = await system.CreateUserAsync();
        var languages = await client.LanguagesAsync();
        Assert.Equal(["English", "German", "Spanish"], languages.Sources.Select(x => x.Name));
        Assert.Equal(["en", "es"], languages.Targets.Select(x => x.Code));
    }

    [Fact]
    public async Task A_job_continues_the_trace_of_its_upload()
    {
        var client = await system.CreateUserAsync();
        await using var content = File.OpenRead(await Media.VideoAsync());
        // Carried along by HttpClient, to this request only.
        var activity = new Activity("a test").SetIdFormat(ActivityIdFormat.W3C).Start();
        activity.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        var file = await client.UploadAsync(content, "a.mp4");
        activity.Stop();
        var job = await client.CreateAsync(JobType.Transcribe, new() { FileId = file.FileId });
        await client.ProcessAsync(job.Id);
        Assert.StartsWith($"00-{activity.TraceId}-", (await system.FindJobAsync(job.Id))!.TraceParent, StringComparison.Ordinal);
    }

    Task<int> EntriesAsync(Guid jobId) => system.WithDatabaseAsync(db => db.Database
        .SqlQuery<int>($"SELECT COUNT(*)::int AS \"Value\" FROM hangfire.job WHERE arguments::text LIKE {"%" + jobId + "%"}").SingleAsync());
}
