namespace Octavia.Jobs.Accounts;

/// <summary>A key of a script. The key itself is shown once and kept nowhere.</summary>
public sealed class ApiKey : IOwned
{
    public Guid Id { get; init; }

    public Guid UserId { get; init; }

    public required string Name { get; init; }

    /// <summary>SHA-256 of the key.</summary>
    public required string KeyHash { get; init; }

    /// <summary>Its last characters, by which people know it again.</summary>
    public required string Ending { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>To the minute.</summary>
    public DateTimeOffset? LastUsedAt { get; set; }
}
