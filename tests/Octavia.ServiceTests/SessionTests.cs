using System.Net;
using Microsoft.EntityFrameworkCore;
using Octavia.Jobs.Client;
using Octavia.Jobs.Files;
using Xunit;
using static Octavia.ServiceTests.Assertions;

namespace Octavia.ServiceTests;

public class SessionTests(ServiceSystem system)
{
    const string Password = "a long enough one";

    [Fact]
    public async Task A_refresh_token_gives_the_next_pair_and_is_kept_as_a_hash_only()
    {
        var (client, first) = await RegisterAsync();
        var second = await client.RefreshAsync(first.RefreshToken);
        Assert.Equal((first.UserId, first.Email), (second.UserId, second.Email));
        Assert.NotEqual(first.RefreshToken, second.RefreshToken);
        client.AccessToken = second.AccessToken;
        await client.CreditsAsync();
        var third = await client.RefreshAsync(second.RefreshToken);
        var hash = await system.WithDatabaseAsync(db => db.Sessions.IgnoreQueryFilters()
            .Where(x => x.UserId == first.UserId).Select(x => x.TokenHash).SingleAsync());
        Assert.Matches("^[0-9a-f]{64}$", hash);
        Assert.DoesNotContain(third.RefreshToken.Split('.')[2], hash, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_refresh_token_that_comes_again_ends_its_session_and_no_other()
    {
        var (client, stolen) = await RegisterAsync();
        var elsewhere = await client.LoginAsync(stolen.Email, Password);
        var thief = await client.RefreshAsync(stolen.RefreshToken);
        await RefusesAsync(HttpStatusCode.Unauthorized, "auth.session_over", () => client.RefreshAsync(stolen.RefreshToken));

        await RefusesAsync(HttpStatusCode.Unauthorized, "auth.session_over", () => client.RefreshAsync(thief.RefreshToken));
        client.AccessToken = thief.AccessToken;
        await RefusesAsync(HttpStatusCode.Unauthorized, "auth.required", () => client.CreditsAsync());
        client.AccessToken = elsewhere.AccessToken;
        await client.CreditsAsync();
        await client.RefreshAsync(elsewhere.RefreshToken);
    }

    [Fact]
    public async Task Who_knows_a_session_by_name_alone_does_not_end_it()
    {
        var (client, tokens) = await RegisterAsync();
        var parts = tokens.RefreshToken.Split('.');
        foreach (var made in new[] { $"{parts[0]}.guess", $"{parts[0]}.guess.guess", $"{parts[0]}..{parts[2]}" })
            await RefusesAsync(HttpStatusCode.Unauthorized, "auth.session_over", () => client.RefreshAsync(made));
        await client.RefreshAsync(tokens.RefreshToken);
    }

    [Fact]
    public async Task Of_many_who_send_one_refresh_token_at_once_at_most_one_is_served()
    {
        var (client, tokens) = await RegisterAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Record.ExceptionAsync(() => client.RefreshAsync(tokens.RefreshToken)).AsTask()));
        Assert.InRange(answers.Count(x => x is null), 0, 1);
        Assert.All(answers.OfType<Exception>(), x => Assert.Equal("auth.session_over", Assert.IsType<OctaviaApiException>(x).Code));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("00000000000000000000000000000000.")]
    [InlineData("0195b2a000007000800000000000aaaa.c29tZXRoaW5nIHRoYXQgd2FzIGd1ZXNzZWQ")]
    [InlineData("\0.\0")]
    public async Task What_is_no_refresh_token_is_refused(string token) =>
        await RefusesAsync(HttpStatusCode.Unauthorized, "auth.session_over", () => system.CreateClient().RefreshAsync(token));

    [Fact]
    public async Task A_session_that_nobody_renewed_for_long_is_over()
    {
        var (client, tokens) = await RegisterAsync();
        await system.WithDatabaseAsync(db => db.Sessions.IgnoreQueryFilters().Where(x => x.UserId == tokens.UserId)
            .ExecuteUpdateAsync(set => set.SetProperty(x => x.ExpiresAt, DateTimeOffset.UtcNow.AddSeconds(-1))));
        client.AccessToken = tokens.AccessToken;
        await RefusesAsync(HttpStatusCode.Unauthorized, "auth.required", () => client.CreditsAsync());
        await RefusesAsync(HttpStatusCode.Unauthorized, "auth.session_over", () => client.RefreshAsync(tokens.RefreshToken));
    }

