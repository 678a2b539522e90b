namespace Octavia.Jobs.Accounts;

/// <summary>A request with an <c>Idempotency-Key</c>, and its answer for when it is sent again.</summary>
public sealed class IdempotentRequest : IOwned
{
    /// <summary>How long a key counts.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    public Guid UserId { get; init; }

    /// <summary>Chosen by the sender.</summary>
    public required string Key { get; init; }

    /// <summary>SHA-256 of address and body: the key stands for one request.</summary>
    public required string RequestHash { get; init; }

    /// <summary>Null while the first one is at work.</summary>
    public int? Status { get; set; }

    public string? Location { get; set; }

    /// <summary>JSON.</summary>
    public string? Body { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}
