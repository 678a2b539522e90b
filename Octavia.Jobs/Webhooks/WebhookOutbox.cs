using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Octavia.Jobs.Client;
using Octavia.Jobs.Queue;

namespace Octavia.Jobs.Webhooks;

/// <summary>Messages for webhooks on their way out: written in the transaction of what they tell of, taken by the senders of the API.</summary>
public static class WebhookOutbox
{
    /// <summary>How many webhooks of one user are sent to at once: nobody keeps all senders waiting.</summary>
    public const int AtOnceOfAUser = 4;

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
    /// over. Whoever takes at the same time takes others. What was lost in the last of <paramref name="maxTries"/> is given up. Times are the database's.
    /// </summary>
    public static async Task<List<WebhookDelivery>> TakeDueAsync(this OctaviaDbContext db, int most, int maxTries, TimeSpan lost, CancellationToken ct)
    {
        // One that its owner sends again, after all tries, is due before it would count as lost.
        await db.Database.ExecuteSqlAsync(
            $"""
            UPDATE webhook_deliveries SET next_try_at = NULL, problem = 'The service broke off while it sent this.'
            WHERE next_try_at <= now() AND tries >= {maxTries} AND next_try_at = last_try_at + {lost}
            """, ct);
        // What is due is asked for once more at the end: of the row as it is when it is written, and not as it was when the statement began.
        return await db.WebhookDeliveries.FromSql(
            $"""
            WITH waiting AS (
                SELECT webhook_id, min(next_try_at) AS since FROM webhook_deliveries WHERE next_try_at <= now() GROUP BY webhook_id
            ), ranked AS (
                SELECT webhooks.id, since, row_number() OVER (PARTITION BY user_id ORDER BY since, webhooks.id)
                    + (SELECT count(*) FROM webhooks busy WHERE busy.user_id = webhooks.user_id AND busy.busy_until >= now()) AS place
                FROM webhooks JOIN waiting ON waiting.webhook_id = webhooks.id
                WHERE busy_until IS NULL OR busy_until < now()
            ), free AS (
                SELECT webhooks.id FROM webhooks JOIN ranked ON ranked.id = webhooks.id
                WHERE place <= {AtOnceOfAUser} AND (busy_until IS NULL OR busy_until < now())
                ORDER BY since LIMIT {most} FOR NO KEY UPDATE OF webhooks SKIP LOCKED
            ), taken AS (
                UPDATE webhooks SET busy_until = now() + {lost} FROM free WHERE webhooks.id = free.id RETURNING webhooks.id
            )
            UPDATE webhook_deliveries SET tries = tries + 1, last_try_at = now(), next_try_at = now() + {lost}
            WHERE next_try_at <= now() AND id IN (
                SELECT (SELECT due.id FROM webhook_deliveries due WHERE due.webhook_id = taken.id AND due.next_try_at <= now() ORDER BY due.created_at, due.id LIMIT 1)
                FROM taken)
            RETURNING *
            """).IgnoreQueryFilters().AsNoTracking().ToListAsync(ct);
    }
}
