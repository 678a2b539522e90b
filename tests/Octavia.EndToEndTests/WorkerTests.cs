using System.Text.Json;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Tests.Running;
using Xunit;
using static Octavia.EndToEndTests.WorkingSystem;

namespace Octavia.EndToEndTests;

[Collection(nameof(WorkingSystem))]
public class WorkerTests(WorkingSystem system)
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task A_job_whose_worker_is_killed_in_each_phase_finishes_once()
    {
        var (client, job) = await StartAsync(JobType.VideoTranslate);

        var killed = new Dictionary<JobPhase, int>();
        using var limit = new CancellationTokenSource(Patience);
        JobResponse last = job;
        await foreach (var state in client.FollowAsync(job.Id, limit.Token))
        {
            Assert.True(state.ProgressPercentage >= last.ProgressPercentage, "Progress went back.");
            last = state;
            if (state.Status != JobStatus.Processing || state.Phase is not { } phase || killed.ContainsKey(phase)) continue;
            if (killed.ContainsValue(state.Attempt) || WorkerOf(job.Id) is not { } pid) continue;
            killed[phase] = state.Attempt;
            await system.KillWorkerAsync(pid);
        }

        Assert.Equal((JobStatus.Completed, null), (last.Status, last.ErrorMessage));
        Assert.Equal(Enum.GetValues<JobPhase>(), killed.Keys.Order());
        Assert.Equal(killed.Count + 1, last.Attempt);
        Assert.Equal([CreditKind.Hold, CreditKind.Settle], (await system.LedgerAsync(job.Id)).Select(x => x.Kind));
        // The last worker spoke nothing again: all was spoken when the one before it was killed while assembling.
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(await DownloadAsync(client, job.Id, "report")));
        var lines = report.RootElement.GetProperty("versions")[0].GetProperty("lines");
        Assert.Equal(lines.GetProperty("placed").GetInt32(), lines.GetProperty("reused").GetInt32());
        Assert.True(lines.GetProperty("placed").GetInt32() > 1);
        Assert.Equal(2, (await Probe.OfAsync(await DownloadAsync(client, job.Id))).Streams.Count(x => x.StartsWith("audio", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_worker_that_wakes_after_its_job_was_taken_leaves_it_to_the_other()
    {
        var (client, job) = await StartAsync(JobType.VideoTranslate);
        using var limit = new CancellationTokenSource(Patience);
        int? frozen = null;
        JobResponse last = job;
        await foreach (var state in client.FollowAsync(job.Id, limit.Token))
        {
            last = state;
            if (state.Attempt == 1 && frozen is null && (frozen = WorkerOf(job.Id)) is not null) await Processes.SignalAsync("-STOP", frozen.Value);
            if (state.Attempt == 2 && frozen > 0) await Processes.SignalAsync("-CONT", frozen.Value);
            if (state.Attempt == 2) frozen = 0;
        }
        Assert.Equal((JobStatus.Completed, null, 2), (last.Status, last.ErrorMessage, last.Attempt));
        Assert.Equal(0, frozen);
        Assert.Equal([CreditKind.Hold, CreditKind.Settle], (await system.LedgerAsync(job.Id)).Select(x => x.Kind));
    }

    [Fact]
    public async Task Cancel_stops_the_worker_within_a_second()
    {
        var (client, job) = await StartAsync(JobType.VideoTranslate);
        using var limit = new CancellationTokenSource(Patience);
        await client.FollowAsync(job.Id, limit.Token).FirstAsync(x => x.ProgressPercentage > 0, limit.Token);
        Assert.NotNull(WorkerOf(job.Id));

        var clock = System.Diagnostics.Stopwatch.StartNew();
        await client.CancelAsync(job.Id);
        while (WorkerOf(job.Id) is not null && clock.Elapsed < TimeSpan.FromSeconds(10)) await Task.Delay(20, limit.Token);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 1);
        Assert.Equal(JobStatus.Cancelled, (await client.GetAsync(job.Id)).Status);
        Assert.Equal(3600, (await client.CreditsAsync()).BalanceSeconds);
    }

    [Fact]
    public async Task Deleting_a_running_job_leaves_no_blob()
    {
        var (client, job) = await StartAsync(JobType.VideoTranslate);
        using var limit = new CancellationTokenSource(Patience);
        await client.FollowAsync(job.Id, limit.Token).FirstAsync(x => x.ProgressPercentage > 0, limit.Token);
        await client.DeleteAsync(job.Id);
        while (WorkerOf(job.Id) is not null) await Task.Delay(50, limit.Token);
        await Task.Delay(500, limit.Token);
        Assert.Empty(await system.BlobsAsync($"jobs/{job.Id}/"));
        Assert.Empty(await system.BlobsAsync($"uploads/{job.UserId}/"));
    }

    [Theory]
    [InlineData(1, JobStatus.Completed, null)]
    [InlineData(2, JobStatus.Failed, "decoder.killed")]
    public async Task A_decoder_that_is_killed_gets_a_second_try(int kills, JobStatus end, string? code)
    {
        var (client, job) = await StartAsync(JobType.Transcribe);
        using var limit = new CancellationTokenSource(Patience);
        var last = EndAsync(client, job.Id);
        for (var killed = 0; killed < kills && !last.IsCompleted; await Task.Delay(20, limit.Token))
            if (KillDecoder($"{job.Id}-{killed + 1}")) killed++;
        Assert.Equal((end, code, 2), ((await last).Status, (await last).ErrorCode, (await last).Attempt));
        Assert.Equal(end == JobStatus.Failed ? CreditKind.Refund : CreditKind.Settle, (await system.LedgerAsync(job.Id))[^1].Kind);
    }

    /// <summary>Queues a job that is long enough to be interrupted, of a new user.</summary>
    async Task<(OctaviaClient Client, JobResponse Job)> StartAsync(JobType type)
    {
        var client = await system.CreateUserAsync();
        await using var content = File.OpenRead(await Media.LongVideoAsync());
        var file = await client.UploadAsync(content, "long.mp4");
        var job = await client.CreateAsync(type, new() { FileId = file.FileId, SourceLanguage = "en", TargetLanguage = type == JobType.Transcribe ? null : "es" });
        return (client, await client.ProcessAsync(job.Id));
    }

    /// <summary>Kills the ffmpeg that decodes the files of an attempt, as the kernel does when memory runs out.</summary>
    static bool KillDecoder(string attempt)
    {
        foreach (var process in System.Diagnostics.Process.GetProcessesByName("ffmpeg"))
        {
            using (process)
            {
                if (CommandOf(process.Id) is not { } command || !command.Contains(attempt, StringComparison.Ordinal) || !command.Contains("s16le", StringComparison.Ordinal)) continue;
                process.Kill();
                return true;
            }
        }
        return false;
    }

    static string? CommandOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (IOException)
        {
            return null;
        }
    }
}
