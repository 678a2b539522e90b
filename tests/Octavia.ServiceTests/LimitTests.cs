using System.Net;
using Microsoft.EntityFrameworkCore;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Tests.Running;
using Xunit;
using static Octavia.ServiceTests.Assertions;

namespace Octavia.ServiceTests;

/// <summary>How often and how much: rates of one user, and what the plans give.</summary>
public class LimitTests(ServiceSystem system)
{
    [Fact]
    public async Task Who_creates_too_often_is_told_when_to_come_again_and_nobody_else_waits()
    {
        var busy = await system.CreateUserAsync();
        var other = await system.CreateUserAsync();
        using var http = system.Http(busy);
        await AssertLimitedAsync(61, () => http.PostAsync("api/v1/jobs/transcribe/create", new StringContent("{}", null, "application/json")));
        await other.CreateTextJobAsync();
        // What is not limited goes on.
        await busy.CreditsAsync();
    }

    [Fact]
    public async Task Who_uploads_too_often_is_told_when_to_come_again()
    {
        var busy = await system.CreateUserAsync();
        using var http = system.Http(busy);
        await AssertLimitedAsync(31, () => http.PostAsync("api/v1/upload/from-url", new StringContent("""{"url":"nowhere"}""", null, "application/json")));
        // One count for both ways in.
        var refusal = await Assert.ThrowsAsync<OctaviaApiException>(() => busy.UploadAsync(new MemoryStream("Hello"u8.ToArray()), "x", "text"));
        Assert.Equal(HttpStatusCode.TooManyRequests, refusal.Status);
    }

    [Fact]
    public async Task Who_is_locked_out_is_told_for_how_long()
    {
        var email = $"{Guid.NewGuid():N}@example.org";
        await system.CreateClient().RegisterAsync(email, "a long enough one");
        using var http = system.Http();
        for (var i = 0; i < 10; i++) (await LoginAsync()).Dispose();
        using var locked = await LoginAsync();
        Assert.Equal(HttpStatusCode.TooManyRequests, locked.StatusCode);
        await AssertProblemAsync(locked, "account.locked");
        Assert.InRange(locked.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 200, 300);

        Task<HttpResponseMessage> LoginAsync() =>
            http.PostAsync("api/v1/auth/login", new StringContent($$"""{"email":"{{email}}","password":"not this one"}""", null, "application/json"));
    }

    [Fact]
    public async Task Guesses_that_come_at_once_are_all_counted()
    {
        var client = system.CreateClient();
        var tokens = await client.RegisterAsync($"{Guid.NewGuid():N}@example.org", "a long enough one");
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Record.ExceptionAsync(() => client.LoginAsync(tokens.Email, "not this one")).AsTask()));
        // No more passwords are looked at than of guesses that come in turn.
        Assert.Equal(10, answers.Count(x => x is OctaviaApiException { Code: "account.wrong_credentials" }));
        Assert.Equal(30, answers.Count(x => x is OctaviaApiException { Code: "account.locked" }));
        await RefusesAsync(HttpStatusCode.TooManyRequests, "account.locked", () => client.LoginAsync(tokens.Email, "a long enough one"));
        // Nor is the password found out, or the account deleted, by whoever has a session.
        client.AccessToken = tokens.AccessToken;
        await RefusesAsync(HttpStatusCode.TooManyRequests, "account.locked", () => client.ChangePasswordAsync("a long enough one", "another long one"));
        await RefusesAsync(HttpStatusCode.TooManyRequests, "account.locked", () => client.DeleteAccountAsync("a long enough one"));
    }

    [Fact]
    public async Task A_plan_lets_so_many_jobs_wait_and_run()
    {
        var user = await system.CreateUserAsync();
        var jobs = await Task.WhenAll(Enumerable.Range(0, 9).Select(_ => user.CreateTextJobAsync()));
        var queued = await Task.WhenAll(jobs.Select(async job => await Record.ExceptionAsync(() => user.ProcessAsync(job.Id)) switch
        {
            null => true,
            OctaviaApiException { Code: "plan.jobs_at_once" } => false,
            var other => throw other,
        }));
        Assert.Equal(5, queued.Count(x => x));
        var (running, waiting) = (jobs[Array.IndexOf(queued, true)], jobs[Array.IndexOf(queued, false)]);
        await RefusesAsync(HttpStatusCode.Conflict, "plan.jobs_at_once", () => user.ProcessAsync(waiting.Id));
        await user.CancelAsync(running.Id);
        await user.ProcessAsync(waiting.Id);
    }

    [Fact]
    public async Task A_plan_gives_so_many_minutes_a_month_whatever_the_credits()
    {
        var user = await system.CreateUserAsync();
        var id = (await user.AccountAsync()).UserId;
        await system.WithDatabaseAsync(db => db.GrantAsync(id, 36_000, Guid.Empty, null, null, default));
        var (one, two) = (await user.CreateTextJobAsync(length: 60_000), await user.CreateTextJobAsync(length: 60_000));
        await user.ProcessAsync(one.Id);
        await RefusesAsync(HttpStatusCode.PaymentRequired, "plan.minutes_used", () => user.ProcessAsync(two.Id));
        Assert.Equal([], await system.LedgerAsync(two.Id));
        // What came to nothing is not counted, and another plan gives more.
        await user.CancelAsync(one.Id);
        await user.ProcessAsync(two.Id);
        var three = await user.CreateTextJobAsync(length: 60_000);
        await RefusesAsync(HttpStatusCode.PaymentRequired, "plan.minutes_used", () => user.ProcessAsync(three.Id));
        await PayAsync(id);
        await user.ProcessAsync(three.Id);
    }

    [Fact]
    public async Task A_plan_limits_the_size_of_files()
    {
        var user = await system.CreateUserAsync();
        await RefusesAsync(HttpStatusCode.RequestEntityTooLarge, "upload.too_large", () => user.UploadAsync(new ZeroStream(501L << 20), "long.mp4"));
        await PayAsync((await user.AccountAsync()).UserId);
        // Large enough, and no film.
        await RefusesAsync(HttpStatusCode.UnsupportedMediaType, "input.not_media", () => user.UploadAsync(new ZeroStream(501L << 20), "long.mp4"));
    }

    Task<int> PayAsync(Guid userId) => system.WithDatabaseAsync(db => db.Users.Where(x => x.Id == userId)
        .ExecuteUpdateAsync(set => set.SetProperty(x => x.Plan, Plan.Paid)));

    /// <summary>The window may turn over on the way, once.</summary>
    static async Task AssertLimitedAsync(int first, Func<Task<HttpResponseMessage>> send)
    {
        for (var i = 1; i <= 2 * first; i++)
        {
            using var response = await send();
            if (response.StatusCode != HttpStatusCode.TooManyRequests) continue;
            Assert.True(i >= first, $"Number {i} was refused.");
            await AssertProblemAsync(response, "rate.limited");
            Assert.InRange(response.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
            return;
        }
        Assert.Fail("Nothing was refused.");
    }
}
