namespace Octavia.Jobs.Accounts;

public enum CreditKind
{
    /// <summary>Given to the user.</summary>
    Grant,

    /// <summary>Taken when a job is queued; negative.</summary>
    Hold,

    /// <summary>What the hold was too large by, given back when the job is completed.</summary>
    Settle,

    /// <summary>The whole hold, given back when the job failed or was cancelled.</summary>
    Refund,
}

/// <summary>
/// A line of the ledger: written once, never changed; the database refuses both changes and, while there is the user, deletion. A user's
/// balance is the sum of <see cref="Seconds"/>.
/// </summary>
public sealed class CreditEntry : IOwned
{
    public Guid Id { get; init; }

    public Guid UserId { get; init; }

    public CreditKind Kind { get; init; }

    /// <summary>Seconds of media; what is taken is negative.</summary>
    public long Seconds { get; init; }

    public Guid? JobId { get; init; }

    /// <summary>The hold that a settle or refund closes. Unique: a hold is closed once, whoever comes first.</summary>
    public Guid? HoldId { get; init; }

    /// <summary>The admin who granted; null for the first credits of an account. No reference, since admins go too.</summary>
    public Guid? GrantedBy { get; init; }

    /// <summary>What a grant is for, in the admin's words.</summary>
    public string? Note { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}