    [Fact]
    public async Task Logging_out_ends_one_session_or_all_at_once()
    {
        var (client, one) = await RegisterAsync();
        var two = await client.LoginAsync(one.Email, Password);
        var three = await client.LoginAsync(one.Email, Password);
        client.AccessToken = one.AccessToken;
        await client.LogoutAsync();
        await RefusesAsync(HttpStatusCode.Unauthorized, "auth.required", () => client.CreditsAsync());
        await RefusesAsync(HttpStatusCode.Unauthorized, "auth.session_over", () => client.RefreshAsync(one.RefreshToken));

        client.AccessToken = two.AccessToken;
        await client.LogoutEverywhereAsync();
        foreach (var tokens in new[] { two, three })
        {
            client.AccessToken = tokens.AccessToken;
            await RefusesAsync(HttpStatusCode.Unauthorized, "auth.required", () => client.CreditsAsync());
            await RefusesAsync(HttpStatusCode.Unauthorized, "auth.session_over", () => client.RefreshAsync(tokens.RefreshToken));
        }
    }

    [Fact]
    public async Task A_new_password_ends_all_sessions_but_the_one_that_it_begins()
    {
        var (client, old) = await RegisterAsync();
        var elsewhere = await client.LoginAsync(old.Email, Password);
        client.AccessToken = old.AccessToken;
        await RefusesAsync(HttpStatusCode.Unauthorized, "account.wrong_credentials", () => client.ChangePasswordAsync("not this one", "another long one"));
        await RefusesAsync(HttpStatusCode.BadRequest, "account.password_weak", () => client.ChangePasswordAsync(Password, "short"));
        var next = await client.ChangePasswordAsync(Password, "another long one");

        await RefusesAsync(HttpStatusCode.Unauthorized, "auth.required", () => client.CreditsAsync());
        await RefusesAsync(HttpStatusCode.Unauthorized, "auth.session_over", () => client.RefreshAsync(elsewhere.RefreshToken));
        client.AccessToken = next.AccessToken;
        await client.CreditsAsync();
        await RefusesAsync(HttpStatusCode.Unauthorized, "account.wrong_credentials", () => client.LoginAsync(old.Email, Password));
        await client.LoginAsync(old.Email, "another long one");
    }

    [Fact]
    public async Task A_deleted_account_leaves_nothing()
    {
        var (client, tokens) = await RegisterAsync();
        client.AccessToken = tokens.AccessToken;
        var running = await client.CreateVideoJobAsync();
        await client.ProcessAsync(running.Id);
        var lease = await system.TakeAsync(running.Id);
        var waiting = await client.CreateQueuedJobAsync();
        await system.Store.SaveAsync(MediaStore.JobPath(running.Id, "work/script.json"), new MemoryStream([1]), "application/json", default);
        var key = await client.CreateKeyAsync("mine");
        await client.PingAsync((await client.CreateWebhookAsync("http://127.0.0.1:9/mine")).Id);
        await using var events = await system.Events.SubscribeAsync(running.Id);

        await RefusesAsync(HttpStatusCode.Unauthorized, "account.wrong_credentials", () => client.DeleteAccountAsync("not this one"));
        await client.DeleteAccountAsync(Password);

        // Its worker hears of it at once, and finds out at its next write in any case.
        Assert.Equal(JobStatus.Cancelled, (await events.NextAsync(TimeSpan.FromSeconds(10), default))?.Status);
        Assert.False(await lease.HoldsAsync(default));
        Assert.False(await lease.SaveProgressAsync(default));
        Assert.Empty(await system.BlobsAsync($"uploads/{tokens.UserId}/"));
        foreach (var job in new[] { running, waiting })
        {
            Assert.Empty(await system.BlobsAsync($"jobs/{job.Id}/"));
            Assert.Null(await system.FindJobAsync(job.Id));
        }
        Assert.False(await system.WithDatabaseAsync(db => db.Files.IgnoreQueryFilters().AnyAsync(x => x.UserId == tokens.UserId)));
        Assert.False(await system.WithDatabaseAsync(db => db.Credits.IgnoreQueryFilters().AnyAsync(x => x.UserId == tokens.UserId)));
        Assert.False(await system.WithDatabaseAsync(db => db.Webhooks.IgnoreQueryFilters().AnyAsync(x => x.UserId == tokens.UserId)));
        Assert.False(await system.WithDatabaseAsync(db => db.WebhookDeliveries.IgnoreQueryFilters().AnyAsync(x => x.UserId == tokens.UserId)));
        Assert.False(await system.WithDatabaseAsync(db => db.Users.AnyAsync(x => x.Id == tokens.UserId)));
        await RefusesAsync(HttpStatusCode.Unauthorized, "auth.required", () => client.CreditsAsync());
        client.AccessToken = key.Key;
        await RefusesAsync(HttpStatusCode.Unauthorized, "auth.required", () => client.CreditsAsync());
        await RefusesAsync(HttpStatusCode.Unauthorized, "account.wrong_credentials", () => client.LoginAsync(tokens.Email, Password));
    }

