using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Octavia.Jobs;
using Octavia.Jobs.Webhooks;

namespace Octavia.Api.Webhooks;

/// <summary>
/// Sends what is due, beside the senders of other replicas: whoever takes a webhook sends its oldest message, and others leave it alone meanwhile. A
/// message whose sender died is sent again by another, as the same one.
/// </summary>
sealed partial class WebhookSender(IServiceScopeFactory scopes, WebhookPost post, IOptions<WebhookOptions> options, ILogger<WebhookSender> logger) : BackgroundService
{
    const int AtOnce = 64;
    const int Growth = 5;

    static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // Longer than any try.
    static readonly TimeSpan Lost = 3 * WebhookPost.Limit;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var sending = new List<Task>();
        while (!stoppingToken.IsCancellationRequested)
        {
            sending.RemoveAll(x => x.IsCompleted);
            var taken = await TakeAsync(AtOnce - sending.Count, stoppingToken);
            sending.AddRange(taken.Select(delivery => SendAsync(delivery, stoppingToken)));
            // A receiver that has answered may be sent the next one.
            await Task.WhenAny([Task.Delay(Interval, stoppingToken), .. sending]);
        }
        await Task.WhenAll(sending);
    }

    async Task<List<WebhookDelivery>> TakeAsync(int most, CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<OctaviaDbContext>();
            return await db.TakeDueAsync(most, options.Value.MaxTries, Lost, ct);
        }
        catch (Exception e)
        {
            if (!ct.IsCancellationRequested) LogAway(e);
            return [];
        }
    }

    async Task SendAsync(WebhookDelivery delivery, CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<OctaviaDbContext>();
            // It may have been removed since.
            if (await db.Webhooks.IgnoreQueryFilters().AsNoTracking().SingleOrDefaultAsync(x => x.Id == delivery.WebhookId, ct) is not { } webhook) return;
            await KeepAsync(db, delivery, await TryAsync(webhook, delivery, ct), ct);
            // Unless somebody else has taken it since.
            await db.Webhooks.IgnoreQueryFilters().Where(x => x.Id == webhook.Id && x.BusyUntil == webhook.BusyUntil)
                .ExecuteUpdateAsync(set => set.SetProperty(x => x.BusyUntil, (DateTimeOffset?)null), ct);
        }
        catch (Exception e)
        {
            // After a stop another sender, or the next start of this one, sends it again.
            if (!ct.IsCancellationRequested) LogBroken(e, delivery.Id);
        }
    }

    // What nobody expected is a try that failed, too: it must not go on for ever.
    async Task<WebhookAnswer> TryAsync(Webhook webhook, WebhookDelivery delivery, CancellationToken ct)
    {
        try
        {
            return await post.SendAsync(webhook, delivery, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            LogBroken(e, delivery.Id);
            return new(null, "Something broke while this was sent; tell who runs this service.");
        }
    }

    async Task KeepAsync(OctaviaDbContext db, WebhookDelivery delivery, WebhookAnswer answer, CancellationToken ct)
    {
        var now = DateTimeOffset.UtcNow;
        DateTimeOffset? delivered = answer.Problem is null ? now : null;
        DateTimeOffset? next = delivered is null && delivery.Tries < options.Value.MaxTries ? now + PauseAfter(delivery.Tries) : null;
        await db.WebhookDeliveries.IgnoreQueryFilters().Where(x => x.Id == delivery.Id && x.Tries == delivery.Tries).ExecuteUpdateAsync(
            set => set.SetProperty(x => x.NextTryAt, next)
                .SetProperty(x => x.DeliveredAt, delivered)
                .SetProperty(x => x.StatusCode, answer.StatusCode)
                .SetProperty(x => x.Problem, answer.Problem),
            ct);
        if (delivered is null && next is null) LogGivenUp(delivery.Id, delivery.WebhookId, delivery.Tries);
    }

    TimeSpan PauseAfter(int tries) => options.Value.FirstPause * Math.Pow(Growth, tries - 1);

    [LoggerMessage(LogLevel.Warning, "Delivery {Delivery} to webhook {Webhook} is given up after {Tries} tries")]
    partial void LogGivenUp(Guid delivery, Guid webhook, int tries);

    [LoggerMessage(LogLevel.Warning, "Delivery {Delivery} broke while it was sent")]
    partial void LogBroken(Exception e, Guid delivery);

    [LoggerMessage(LogLevel.Warning, "What is due for webhooks could not be read; it is tried again")]
    partial void LogAway(Exception e);
}
