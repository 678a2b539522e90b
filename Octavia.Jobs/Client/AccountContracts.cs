namespace Octavia.Jobs.Client;

// Accounts, keys, credits and what admins do, under /api/v1.

public sealed record CredentialsRequest(string Email, string Password);

/// <summary>
/// An access token for <see cref="ExpiresIn"/> seconds, and a refresh token that is exchanged, once, for the next pair; whoever sends one a second
/// time ends the session.
/// </summary>
public sealed record TokenResponse(
    string AccessToken, string TokenType, int ExpiresIn, string RefreshToken, int RefreshExpiresIn, Guid UserId, string Email);

public sealed record RefreshRequest(string RefreshToken);

public sealed record ChangePasswordRequest(string CurrentPassword, string NewPassword);

public sealed record ClaimAdminRequest(string Code);

public sealed record DeleteAccountRequest(string Password);

public sealed record AccountResponse
{
    public Guid UserId { get; init; }

    public string Email { get; init; } = "";

    /// <summary><c>user</c> or <c>admin</c>.</summary>
    public string Role { get; init; } = "";

    /// <summary><c>free</c> or <c>paid</c>.</summary>
    public string Plan { get; init; } = "";

    public required PlanResponse Limits { get; init; }

    public long BalanceSeconds { get; init; }

    /// <summary>Of <see cref="PlanResponse.MinutesAMonth"/>, in seconds.</summary>
    public long UsedSecondsThisMonth { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>What the plan gives.</summary>
public sealed record PlanResponse(int JobsAtOnce, int MinutesAMonth, long MaxFileBytes, int RetentionDays);

public sealed record CreateKeyRequest(string Name);

/// <summary>A key, with <see cref="Key"/> in the answer that made it and never again.</summary>
public sealed record KeyResponse(Guid Id, string Name, string Ending, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt, string? Key = null);

public sealed record CreditsResponse(long BalanceSeconds);

/// <summary>A line of the ledger; <see cref="Kind"/> is <c>grant</c>, <c>hold</c>, <c>settle</c> or <c>refund</c>.</summary>
public sealed record LedgerEntry(Guid Id, string Kind, long Seconds, Guid? JobId, string? Note, DateTimeOffset CreatedAt);

public sealed record LedgerPage(IReadOnlyList<LedgerEntry> Items, int Total, int Page, int PageSize);

/// <summary>
/// For players that cannot send headers: <see cref="Token"/> stands in the address, opens the stream and the files of this one job, and ends with its
/// maker's session or after <see cref="ExpiresIn"/> seconds.
/// </summary>
public sealed record LinkResponse(string Token, int ExpiresIn, string Download, string Stream);

public sealed record GrantRequest(long Seconds, string? Note = null);

/// <summary>What is to change; null for what stays.</summary>
public sealed record ChangeUserRequest(string? Plan = null, string? Role = null);

/// <summary>A user as admins see one.</summary>
public sealed record UserResponse(Guid UserId, string Email, string Role, string Plan, long BalanceSeconds, DateTimeOffset CreatedAt);

public sealed record UserPage(IReadOnlyList<UserResponse> Items, int Total, int Page, int PageSize);
