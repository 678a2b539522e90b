using System.ComponentModel.DataAnnotations;

namespace Octavia.Api.Accounts;

/// <summary>Section <c>Jwt</c>.</summary>
sealed class JwtOptions
{
    /// <summary>Secret that tokens are signed with; at least 32 characters.</summary>
    [Required, MinLength(32)]
    public string SigningKey { get; set; } = "";

    public string Issuer { get; set; } = "octavia";

    public string Audience { get; set; } = "octavia";

    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(12);
}

/// <summary>Section <c>Accounts</c>.</summary>
sealed class AccountOptions
{
    /// <summary>Credits of a new user, in seconds of media.</summary>
    [Range(0, long.MaxValue)]
    public long GrantSeconds { get; set; } = 3600;

    /// <summary>Registrations and log-ins that one address may try in a minute.</summary>
    [Range(1, int.MaxValue)]
    public int AttemptsPerMinute { get; set; } = 120;

    /// <summary>Networks (<c>10.1.0.0/16</c>) of sites that may say whom they ask for, besides this machine.</summary>
    public IList<string> Proxies { get; } = [];
}
