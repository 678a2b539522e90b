using System.Net;
using Microsoft.EntityFrameworkCore;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Files;
using Xunit;
using static Octavia.ServiceTests.Assertions;

namespace Octavia.ServiceTests;

public class HousekeepingTests(ServiceSystem system)
{
    static readonly PlanOptions Plans = new();

    [Fact]
    public async Task Jobs_go_when_their_plan_keeps_them_no_longer()
    {
        var user = await system.CreateUserAsync();
        var (old, recent, running) = (await user.CreateCompletedJobAsync(system), await user.CreateCompletedJobAsync(system), await user.CreateQueuedJobAsync());
        await system.TakeAsync(running.Id);
        await AgeAsync(old.Id, Plans.Free.RetentionDays + 1);
        await AgeAsync(recent.Id, Plans.Free.RetentionDays - 1);
        await AgeAsync(running.Id, Plans.Free.RetentionDays + 1);

        await system.KeepAsync();

        await RefusesAsync(HttpStatusCode.NotFound, "job.not_found", () => user.GetAsync(old.Id));
        Assert.Empty(await system.BlobsAsync($"jobs/{old.Id}/"));
        Assert.Equal(JobStatus.Completed, (await user.GetAsync(recent.Id)).Status);
        Assert.NotEmpty(await system.BlobsAsync($"jobs/{recent.Id}/"));
        Assert.Equal(JobStatus.Processing, (await user.GetAsync(running.Id)).Status);
        // What they cost stays in the ledger.
        Assert.Contains((await user.LedgerAsync()).Items, entry => entry.JobId == old.Id);
    }

    [Fact]
    public async Task One_that_cannot_be_deleted_now_keeps_none_of_the_others()
    {
        var user = await system.CreateUserAsync();
        var (stuck, free) = (await user.CreateCompletedJobAsync(system), await user.CreateCompletedJobAsync(system));
        await AgeAsync(stuck.Id, Plans.Free.RetentionDays + 2);
        await AgeAsync(free.Id, Plans.Free.RetentionDays + 1);
        var lease = system.LeaseOf((await system.BlobsAsync($"jobs/{stuck.Id}/"))[0]);
        await lease.AcquireAsync(TimeSpan.FromSeconds(60));
        await system.KeepAsync();
        await user.GetAsync(stuck.Id);
        await RefusesAsync(HttpStatusCode.NotFound, "job.not_found", () => user.GetAsync(free.Id));
        await lease.ReleaseAsync();
        await system.KeepAsync();
        await RefusesAsync(HttpStatusCode.NotFound, "job.not_found", () => user.GetAsync(stuck.Id));
    }

    [Fact]
    public async Task Who_pays_keeps_them_longer()
    {
        var user = await system.CreateUserAsync();
        var id = (await user.AccountAsync()).UserId;
        await system.WithDatabaseAsync(db => db.ChangeUserAsync(id, null, Plan.Paid, default));
        var job = await user.CreateCompletedJobAsync(system);
        await AgeAsync(job.Id, Plans.Free.RetentionDays + 1);
        await system.KeepAsync();
        await user.GetAsync(job.Id);
        await AgeAsync(job.Id, Plans.Paid.RetentionDays + 1);
        await system.KeepAsync();
        await RefusesAsync(HttpStatusCode.NotFound, "job.not_found", () => user.GetAsync(job.Id));
    }

    [Fact]
    public async Task An_upload_goes_that_no_job_was_made_of_and_with_its_last_job()
    {
        var user = await system.CreateUserAsync();
        var (job, unused) = (await user.CreateVideoJobAsync(), await user.CreateVideoJobAsync());
        await user.CancelAsync(job.Id);
        // As one whose job was deleted by somebody who was stopped half way.
        await system.WithDatabaseAsync(db => db.Jobs.IgnoreQueryFilters().Where(x => x.Id == unused.Id).ExecuteDeleteAsync());
        await AgeAsync(job.Id, Plans.Free.RetentionDays + 1);
        Assert.Equal(2, (await system.BlobsAsync($"uploads/{job.UserId}/")).Count);

        await system.KeepAsync();

        Assert.Empty(await system.BlobsAsync($"uploads/{job.UserId}/"));
        Assert.False(await system.WithDatabaseAsync(db => db.Files.IgnoreQueryFilters().AnyAsync(x => x.UserId == job.UserId)));
    }

    [Fact]
    public async Task Blobs_go_that_no_row_names()
    {
        var user = await system.CreateUserAsync();
        var job = await user.CreateVideoJobAsync();
        await SaveAsync(MediaStore.JobPath(job.Id, "work/script.json"));
        var (gone, lost) = (Guid.NewGuid(), MediaStore.UploadPath(job.UserId, FileType.Video, Guid.NewGuid(), ".mp4"));
        await SaveAsync(MediaStore.JobPath(gone, "work/script.json"));
        await SaveAsync(lost);
        foreach (var prefix in new[] { $"jobs/{job.Id}/", $"jobs/{gone}/", $"uploads/{job.UserId}/" })
        {
            // What was written just now may get its row yet.
            await system.WithHousekeeperAsync(keeper => keeper.SweepAsync(prefix, DateTimeOffset.UtcNow.AddHours(-1), default));
            Assert.NotEmpty(await system.BlobsAsync(prefix));
            await system.WithHousekeeperAsync(keeper => keeper.SweepAsync(prefix, DateTimeOffset.UtcNow.AddMinutes(1), default));
        }
        Assert.NotEmpty(await system.BlobsAsync($"jobs/{job.Id}/"));
        Assert.Empty(await system.BlobsAsync($"jobs/{gone}/"));
        Assert.Equal([job.InputFile!], await system.BlobsAsync($"uploads/{job.UserId}/"));
    }

    [Fact]
    public async Task However_many_blobs_there_are_only_those_go_that_no_row_names()
    {
        var user = await system.CreateUserAsync();
        var job = await user.CreateVideoJobAsync();
        // Beside it in the list: nobody else's blobs lie between.
        var common = $"{job.Id}"[..^1];
        var gone = Guid.Parse(common + (job.Id.ToString()[^1] == '0' ? '1' : '0'));
        string[] paths =
        [
            .. Enumerable.Range(0, 350).Select(i => MediaStore.JobPath(gone, $"work/takes/{i:0000}.wav")),
            .. Enumerable.Range(0, 350).Select(i => MediaStore.JobPath(job.Id, $"work/takes/{i:0000}.wav")),
        ];
        await Parallel.ForEachAsync(paths, async (path, _) => await SaveAsync(path));
        await system.WithHousekeeperAsync(keeper => keeper.SweepAsync($"jobs/{common}", DateTimeOffset.UtcNow.AddMinutes(1), default));
        Assert.Empty(await system.BlobsAsync($"jobs/{gone}/"));
        Assert.Equal(350, (await system.BlobsAsync($"jobs/{job.Id}/")).Count);
    }

    Task SaveAsync(string path) => system.Store.SaveAsync(path, new MemoryStream([1]), "application/octet-stream", default);

    // The job, and all uploads of its owner.
    Task<int> AgeAsync(Guid jobId, int days) => system.WithDatabaseAsync(async db =>
    {
        await db.Database.ExecuteSqlAsync($"UPDATE jobs SET created_at = created_at - make_interval(days => {days}), completed_at = completed_at - make_interval(days => {days}) WHERE id = {jobId}");
        return await db.Database.ExecuteSqlAsync($"UPDATE files SET created_at = created_at - make_interval(days => {days}) WHERE user_id = (SELECT user_id FROM jobs WHERE id = {jobId})");
    });
}
