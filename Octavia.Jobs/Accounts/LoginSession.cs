namespace Octavia.Jobs.Accounts;

/// <summary>
/// One log-in, and the family of its refresh tokens: each names the session, and only the latest one's hash is here. An older one that comes
/// back tells that somebody has a copy; the session then ends for everybody. Access tokens count while their session is here.
/// </summary>
public sealed class LoginSession : IOwned
{
    public Guid Id { get; init; }

    public Guid UserId { get; init; }

    /// <summary>SHA-256 of the refresh token that counts.</summary>
    public required string TokenHash { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset RenewedAt { get; set; }

    public DateTimeOffset ExpiresAt { get; set; }
}
