using System.Net;
using Microsoft.EntityFrameworkCore;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Xunit;
using static Octavia.ServiceTests.Assertions;

namespace Octavia.ServiceTests;

public class IdempotencyTests(ServiceSystem system)
{
    static readonly CreateJobRequest Wish = new() { Text = "Hello", SourceLanguage = "en", TargetLanguage = "es" };

    [Fact]
    public async Task A_wish_that_is_sent_again_makes_no_second_job()
    {
        var user = await system.CreateUserAsync();
        var key = NewKey();
        var first = await user.CreateAsync(JobType.Translate, Wish, key);
        var again = await user.CreateAsync(JobType.Translate, Wish, key);
        Assert.Equal((first.Id, first.CreatedAt), (again.Id, again.CreatedAt));
        Assert.Equal(1, (await user.ListAsync()).Total);
        Assert.NotEqual(first.Id, (await user.CreateAsync(JobType.Translate, Wish, NewKey())).Id);
    }

    [Fact]
    public async Task Of_many_at_once_one_makes_the_job_and_the_others_hear_of_it()
    {
        var user = await system.CreateUserAsync();
        var key = NewKey();
        var ids = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            while (true)
            {
                try
                {
                    return (await user.CreateAsync(JobType.Translate, Wish, key)).Id;
                }
                catch (OctaviaApiException e) when (e.Code == "idempotency.in_progress")
                {
                    await Task.Delay(50);
                }
            }
        }));
        Assert.Single(ids.Distinct());
        Assert.Equal(1, (await user.ListAsync()).Total);
    }

    [Fact]
    public async Task Queueing_again_with_the_key_is_the_same_answer_and_without_it_an_error()
    {
        var user = await system.CreateUserAsync();
        var job = await user.CreateTextJobAsync();
        var key = NewKey();
        using var http = system.Http(user);
        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"api/v1/jobs/{job.Id}/process") { Headers = { { OctaviaClient.IdempotencyKey, key } } };
            using var response = await http.SendAsync(request);
            Assert.Equal((HttpStatusCode.Accepted, $"/api/v1/jobs/{job.Id}"), (response.StatusCode, response.Headers.Location?.ToString()));
            Assert.Equal(i == 1, response.Headers.Contains("Idempotency-Replayed"));
            Assert.Contains("\"queued\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        Assert.Equal([(CreditKind.Hold, -10)], await system.LedgerAsync(job.Id));
        await RefusesAsync(HttpStatusCode.BadRequest, "job.wrong_status", () => user.ProcessAsync(job.Id));
    }

    [Fact]
    public async Task A_key_stands_for_one_request_of_one_user()
    {
        var user = await system.CreateUserAsync();
        var other = await system.CreateUserAsync();
        var key = NewKey();
        var job = await user.CreateAsync(JobType.Translate, Wish, key);
        await RefusesAsync(HttpStatusCode.UnprocessableEntity, "idempotency.key_reused", () => user.CreateAsync(JobType.Translate, Wish with { Text = "Bye" }, key));
        await RefusesAsync(HttpStatusCode.UnprocessableEntity, "idempotency.key_reused", () => user.ProcessAsync(job.Id, key));
        Assert.NotEqual(job.Id, (await other.CreateAsync(JobType.Translate, Wish, key)).Id);
        foreach (var wrong in new[] { "two words", new string('a', 201) })
            await RefusesAsync(HttpStatusCode.BadRequest, "idempotency.key_invalid", () => user.CreateAsync(JobType.Translate, Wish, wrong));
    }

    [Fact]
    public async Task What_was_refused_may_be_tried_again_with_its_key()
    {
        var user = await system.CreateUserAsync();
        var id = (await user.AccountAsync()).UserId;
        var job = await user.CreateTextJobAsync(length: 60_000);
        var key = NewKey();
        await RefusesAsync(HttpStatusCode.PaymentRequired, "credits.insufficient", () => user.ProcessAsync(job.Id, key));
        await system.WithDatabaseAsync(db => db.GrantAsync(id, 3600, Guid.Empty, null, null, default));
        Assert.Equal(JobStatus.Queued, (await user.ProcessAsync(job.Id, key)).Status);
    }

    [Fact]
    public async Task A_grant_that_is_sent_again_is_given_once()
    {
        var admin = await system.CreateUserAsync();
        var id = (await admin.AccountAsync()).UserId;
        await system.WithDatabaseAsync(db => db.Users.Where(x => x.Id == id).ExecuteUpdateAsync(set => set.SetProperty(x => x.Role, UserRole.Admin)));
        var key = NewKey();
        Assert.Equal((await admin.GrantAsync(id, new(60), key)).Id, (await admin.GrantAsync(id, new(60), key)).Id);
        Assert.Equal(3660, (await admin.CreditsAsync()).BalanceSeconds);
    }

    [Fact]
    public async Task A_request_that_died_on_the_way_holds_its_key_for_two_minutes_only()
    {
        var user = await system.CreateUserAsync();
        var key = NewKey();
        var job = await user.CreateAsync(JobType.Translate, Wish, key);
        await CutOffAsync(user, key, DateTimeOffset.UtcNow, Guid.NewGuid());
        await RefusesAsync(HttpStatusCode.Conflict, "idempotency.in_progress", () => user.CreateAsync(JobType.Translate, Wish, key));
        await CutOffAsync(user, key, DateTimeOffset.UtcNow.AddMinutes(-3), Guid.NewGuid());
        await RefusesAsync(HttpStatusCode.UnprocessableEntity, "idempotency.key_reused", () => user.CreateAsync(JobType.Translate, Wish with { Text = "Bye" }, key));
        Assert.NotEqual(job.Id, (await user.CreateAsync(JobType.Translate, Wish, key)).Id);
    }

    [Fact]
    public async Task A_request_that_died_after_its_work_was_done_is_not_done_again()
    {
        var admin = await system.CreateUserAsync();
        var id = (await admin.AccountAsync()).UserId;
        await system.WithDatabaseAsync(db => db.Users.Where(x => x.Id == id).ExecuteUpdateAsync(set => set.SetProperty(x => x.Role, UserRole.Admin)));
        var (create, grant) = (NewKey(), NewKey());
        var job = await admin.CreateAsync(JobType.Translate, Wish, create);
        var entry = await admin.GrantAsync(id, new(60), grant);
        await CutOffAsync(admin, create, DateTimeOffset.UtcNow.AddMinutes(-3), job.Id);
        await CutOffAsync(admin, grant, DateTimeOffset.UtcNow.AddMinutes(-3), entry.Id);
        Assert.Equal(job.Id, (await admin.CreateAsync(JobType.Translate, Wish, create)).Id);
        Assert.Equal(entry.Id, (await admin.GrantAsync(id, new(60), grant)).Id);
        Assert.Equal((1, 3660), ((await admin.ListAsync()).Total, (await admin.CreditsAsync()).BalanceSeconds));
    }

    /// <summary>The key as a request leaves it that was begun at a time and has not come to its answer.</summary>
    async Task CutOffAsync(OctaviaClient user, string key, DateTimeOffset begun, Guid work)
    {
        var id = (await user.AccountAsync()).UserId;
        await system.WithDatabaseAsync(db => db.IdempotentRequests.IgnoreQueryFilters().Where(x => x.UserId == id && x.Key == key)
            .ExecuteUpdateAsync(set => set.SetProperty(x => x.Status, (int?)null).SetProperty(x => x.CreatedAt, begun).SetProperty(x => x.Location, $"{work}")));
    }

    static string NewKey() => Guid.NewGuid().ToString();
}
