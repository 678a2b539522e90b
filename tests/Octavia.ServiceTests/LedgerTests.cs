using Microsoft.EntityFrameworkCore;
using Npgsql;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Xunit;

namespace Octavia.ServiceTests;

public class LedgerTests(ServiceSystem system)
{
    [Fact]
    public async Task A_job_settles_by_what_it_was_and_the_ledger_tells_all_of_it()
    {
        var user = await system.CreateUserAsync();
        var job = await user.CreateTextJobAsync(length: 1500);
        await user.ProcessAsync(job.Id);
        var lease = await system.TakeAsync(job.Id);
        Assert.True(await lease.CompleteAsync("jobs/right", lease.Job.JobMetadata, 41.2, default));
        // A worker that was taken for dead settles nothing a second time.
        Assert.False(await lease.CompleteAsync("jobs/right", lease.Job.JobMetadata, 41.2, default));
        var page = await user.LedgerAsync();
        Assert.Equal([("settle", 58, job.Id), ("hold", -100, job.Id), ("grant", 3600, null)], page.Items.Select(x => (x.Kind, x.Seconds, x.JobId)));
        Assert.Equal(3558, (await user.CreditsAsync()).BalanceSeconds);
        Assert.Equal(42, (await user.AccountAsync()).UsedSecondsThisMonth);
    }

    [Fact]
    public async Task What_was_held_in_another_month_and_goes_back_in_this_one_makes_no_room()
    {
        var user = await system.CreateUserAsync();
        var id = (await user.AccountAsync()).UserId;
        await system.WithDatabaseAsync(async db =>
        {
            var hold = new CreditEntry { Id = Guid.CreateVersion7(), UserId = id, Kind = CreditKind.Hold, Seconds = -600, CreatedAt = DateTimeOffset.UtcNow.AddDays(-40) };
            db.Credits.Add(hold);
            db.Credits.Add(new CreditEntry { Id = Guid.CreateVersion7(), UserId = id, Kind = CreditKind.Refund, Seconds = 600, HoldId = hold.Id, CreatedAt = DateTimeOffset.UtcNow });
            return await db.SaveChangesAsync();
        });
        Assert.Equal((0, 3600), ((await user.AccountAsync()).UsedSecondsThisMonth, (await user.CreditsAsync()).BalanceSeconds));
    }

    [Fact]
    public async Task A_job_that_took_more_than_was_held_takes_no_more()
    {
        var user = await system.CreateUserAsync();
        var job = await user.CreateTextJobAsync(length: 54_000);
        await user.ProcessAsync(job.Id);
        Assert.Equal(0, (await user.CreditsAsync()).BalanceSeconds);
        var lease = await system.TakeAsync(job.Id);
        Assert.True(await lease.CompleteAsync("jobs/right", lease.Job.JobMetadata, 4000, default));
        Assert.Equal(0, (await user.CreditsAsync()).BalanceSeconds);
    }

    [Fact]
    public async Task Whatever_happens_at_the_same_time_the_balance_is_never_below_nothing()
    {
        var user = await system.CreateUserAsync();
        var userId = (await user.AccountAsync()).UserId;
        // Each takes 800 of 3600: four fit, and room is made and taken again while it goes on.
        var jobs = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => user.CreateTextJobAsync(length: 15 * 800)));
        using var over = new CancellationTokenSource();
        var lowest = LowestAsync(userId, over.Token);
        for (var round = 0; round < 4; round++)
            await Task.WhenAll(jobs.Select(async (job, i) =>
            {
                await AllowAsync(() => user.ProcessAsync(job.Id));
                if ((i + round) % 3 == 0) await AllowAsync(() => FailAsync(job.Id));
            }));
        await Task.WhenAll(jobs.Select(job => AllowAsync(() => user.ProcessAsync(job.Id))));
        await over.CancelAsync();
        Assert.InRange(await lowest, 0, 3600);
        var balance = (await user.CreditsAsync()).BalanceSeconds;
        var held = 0;
        foreach (var job in jobs)
            if ((await user.GetAsync(job.Id)).Status is JobStatus.Queued or JobStatus.Processing) held++;
        Assert.Equal(3600 - (800 * held), balance);
        Assert.Equal(4, held);
    }

    [Fact]
    public async Task Nobody_changes_or_deletes_an_entry_of_the_ledger()
    {
        var user = await system.CreateUserAsync();
        var id = Assert.Single((await user.LedgerAsync()).Items).Id;
        var entry = (Octavia.Jobs.OctaviaDbContext db) => db.Credits.IgnoreQueryFilters().Where(x => x.Id == id);
        await Assert.ThrowsAsync<PostgresException>(() => system.WithDatabaseAsync(
            db => entry(db).ExecuteUpdateAsync(set => set.SetProperty(x => x.Seconds, 1_000_000))));
        await Assert.ThrowsAsync<PostgresException>(() => system.WithDatabaseAsync(db => entry(db).ExecuteDeleteAsync()));
        Assert.Equal(3600, (await user.CreditsAsync()).BalanceSeconds);
    }

    /// <summary>A worker gives up on the job: its credits go back, and it may be queued again.</summary>
    async Task FailAsync(Guid jobId)
    {
        if (await system.FindJobAsync(jobId) is not { Status: JobStatus.Queued }) return;
        await (await system.TakeAsync(jobId)).FailAsync("engine.failure", "Something broke.", default);
    }

    async Task<long> LowestAsync(Guid userId, CancellationToken ct)
    {
        var lowest = long.MaxValue;
        while (!ct.IsCancellationRequested)
            lowest = Math.Min(lowest, await system.WithDatabaseAsync(db => db.BalanceAsync(userId, CancellationToken.None)));
        return lowest;
    }

    static async Task AllowAsync(Func<Task> call)
    {
        var error = await Record.ExceptionAsync(call);
        Assert.True(error is null or OctaviaApiException { Code: "credits.insufficient" or "job.wrong_status" or "plan.jobs_at_once" }, error?.ToString());
    }
}
