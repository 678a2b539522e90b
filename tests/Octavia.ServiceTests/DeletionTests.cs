using System.Net;
using Aspire.Hosting.Testing;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Files;
using Octavia.ServiceDefaults;
using Xunit;
using static Octavia.ServiceTests.Assertions;

namespace Octavia.ServiceTests;

public class DeletionTests(ServiceSystem system)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Deleting_leaves_no_row_and_no_blob()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateVideoJobAsync();
        var again = await client.CreateAsync(JobType.Transcribe, new() { FileId = Guid.Parse(Path.GetFileNameWithoutExtension(job.InputFile!)) });
        await client.ProcessAsync(job.Id);
        await system.Store.SaveAsync(MediaStore.JobPath(job.Id, "work/script.json"), new MemoryStream([1]), "application/json", default);

        await client.DeleteAsync(job.Id);
        await RefusesAsync(HttpStatusCode.NotFound, "job.not_found", () => client.GetAsync(job.Id));
        Assert.Empty(await system.BlobsAsync($"jobs/{job.Id}/"));
        Assert.Equal([job.InputFile!], await system.BlobsAsync($"uploads/{job.UserId}/"));
        Assert.Equal([CreditKind.Hold, CreditKind.Refund], (await system.LedgerAsync(job.Id)).Select(x => x.Kind));

        await client.DeleteAsync(again.Id);
        Assert.Empty(await system.BlobsAsync($"uploads/{job.UserId}/"));
        Assert.False(await system.WithDatabaseAsync(db => db.Files.IgnoreQueryFilters().AnyAsync(x => x.UserId == job.UserId)));
    }

    [Fact]
    public async Task What_broke_off_while_it_was_deleted_can_be_deleted_again()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateVideoJobAsync();
        await client.ProcessAsync(job.Id);
        var work = MediaStore.JobPath(job.Id, "work/script.json");
        await system.Store.SaveAsync(work, new MemoryStream([1]), "application/json", default);
        var lease = system.LeaseOf(work);
        await lease.AcquireAsync(TimeSpan.FromSeconds(60));
        await RefusesAsync(HttpStatusCode.InternalServerError, "internal", () => client.DeleteAsync(job.Id));
        Assert.Equal(JobStatus.Cancelled, (await client.GetAsync(job.Id)).Status);
        Assert.Equal(3600, (await client.CreditsAsync()).BalanceSeconds);

        await lease.ReleaseAsync();
        await client.DeleteAsync(job.Id);
        await RefusesAsync(HttpStatusCode.NotFound, "job.not_found", () => client.GetAsync(job.Id));
        Assert.Empty(await system.BlobsAsync($"jobs/{job.Id}/"));
        Assert.Empty(await system.BlobsAsync($"uploads/{job.UserId}/"));
        Assert.Equal([CreditKind.Hold, CreditKind.Refund], (await system.LedgerAsync(job.Id)).Select(x => x.Kind));
    }

    [Fact]
    public async Task Deleting_cancelling_and_queueing_at_the_same_time_lose_no_credits()
    {
        var client = await system.CreateUserAsync();
        for (var i = 0; i < 10; i++)
        {
            var job = await client.CreateTextJobAsync();
            Task[] calls = [client.ProcessAsync(job.Id), client.CancelAsync(job.Id), client.DeleteAsync(job.Id), client.DeleteAsync(job.Id)];
            foreach (var call in calls)
                Assert.True(await Record.ExceptionAsync(() => call) is null or OctaviaApiException { Code: "job.not_found" or "job.wrong_status" });
        }
        Assert.Equal(3600, (await client.CreditsAsync()).BalanceSeconds);
    }

    [Fact]
    public async Task What_was_begun_is_finished_also_when_the_client_has_gone()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateVideoJobAsync();
        await system.Store.SaveAsync(MediaStore.JobPath(job.Id, "work/script.json"), new MemoryStream([1]), "application/json", default);
        using var limit = new CancellationTokenSource(Patience);
        await using (var database = new NpgsqlConnection(await system.App.GetConnectionStringAsync(ResourceNames.Database, limit.Token)))
        {
            await database.OpenAsync(limit.Token);
            // Whoever holds the row keeps the deletion waiting.
            await using var transaction = await database.BeginTransactionAsync(limit.Token);
            await AskAsync(database, $"SELECT 1 FROM jobs WHERE id = '{job.Id}' FOR UPDATE", limit.Token);
            using var gone = new CancellationTokenSource();
            var delete = client.DeleteAsync(job.Id, gone.Token);
            while (await AskAsync(database, "SELECT 1 FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))", limit.Token) is null)
                await Task.Delay(20, limit.Token);
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delete);
            // Time for the server to see it.
            await Task.Delay(500, limit.Token);
        }
        while (await system.FindJobAsync(job.Id) is not null || (await system.BlobsAsync($"uploads/{job.UserId}/")).Count > 0)
        {
            Assert.False(limit.IsCancellationRequested, "The job was not deleted.");
            await Task.Delay(50);
        }
        Assert.Empty(await system.BlobsAsync($"jobs/{job.Id}/"));
    }

    static async Task<object?> AskAsync(NpgsqlConnection database, string query, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(query, database);
        return await command.ExecuteScalarAsync(ct);
    }
}
