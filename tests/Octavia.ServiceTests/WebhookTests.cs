using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Octavia.Jobs.Client;
using Octavia.Jobs.Webhooks;
using Octavia.Tests.Running;
using Xunit;
using static Octavia.ServiceTests.Assertions;

namespace Octavia.ServiceTests;

public class WebhookTests(ServiceSystem system)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Each_end_of_a_job_is_told_once_and_signed()
    {
        await using var receiver = await Receiver.StartAsync();
        var client = await system.CreateUserAsync();
        var webhook = await client.CreateWebhookAsync(receiver.Address);
        var completed = await client.CreateCompletedJobAsync(system);
        var failed = await client.CreateQueuedJobAsync();
        Assert.True(await (await system.TakeAsync(failed.Id)).FailAsync("input.silent", "There is no speech in it.", default));
        var cancelled = await client.CreateQueuedJobAsync();
        await client.CancelAsync(cancelled.Id);
        // One that is over already ends no second time.
        await client.DeleteAsync(cancelled.Id);

        var messages = await receiver.WaitAsync(3);
        Assert.All(messages, message => Assert.Equal(SignatureOf(message, webhook.Secret!), message.Signature));
        Assert.All(messages, message => Assert.InRange(
            long.Parse(message.Timestamp), DateTimeOffset.UtcNow.AddMinutes(-5).ToUnixTimeSeconds(), DateTimeOffset.UtcNow.ToUnixTimeSeconds()));
        var told = messages.Select(x => JsonSerializer.Deserialize<WebhookMessage<JobResponse>>(x.Body, OctaviaClient.Json)!).ToList();
        Assert.Equal(
            [("job.completed", completed.Id, JobStatus.Completed), ("job.failed", failed.Id, JobStatus.Failed), ("job.cancelled", cancelled.Id, JobStatus.Cancelled)],
            told.Select(x => (x.Type, x.Data.Id, x.Data.Status)));
        Assert.Equal("input.silent", told[1].Data.ErrorCode);
        // As the API shows it; the database keeps microseconds.
        Assert.Equal(completed.CompletedAt!.Value, told[0].Data.CompletedAt!.Value, TimeSpan.FromMilliseconds(1));
        Assert.Equal(
            JsonSerializer.Serialize(completed, OctaviaClient.Json), JsonSerializer.Serialize(told[0].Data with { CompletedAt = completed.CompletedAt }, OctaviaClient.Json));

        var log = await LogAsync(client, webhook.Id, x => x.All(delivery => delivery.Status == "delivered"));
        Assert.Equal(messages.Select(x => x.Id).Order(), log.Select(x => $"{x.Id}").Order());
        Assert.All(log, delivery => Assert.Equal((1, 204, null), (delivery.Tries, delivery.StatusCode, delivery.Problem)));
    }

    [Fact]
    public async Task Only_what_was_chosen_is_told_and_a_secret_is_shown_once()
    {
        await using var receiver = await Receiver.StartAsync();
        var client = await system.CreateUserAsync();
        var webhook = await client.CreateWebhookAsync(receiver.Address, [WebhookEvents.JobFailed]);
        Assert.Equal([WebhookEvents.JobFailed], webhook.Events);
        await client.CreateCompletedJobAsync(system);
        await client.PingAsync(webhook.Id);
        var ping = Assert.Single(await receiver.WaitAsync(1));
        Assert.Equal(SignatureOf(ping, webhook.Secret!), ping.Signature);
        Assert.Equal(webhook.Id, JsonSerializer.Deserialize<WebhookMessage<WebhookResponse>>(ping.Body, OctaviaClient.Json)!.Data.Id);
        Assert.Equal("webhook.ping", Assert.Single(await client.DeliveriesAsync(webhook.Id)).Event);

        Assert.Null(Assert.Single(await client.WebhooksAsync()).Secret);
        var secret = Convert.FromBase64String(webhook.Secret!["whsec_".Length..]);
        var kept = await system.WithDatabaseAsync(db => db.Webhooks.IgnoreQueryFilters().Where(x => x.Id == webhook.Id).Select(x => x.Secret).SingleAsync());
        Assert.Equal(-1, kept.AsSpan().IndexOf(secret.AsSpan(0, 8)));
    }

    [Fact]
    public async Task A_receiver_that_fails_is_sent_the_same_message_again()
    {
        var traced = false;
        await using var receiver = await Receiver.StartAsync((count, context) =>
        {
            traced |= context.Request.Headers.ContainsKey("traceparent");
            context.Response.StatusCode = count < 3 ? 500 : 200;
            return context.Response.WriteAsync("out\0of order");
        });
        var client = await system.CreateUserAsync();
        var webhook = await client.CreateWebhookAsync(receiver.Address);
        await client.PingAsync(webhook.Id);
        var messages = await receiver.WaitAsync(3);
        Assert.Single(messages.Select(x => (x.Id, x.Body)).Distinct());
        Assert.All(messages, message => Assert.Equal(SignatureOf(message, webhook.Secret!), message.Signature));
        var delivery = Assert.Single(await LogAsync(client, webhook.Id, x => x[0].Status == "delivered"));
        Assert.Equal((3, 200, null), (delivery.Tries, delivery.StatusCode, delivery.Problem));
        // What goes on in the house is nobody's business.
        Assert.False(traced);
        Assert.NotNull(delivery.DeliveredAt);
        Assert.Null(delivery.NextTryAt);
    }

    [Fact]
    public async Task A_receiver_that_is_down_is_given_up_and_sent_to_again_when_its_owner_says_so()
    {
        var client = await system.CreateUserAsync();
        string address;
        await using (var down = await Receiver.StartAsync()) address = down.Address;
        var webhook = await client.CreateWebhookAsync(address);
        var job = await client.CreateCompletedJobAsync(system);
        var delivery = Assert.Single(await LogAsync(client, webhook.Id, x => x is [{ Status: "given_up" }]));
        Assert.Equal((3, null, "The receiver could not be reached."), (delivery.Tries, delivery.StatusCode, delivery.Problem));

        await using var up = await Receiver.StartAsync(host: new Uri(address).Authority);
        Assert.Equal("waiting", (await client.RetryDeliveryAsync(webhook.Id, delivery.Id)).Status);
        var message = Assert.Single(await up.WaitAsync(1));
        Assert.Equal($"{delivery.Id}", message.Id);
        Assert.Contains($"{job.Id}", message.Body, StringComparison.Ordinal);
        await LogAsync(client, webhook.Id, x => x is [{ Status: "delivered", Tries: 4 }]);
    }

    [Fact]
    public async Task Addresses_inside_the_house_are_sent_nothing_also_not_by_a_redirect()
    {
        // The address of this machine that the tests allow is another.
        await using var inside = await Receiver.StartAsync(host: "127.0.0.2:0");
        await using var outside = await Receiver.StartAsync((_, context) =>
        {
            context.Response.Redirect(inside.Address, permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        });
        var client = await system.CreateUserAsync();
        var direct = await client.CreateWebhookAsync(inside.Address);
        var around = await client.CreateWebhookAsync(outside.Address);
        foreach (var webhook in new[] { direct, around }) await client.PingAsync(webhook.Id);
        var refused = await LogAsync(client, direct.Id, x => x[0].Status == "given_up");
        Assert.Equal((null, "This address is not on the public internet, so nothing is sent to it."), (refused[0].StatusCode, refused[0].Problem));
        var redirected = await LogAsync(client, around.Id, x => x[0].Status == "given_up");
        Assert.Equal((307, "The receiver answered 307."), (redirected[0].StatusCode, redirected[0].Problem));
        Assert.Empty(inside.Messages);
    }

    [Fact]
    public async Task A_slow_receiver_holds_up_nobody()
    {
        var over = new TaskCompletionSource();
        await using var slow = await Receiver.StartAsync((_, _) => over.Task);
        await using var fast = await Receiver.StartAsync();
        var client = await system.CreateUserAsync();
        var webhook = await client.CreateWebhookAsync(slow.Address);
        await client.CreateWebhookAsync(fast.Address);
        for (var i = 0; i < 3; i++) await client.CancelAsync((await client.CreateTextJobAsync()).Id);
        await slow.WaitAsync(1);
        await fast.WaitAsync(3);
        Assert.All(await client.DeliveriesAsync(webhook.Id), delivery => Assert.Equal("waiting", delivery.Status));
        over.SetResult();
        await LogAsync(client, webhook.Id, x => x.Count == 3 && x.All(delivery => delivery.Status == "delivered"));
    }

    [Fact]
    public async Task A_message_whose_sender_died_is_sent_by_another()
    {
        await using var receiver = await Receiver.StartAsync();
        var client = await system.CreateUserAsync();
        var webhook = await client.CreateWebhookAsync(receiver.Address);
        // As one that took it and was killed, its time being over.
        var lost = DateTimeOffset.UtcNow.AddSeconds(-1);
        await system.WithDatabaseAsync(async db =>
        {
            var row = await db.Webhooks.IgnoreQueryFilters().SingleAsync(x => x.Id == webhook.Id);
            row.BusyUntil = lost;
            var delivery = db.Tell(row, WebhookEvents.Ping, webhook);
            (delivery.Tries, delivery.NextTryAt) = (1, lost);
            return await db.SaveChangesAsync();
        });
        await receiver.WaitAsync(1);
        await LogAsync(client, webhook.Id, x => x is [{ Status: "delivered", Tries: 2 }]);
    }

    [Fact]
    public async Task A_message_whose_senders_die_is_given_up_after_the_last_try()
    {
        await using var receiver = await Receiver.StartAsync();
        var client = await system.CreateUserAsync();
        var webhook = await client.CreateWebhookAsync(receiver.Address);
        // Thirty seconds is how long a try may take before it counts as lost.
        var lost = DateTimeOffset.UtcNow.AddSeconds(-1);
        await system.WithDatabaseAsync(async db =>
        {
            var row = await db.Webhooks.IgnoreQueryFilters().SingleAsync(x => x.Id == webhook.Id);
            row.BusyUntil = lost;
            var delivery = db.Tell(row, WebhookEvents.Ping, webhook);
            (delivery.Tries, delivery.LastTryAt, delivery.NextTryAt) = (3, lost.AddSeconds(-30), lost);
            return await db.SaveChangesAsync();
        });
        var given = Assert.Single(await LogAsync(client, webhook.Id, x => x is [{ Status: "given_up" }]));
        Assert.Equal((3, "The service broke off while it sent this."), (given.Tries, given.Problem));
        Assert.Empty(receiver.Messages);
        await client.RetryDeliveryAsync(webhook.Id, given.Id);
        await LogAsync(client, webhook.Id, x => x is [{ Status: "delivered", Tries: 4 }]);
    }

    [Fact]
    public async Task The_beginning_of_an_answer_is_kept_and_cut_between_its_letters()
    {
        await using var receiver = await Receiver.StartAsync((_, context) =>
        {
            context.Response.StatusCode = 500;
            return context.Response.WriteAsync(new string('a', 199) + "😀 and more");
        });
        var client = await system.CreateUserAsync();
        var webhook = await client.CreateWebhookAsync(receiver.Address);
        await client.PingAsync(webhook.Id);
        var given = Assert.Single(await LogAsync(client, webhook.Id, x => x is [{ Status: "given_up" }]));
        Assert.Equal((3, $"The receiver answered 500: {new string('a', 199)}😀…"), (given.Tries, given.Problem));
    }

    [Fact]
    public async Task Cancel_and_completion_at_the_same_time_tell_one_end()
    {
        var client = await system.CreateUserAsync();
        await using var receiver = await Receiver.StartAsync();
        var webhook = await client.CreateWebhookAsync(receiver.Address);
        for (var i = 1; i <= 5; i++)
        {
            var job = await client.CreateQueuedJobAsync();
            var lease = await system.TakeAsync(job.Id);
            await Task.WhenAll(Record.ExceptionAsync(() => client.CancelAsync(job.Id)).AsTask(), lease.CompleteAsync("jobs/right", lease.Job.JobMetadata, 10, default));
            Assert.Equal(i, (await client.DeliveriesAsync(webhook.Id)).Count);
            Assert.Equal((await client.GetAsync(job.Id)).Status, JobIn((await receiver.WaitAsync(i)).Single(x => JobIn(x).Id == job.Id)).Status);
        }
    }

    [Fact]
    public async Task The_log_goes_back_for_a_while()
    {
        await using var receiver = await Receiver.StartAsync();
        var client = await system.CreateUserAsync();
        var webhook = await client.CreateWebhookAsync(receiver.Address);
        await client.CreateCompletedJobAsync(system);
        await client.PingAsync(webhook.Id);
        var log = await LogAsync(client, webhook.Id, x => x.Count == 2 && x.All(delivery => delivery.Status == "delivered"));
        await system.WithDatabaseAsync(db => db.Database.ExecuteSqlAsync(
            $"UPDATE webhook_deliveries SET created_at = created_at - {WebhookDelivery.Kept + TimeSpan.FromDays(1)} WHERE id = {log[1].Id}"));
        await system.KeepAsync();
        Assert.Equal(log[0].Id, Assert.Single(await client.DeliveriesAsync(webhook.Id)).Id);
    }

    [Fact]
    public async Task The_log_has_an_end_and_what_waits_stays_in_it()
    {
        var client = await system.CreateUserAsync();
        var webhook = await client.CreateWebhookAsync("https://example.org/");
        var (now, later) = (DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddHours(1));
        await system.WithDatabaseAsync(async db =>
        {
            var row = await db.Webhooks.IgnoreQueryFilters().SingleAsync(x => x.Id == webhook.Id);
            for (var i = 0; i <= WebhookDelivery.MostKept; i++) db.Tell(row, WebhookEvents.Ping, webhook).NextTryAt = null;
            db.Tell(row, WebhookEvents.JobFailed, webhook).NextTryAt = later;
            await db.SaveChangesAsync();
            // The one that waits is the oldest.
            return await db.Database.ExecuteSqlAsync(
                $"UPDATE webhook_deliveries SET created_at = {now - WebhookDelivery.Kept - TimeSpan.FromDays(1)} WHERE webhook_id = {webhook.Id} AND next_try_at IS NOT NULL");
        });
        await system.KeepAsync();
        var kept = await system.WithDatabaseAsync(db => db.WebhookDeliveries.IgnoreQueryFilters().Where(x => x.WebhookId == webhook.Id).Select(x => x.Event).ToListAsync());
        Assert.Equal(WebhookDelivery.MostKept + 1, kept.Count);
        Assert.Contains(WebhookEvents.JobFailed, kept);
    }

    [Theory]
    [InlineData("ftp://example.org/", null, "webhook.address_invalid")]
    [InlineData("https://user:secret@example.org/", null, "webhook.address_invalid")]
    [InlineData("somewhere", null, "webhook.address_invalid")]
    [InlineData("https://example.org/", "job.started", "webhook.event_unknown")]
    public async Task What_makes_no_sense_is_refused(string url, string? name, string code)
    {
        var client = await system.CreateUserAsync();
        await RefusesAsync(HttpStatusCode.BadRequest, code, () => client.CreateWebhookAsync(url, name is null ? null : [name]));
        Assert.Empty(await client.WebhooksAsync());
    }

    [Fact]
    public async Task A_user_has_so_many_and_a_key_makes_none()
    {
        var client = await system.CreateUserAsync();
        for (var i = 0; i < 10; i++) await client.CreateWebhookAsync($"https://example.org/{i}");
        await RefusesAsync(HttpStatusCode.Conflict, "webhook.too_many", () => client.CreateWebhookAsync("https://example.org/"));
        var script = system.CreateClient();
        script.AccessToken = (await client.CreateKeyAsync("script")).Key;
        var webhook = (await script.WebhooksAsync())[0];
        await RefusesAsync(HttpStatusCode.Forbidden, "auth.forbidden", () => script.DeleteWebhookAsync(webhook.Id));
        await client.DeleteWebhookAsync(webhook.Id);
        await RefusesAsync(HttpStatusCode.Forbidden, "auth.forbidden", () => script.CreateWebhookAsync("https://example.org/"));
        await RefusesAsync(HttpStatusCode.NotFound, "webhook.not_found", () => script.PingAsync(webhook.Id));
    }

    [Fact]
    public async Task Parallel_requests_make_no_more_than_the_most()
    {
        var client = await system.CreateUserAsync();
        var errors = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Record.ExceptionAsync(() => client.CreateWebhookAsync($"https://example.org/{i}")).AsTask()));
        Assert.Equal(10, (await client.WebhooksAsync()).Count);
        Assert.Equal(10, errors.Count(error => error is OctaviaApiException { Code: "webhook.too_many" }));
    }

    [Fact]
    public async Task An_address_is_measured_as_it_is_kept()
    {
        var client = await system.CreateUserAsync();
        // Each letter is nine when it is escaped.
        await RefusesAsync(HttpStatusCode.BadRequest, "webhook.address_invalid", () => client.CreateWebhookAsync("https://example.org/" + new string('語', 300)));
        await client.CreateWebhookAsync("https://example.org/" + new string('語', 200));
    }

    static JobResponse JobIn(ReceivedMessage message) => JsonSerializer.Deserialize<WebhookMessage<JobResponse>>(message.Body, OctaviaClient.Json)!.Data;

    // As the specification says it: the key is what follows whsec_, in base64; what is signed are id, time and body, with dots between them.
    static string SignatureOf(ReceivedMessage message, string secret)
    {
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        var key = Convert.FromBase64String(secret["whsec_".Length..]);
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{message.Id}.{message.Timestamp}.{message.Body}")));
    }

    static async Task<IReadOnlyList<DeliveryResponse>> LogAsync(OctaviaClient client, Guid webhook, Func<IReadOnlyList<DeliveryResponse>, bool> isReached)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            var log = await client.DeliveriesAsync(webhook);
            if (isReached(log)) return log;
            Assert.False(limit.IsCancellationRequested, $"The log stays {string.Join(", ", log)}.");
            await Task.Delay(50);
        }
    }
}
