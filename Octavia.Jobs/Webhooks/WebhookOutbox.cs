using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Octavia.Jobs.Client;
using Octavia.Jobs.Queue;

namespace Octavia.Jobs.Webhooks;

/// <summary>Messages for webhooks on their way out: written in the transaction of what they tell of, taken by the senders of the API.</summary>
public static class WebhookOutbox
{
    /// <summary>Adds a message of a job's end for each webhook that is told of it. The caller saves them with the end.</summary>
    internal static async Task TellWebhooksAsync(this OctaviaDbContext db, Job job, CancellationToken ct)
    {
        var name = WebhookEvents.OfEnd(job.Status);
        // Locked, so that none is deleted before its message refers to it.
        var webhooks = await db.Webhooks.FromSql($"SELECT * FROM webhooks WHERE user_id = {job.UserId} AND {name} = ANY (events) FOR KEY SHARE")
            .IgnoreQueryFilters().AsNoTracking().ToListAsync(ct);
        foreach (var webhook in webhooks) db.Tell(webhook, name, job.ToResponse());
    }

    public static WebhookDelivery Tell<T>(this OctaviaDbContext db, Webhook webhook, string name, T data)
    {
        var now = DateTimeOffset.UtcNow;
        return db.WebhookDeliveries.Add(new WebhookDelivery
        {
            Id = Guid.CreateVersion7(),
            UserId = webhook.UserId,
            WebhookId = webhook.Id,
            Event = name,
            Body = JsonSerializer.Serialize(new WebhookMessage<T>(name, now, data), OctaviaClient.Json),
            NextTryAt = now,
            CreatedAt = now,
        }).Entity;
    }

    /// <summary>
    /// Takes webhooks that something is due for and nobody sends to, and the oldest message of each: theirs is the next try, until <paramref name="lost"/> is
    /// over. Whoever takes at the same time takes others.
    /// </summary>
    public static Task<List<WebhookDelivery>> TakeDueAsync(this OctaviaDbContext db, int most, TimeSpan lost, CancellationToken ct)
    {
        var now = DateTimeOffset.UtcNow;
        // What is due is asked for once more at the end: of the row as it is when it is written, and not as it was when the statement began.
        return db.WebhookDeliveries.FromSql(
            $"""
            WITH free AS (
                SELECT id FROM webhooks
                WHERE (busy_until IS NULL OR busy_until < {now}) AND id IN (SELECT webhook_id FROM webhook_deliveries WHERE next_try_at <= {now})
                LIMIT {most} FOR NO KEY UPDATE SKIP LOCKED
            ), taken AS (
                UPDATE webhooks SET busy_until = {now + lost} FROM free WHERE webhooks.id = free.id RETURNING webhooks.id
            )
            UPDATE webhook_deliveries SET tries = tries + 1, last_try_at = {now}, next_try_at = {now + lost}
            WHERE next_try_at <= {now} AND id IN (
                SELECT (SELECT due.id FROM webhook_deliveries due WHERE due.webhook_id = taken.id AND due.next_try_at <= {now} ORDER BY due.created_at, due.id LIMIT 1)
                FROM taken)
            RETURNING *
            """).IgnoreQueryFilters().AsNoTracking().ToListAsync(ct);
    }
}