    [Fact]
    public async Task What_is_made_while_the_account_goes_is_gone_too()
    {
        var (client, tokens) = await RegisterAsync();
        client.AccessToken = tokens.AccessToken;
        var making = Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            // Refused, in one way or the other, or made and deleted.
            var error = await Record.ExceptionAsync(async () => await client.ProcessAsync((await client.CreateTextJobAsync()).Id));
            Assert.True(error is null or OctaviaApiException, error?.ToString());
        }));
        await client.DeleteAccountAsync(Password);
        await making;
        Assert.Equal(0, await system.WithDatabaseAsync(db => db.Jobs.IgnoreQueryFilters().CountAsync(x => x.UserId == tokens.UserId)));
        // Other tests make jobs as well: theirs have a row in a moment.
        var texts = (await system.BlobsAsync("jobs/")).Where(x => x.EndsWith("/input.txt", StringComparison.Ordinal)).ToHashSet();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            var living = await system.WithDatabaseAsync(db => db.Jobs.IgnoreQueryFilters().Select(x => x.Id).ToListAsync());
            texts.RemoveWhere(x => living.Contains(Guid.Parse(x.Split('/')[1])));
            texts.IntersectWith(await system.BlobsAsync("jobs/"));
            if (texts.Count == 0) return;
            Assert.False(limit.IsCancellationRequested, $"Nobody has {texts.First()}.");
            await Task.Delay(200);
        }
    }

    [Fact]
    public async Task A_deletion_that_broke_off_can_be_begun_again()
    {
        var (client, tokens) = await RegisterAsync();
        client.AccessToken = tokens.AccessToken;
        var job = await client.CreateVideoJobAsync();
        var lease = system.LeaseOf(job.InputFile!);
        await lease.AcquireAsync(TimeSpan.FromSeconds(60));
        await RefusesAsync(HttpStatusCode.InternalServerError, "internal", () => client.DeleteAccountAsync(Password));
        await lease.ReleaseAsync();
        client.AccessToken = (await client.LoginAsync(tokens.Email, Password)).AccessToken;
        await client.DeleteAccountAsync(Password);
        Assert.Empty(await system.BlobsAsync($"uploads/{tokens.UserId}/"));
        Assert.Null(await system.FindJobAsync(job.Id));
    }

    [Fact]
    public async Task The_client_renews_its_token_before_it_ends()
    {
        var (client, tokens) = await RegisterAsync();
        client.Use(tokens with { ExpiresIn = 1 });
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => client.CreditsAsync()));
        await RefusesAsync(HttpStatusCode.Unauthorized, "auth.session_over", () => system.CreateClient().RefreshAsync(tokens.RefreshToken));
    }

    async Task<(OctaviaClient Client, TokenResponse Tokens)> RegisterAsync()
    {
        var client = system.CreateClient();
        return (client, await client.RegisterAsync($"{Guid.NewGuid():N}@example.org", Password));
    }
}
