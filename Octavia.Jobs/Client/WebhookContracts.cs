namespace Octavia.Jobs.Client;

// Webhooks, under /api/v1/webhooks, and what they send.

/// <summary>What webhooks are told of.</summary>
public static class WebhookEvents
{
    public const string JobCompleted = "job.completed";
    public const string JobFailed = "job.failed";
    public const string JobCancelled = "job.cancelled";

    /// <summary>A test that the owner asks for.</summary>
    public const string Ping = "webhook.ping";

    /// <summary>What a webhook may choose from.</summary>
    public static IReadOnlyList<string> All { get; } = [JobCompleted, JobFailed, JobCancelled];

    public static string OfEnd(JobStatus status) => status switch
    {
        JobStatus.Completed => JobCompleted,
        JobStatus.Failed => JobFailed,
        JobStatus.Cancelled => JobCancelled,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "A job that is not over."),
    };
}

/// <param name="Url">Where to send, https:// or http://.</param>
/// <param name="Events">Some of <see cref="WebhookEvents.All"/>; null for all.</param>
public sealed record CreateWebhookRequest(string Url, IReadOnlyList<string>? Events = null);

/// <summary>A webhook, with <see cref="Secret"/> in the answer that made it and never again.</summary>
public sealed record WebhookResponse(Guid Id, string Url, IReadOnlyList<string> Events, DateTimeOffset CreatedAt, string? Secret = null);

/// <summary>A message and what became of it. <see cref="Id"/> is what the receiver gets as <c>webhook-id</c>.</summary>
public sealed record DeliveryResponse
{
    public required Guid Id { get; init; }

    public required string Event { get; init; }

    /// <summary><c>waiting</c> for its next try, <c>delivered</c> or <c>given_up</c>.</summary>
    public required string Status { get; init; }

    public required int Tries { get; init; }

    /// <summary>Of the last answer; null when there was none.</summary>
    public int? StatusCode { get; init; }

    /// <summary>Why the last try failed.</summary>
    public string? Problem { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? LastTryAt { get; init; }

    public DateTimeOffset? NextTryAt { get; init; }

    public DateTimeOffset? DeliveredAt { get; init; }
}

/// <summary>What is sent: the name of an event, its time, and what it is about, a job as the API shows it.</summary>
public sealed record WebhookMessage<T>(string Type, DateTimeOffset Timestamp, T Data);
