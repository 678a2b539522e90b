using Octavia.Jobs.Accounts;

namespace Octavia.Jobs.Webhooks;

/// <summary>An address of a user that is told of what happens to the user's jobs.</summary>
public sealed class Webhook : IOwned
{
    public Guid Id { get; init; }

    public Guid UserId { get; init; }

    public required string Url { get; init; }

    /// <summary>Those of <see cref="WebhookEvents"/> that it is told of.</summary>
    public required string[] Events { get; init; }

    /// <summary>What deliveries are signed with, encrypted: only the API has the key.</summary>
    public required byte[] Secret { get; init; }

    /// <summary>Until when somebody sends to it: one delivery at a time, so that a slow receiver holds up nobody else. Null when nobody does.</summary>
    public DateTimeOffset? BusyUntil { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>
/// A message to one webhook: written in the transaction of what it tells of, and then sent until the receiver takes it or the tries are used up.
/// </summary>
public sealed class WebhookDelivery : IOwned
{
    /// <summary>How long the log goes back.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    /// <summary>How many of one webhook, of those that have ended.</summary>
    public const int MostKept = 1000;

    public const int LongestProblem = 500;

    /// <summary>What the receiver knows a message again by that comes twice.</summary>
    public Guid Id { get; init; }

    public Guid UserId { get; init; }

    public Guid WebhookId { get; init; }

    public required string Event { get; init; }

    /// <summary>JSON, as it is sent and signed.</summary>
    public required string Body { get; init; }

    /// <summary>Tries that were begun. Who ends one names it, so that nobody ends that of another.</summary>
    public int Tries { get; set; }

    /// <summary>When the next try is due; of one that is being sent, when it counts as lost. Null when there is none any more.</summary>
    public DateTimeOffset? NextTryAt { get; set; }

    public DateTimeOffset? LastTryAt { get; set; }

    public DateTimeOffset? DeliveredAt { get; set; }

    /// <summary>Of the last answer; null when there was none.</summary>
    public int? StatusCode { get; set; }

    /// <summary>Why the last try failed, as a sentence.</summary>
    public string? Problem { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}
