using System.Net;
using Aspire.Hosting.Testing;
using Hangfire;
using Microsoft.EntityFrameworkCore;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Queue;
using Octavia.ServiceDefaults;
using Xunit;
using static Octavia.ServiceTests.Assertions;

namespace Octavia.ServiceTests;

public class LeaseTests(ServiceSystem system)
{
    [Fact]
    public async Task A_worker_that_lost_its_job_writes_nothing()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateQueuedJobAsync();
        var frozen = await system.TakeAsync(job.Id);
        frozen.Publish(JobPhase.Translating, 40, "Translating");
        Assert.True(await frozen.SaveProgressAsync(default));

        var second = await system.TakeAsync(job.Id);
        Assert.Equal((1, 2), (frozen.Job.Attempt, second.Job.Attempt));
        Assert.False(await frozen.HoldsAsync(default));
        Assert.False(await frozen.SaveProgressAsync(default));
        Assert.False(await frozen.CompleteAsync("jobs/wrong", frozen.Job.JobMetadata, 1, default));
        Assert.False(await frozen.FailAsync("engine.failure", "It broke.", default));

        Assert.True(await second.CompleteAsync("jobs/right", second.Job.JobMetadata, 4.2, default));
        Assert.False(await frozen.FailAsync("engine.failure", "It broke.", default));
        Assert.False(await second.FailAsync("engine.failure", "It broke.", default));
        var row = await system.FindJobAsync(job.Id);
        Assert.Equal((JobStatus.Completed, "jobs/right", 100.0), (row!.Status, row.OutputFile, row.ProgressPercentage));
        Assert.Equal([(CreditKind.Hold, -10), (CreditKind.Settle, 5)], await system.LedgerAsync(job.Id));
        Assert.Equal(3595, (await client.CreditsAsync()).BalanceSeconds);
    }

    [Fact]
    public async Task A_job_that_lost_its_worker_is_the_next_however_many_wait()
    {
        var client = await system.CreateUserAsync();
        await client.CreateQueuedJobAsync();
        var lost = await client.CreateQueuedJobAsync();
        await client.CreateQueuedJobAsync();
        await system.TakeAsync(lost.Id);
        await FetchedAsync(lost.Id, secondsAgo: 10);
        await system.WithDatabaseAsync(db => db.PutFirstAsync(default));
        // Its worker may be well.
        Assert.False(await IsNextAsync(lost.Id));
        await FetchedAsync(lost.Id, secondsAgo: 60);
        await system.WithDatabaseAsync(db => db.PutFirstAsync(default));
        Assert.True(await IsNextAsync(lost.Id));

        // What a worker that died has left in the queue.
        Task<int> FetchedAsync(Guid id, int secondsAgo) => system.WithDatabaseAsync(db => db.Database.ExecuteSqlAsync(
            $"UPDATE hangfire.jobqueue SET fetchedat = NOW() - make_interval(secs => {secondsAgo}) WHERE jobid IN (SELECT id FROM hangfire.job WHERE arguments::text LIKE {$"%{id}%"})"));

        // As a worker that is free asks; it gives back what it gets.
        async Task<bool> IsNextAsync(Guid id)
        {
            using var connection = HangfireQueue.Storage((await system.App.GetConnectionStringAsync(ResourceNames.Database))!).GetConnection();
            using var fetched = connection.FetchNextJob([.. HangfireQueue.Lanes], CancellationToken.None);
            var isNext = connection.GetJobData(fetched.JobId).Job.Args.Contains(id);
            fetched.Requeue();
            return isNext;
        }
    }

    [Fact]
    public async Task What_fails_is_refunded_and_can_be_queued_again_and_old_entries_take_nothing()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateQueuedJobAsync();
        var stale = await system.HoldOfAsync(job.Id);
        var lease = await system.TakeAsync(job.Id);
        Assert.True(await lease.FailAsync("input.silent", "There is no speech in it.", default));
        var failed = await client.GetAsync(job.Id);
        Assert.Equal((JobStatus.Failed, "input.silent", "There is no speech in it."), (failed.Status, failed.ErrorCode, failed.ErrorMessage));
        Assert.Equal(3600, (await client.CreditsAsync()).BalanceSeconds);

        var queued = await client.ProcessAsync(job.Id);
        Assert.Equal((JobStatus.Queued, null, null), (queued.Status, queued.ErrorCode, queued.ErrorMessage));
        Assert.Null(await JobLease.TakeAsync(system.Scopes, system.Events, job.Id, stale, null, default));
        var second = await system.TakeAsync(job.Id);
        Assert.Equal((2, 1), (second.Job.Attempt, second.Job.Tries));
        Assert.True(await second.CompleteAsync("jobs/right", second.Job.JobMetadata, 1000, default));
        Assert.Equal(
            [(CreditKind.Hold, -10), (CreditKind.Refund, 10), (CreditKind.Hold, -10), (CreditKind.Settle, 0)], await system.LedgerAsync(job.Id));
    }

    [Fact]
    public async Task What_is_cancelled_while_it_runs_is_over_at_once()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateQueuedJobAsync();
        var lease = await system.TakeAsync(job.Id);
        Assert.Equal(JobStatus.Processing, (await client.GetAsync(job.Id)).Status);
        await client.CancelAsync(job.Id);
        Assert.False(await lease.HoldsAsync(default));
        Assert.False(await lease.CompleteAsync("jobs/right", lease.Job.JobMetadata, 1, default));
        Assert.Equal([(CreditKind.Hold, -10), (CreditKind.Refund, 10)], await system.LedgerAsync(job.Id));
        Assert.Null(await JobLease.TakeAsync(system.Scopes, system.Events, job.Id, lease.Job.HoldId!.Value, null, default));
    }

    [Fact]
    public async Task Cancel_and_completion_at_the_same_time_settle_once()
    {
        var client = await system.CreateUserAsync();
        for (var i = 0; i < 5; i++)
        {
            var job = await client.CreateQueuedJobAsync();
            var lease = await system.TakeAsync(job.Id);
            var cancel = CancelAsync(client, job.Id);
            var complete = lease.CompleteAsync("jobs/right", lease.Job.JobMetadata, 10, default);
            Assert.NotEqual(await cancel, await complete);
            Assert.Equal(2, (await system.LedgerAsync(job.Id)).Count);
        }
    }

    [Fact]
    public async Task Progress_does_not_go_back_when_another_worker_begins_again()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateQueuedJobAsync();
        var first = await system.TakeAsync(job.Id);
        first.Publish(JobPhase.Synthesizing, 70, "Speaking");
        Assert.True(await first.SaveProgressAsync(default));
        first.Publish(JobPhase.Synthesizing, 75, "Speaking");
        var second = await system.TakeAsync(job.Id);
        Assert.Equal(75, (await client.GetAsync(job.Id)).ProgressPercentage);
        second.Publish(JobPhase.Transcribing, 5, "Listening");
        Assert.True(await second.SaveProgressAsync(default));
        var row = await client.GetAsync(job.Id);
        Assert.Equal((JobPhase.Synthesizing, 75.0, "Listening"), (row.Phase, row.ProgressPercentage, row.CurrentStep));
    }

    static async Task<bool> CancelAsync(OctaviaClient client, Guid id)
    {
        try
        {
            await client.CancelAsync(id);
            return true;
        }
        catch (OctaviaApiException e) when (e.Status == HttpStatusCode.BadRequest)
        {
            return false;
        }
    }
}
