using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Octavia.Api.Accounts;
using Octavia.Api.Operations;
using Octavia.Jobs;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Webhooks;

namespace Octavia.Api.Webhooks;

static class WebhooksApi
{
    const int MostOfAUser = 10;
    const int LongestUrl = 2000;
    const int Shown = 100;

    public static void AddWebhooks(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<WebhookOptions>().BindConfiguration("Webhooks").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<WebhookSecrets>();
        builder.Services.AddSingleton<WebhookPost>();
        builder.Services.AddHostedService<WebhookSender>();
    }

    public static void MapWebhooks(this RouteGroupBuilder api)
    {
        var webhooks = api.MapGroup("/webhooks").WithTags("Webhooks");
        webhooks.MapGet("", ListAsync).WithName("webhooks");
        webhooks.MapGet("/{id:guid}/deliveries", DeliveriesAsync).WithName("webhook_deliveries");
        // Each makes a request to somewhere else.
        var asked = webhooks.MapGroup("").RequireRateLimiting(RateLimits.Creates).ProducesProblem(429);
        asked.MapPost("/{id:guid}/ping", PingAsync).WithName("webhook_ping");
        asked.MapPost("/{id:guid}/deliveries/{delivery:guid}/retry", RetryAsync).WithName("webhook_retry");
        // Not with a key: what one that leaked had made would go on telling when it is revoked.
        var own = webhooks.MapGroup("").RequireAuthorization(AccountsApi.SessionPolicy).ProducesProblem(403);
        own.MapPost("", CreateAsync).WithName("webhook_create").RequireRateLimiting(RateLimits.Creates).ProducesProblem(409).ProducesProblem(429);
        own.MapDelete("/{id:guid}", DeleteAsync).WithName("webhook_delete");
    }

    static async Task<Created<WebhookResponse>> CreateAsync(
        CreateWebhookRequest request, ClaimsPrincipal caller, OctaviaDbContext db, WebhookSecrets secrets, CancellationToken ct)
    {
        // Its length as it is kept, escaped.
        if (PublicInternet.Parse(request.Url?.Trim()) is not { AbsoluteUri.Length: <= LongestUrl } url)
            throw Refusal.Invalid("webhook.address_invalid", "This is no address that can be told of anything; it starts with https:// or http:// and has no password in it.");
        var events = (request.Events ?? WebhookEvents.All).Distinct().ToArray();
        if (events.Length == 0 || events.Except(WebhookEvents.All).Any())
            throw Refusal.Invalid("webhook.event_unknown", $"There is no such event; use some of {string.Join(", ", WebhookEvents.All)}, or leave events out for all.");
        var id = Guid.CreateVersion7();
        var (shown, kept) = secrets.New(id);
        var webhook = new Webhook { Id = id, UserId = caller.Id(), Url = url.AbsoluteUri, Events = events, Secret = kept, CreatedAt = DateTimeOffset.UtcNow };
        await AddAsync(db, webhook, ct);
        return TypedResults.Created((string?)null, Response(webhook) with { Secret = shown });
    }

    static Task AddAsync(OctaviaDbContext db, Webhook webhook, CancellationToken ct) => db.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
    {
        db.ChangeTracker.Clear();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // Requests of one user wait for each other here, so that they are counted.
        await db.LockUserAsync(webhook.UserId, ct);
        if (await db.Webhooks.CountAsync(ct) >= MostOfAUser)
            throw new Refusal(409, "webhook.too_many", $"There are {MostOfAUser} webhooks already, which is the most; remove one that is not used any more.");
        db.Webhooks.Add(webhook);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
    });

    static async Task<Ok<IReadOnlyList<WebhookResponse>>> ListAsync(OctaviaDbContext db, CancellationToken ct) =>
        TypedResults.Ok<IReadOnlyList<WebhookResponse>>(
            (await db.Webhooks.AsNoTracking().OrderByDescending(x => x.CreatedAt).ToListAsync(ct)).ConvertAll(Response));

    static async Task<NoContent> DeleteAsync(Guid id, OctaviaDbContext db, CancellationToken ct) =>
        await db.Webhooks.Where(x => x.Id == id).ExecuteDeleteAsync(ct) == 0 ? throw NotFound() : TypedResults.NoContent();

    /// <summary>The latest ones first.</summary>
    static async Task<Ok<IReadOnlyList<DeliveryResponse>>> DeliveriesAsync(Guid id, OctaviaDbContext db, CancellationToken ct)
    {
        await FindAsync(db, id, ct);
        var deliveries = await db.WebhookDeliveries.AsNoTracking().Where(x => x.WebhookId == id)
            .OrderByDescending(x => x.CreatedAt).ThenByDescending(x => x.Id).Take(Shown).ToListAsync(ct);
        return TypedResults.Ok<IReadOnlyList<DeliveryResponse>>(deliveries.ConvertAll(Response));
    }

    static async Task<Accepted<DeliveryResponse>> PingAsync(Guid id, OctaviaDbContext db, CancellationToken ct)
    {
        var webhook = await FindAsync(db, id, ct);
        // The last one counts: nobody fills the log by pinging.
        await db.WebhookDeliveries.Where(x => x.WebhookId == id && x.Event == WebhookEvents.Ping).ExecuteDeleteAsync(ct);
        var delivery = db.Tell(webhook, WebhookEvents.Ping, Response(webhook));
        await db.SaveChangesAsync(ct);
        return TypedResults.Accepted((string?)null, Response(delivery));
    }

    /// <summary>Sends a message again, whatever became of it, as the same one.</summary>
    static async Task<Accepted<DeliveryResponse>> RetryAsync(Guid id, Guid delivery, OctaviaDbContext db, CancellationToken ct)
    {
        var rows = db.WebhookDeliveries.Where(x => x.Id == delivery && x.WebhookId == id);
        var now = DateTimeOffset.UtcNow;
        await rows.ExecuteUpdateAsync(set => set.SetProperty(x => x.NextTryAt, now).SetProperty(x => x.DeliveredAt, (DateTimeOffset?)null), ct);
        return await rows.AsNoTracking().SingleOrDefaultAsync(ct) is { } again
            ? TypedResults.Accepted((string?)null, Response(again))
            : throw Refusal.NotFound("delivery.not_found", "There is no such delivery.");
    }

    static async Task<Webhook> FindAsync(OctaviaDbContext db, Guid id, CancellationToken ct) =>
        await db.Webhooks.AsNoTracking().SingleOrDefaultAsync(x => x.Id == id, ct) ?? throw NotFound();

    static WebhookResponse Response(Webhook webhook) => new(webhook.Id, webhook.Url, webhook.Events, webhook.CreatedAt);

    static DeliveryResponse Response(WebhookDelivery delivery) => new()
    {
        Id = delivery.Id,
        Event = delivery.Event,
        Status = delivery switch { { NextTryAt: not null } => "waiting", { DeliveredAt: not null } => "delivered", _ => "given_up" },
        Tries = delivery.Tries,
        StatusCode = delivery.StatusCode,
        Problem = delivery.Problem,
        CreatedAt = delivery.CreatedAt,
        LastTryAt = delivery.LastTryAt,
        NextTryAt = delivery.NextTryAt,
        DeliveredAt = delivery.DeliveredAt,
    };

    static Refusal NotFound() => Refusal.NotFound("webhook.not_found", "There is no such webhook.");
}
