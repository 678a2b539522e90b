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

    /// <summary>How long an access token counts, if its session does not end before.</summary>
    // The web site renews a minute before the end.
    [Range(typeof(TimeSpan), "00:01:01", "1.00:00:00")]
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a session lasts in which nothing is renewed.</summary>
    public TimeSpan RefreshLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long a link counts, besides the length of its media: who plays a film to its end reads it to its end.</summary>
    public TimeSpan LinkLifetime { get; set; } = TimeSpan.FromHours(1);
}

/// <summary>Section <c>Accounts</c>.</summary>
sealed class AccountOptions
{
    /// <summary>Credits of a new user, in seconds of media.</summary>
    [Range(0, long.MaxValue)]
    public long GrantSeconds { get; set; } = 3600;

    /// <summary>Registrations, log-ins and other tries of a password that one address may make in a minute.</summary>
    [Range(1, int.MaxValue)]
    public int AttemptsPerMinute { get; set; } = 120;

    /// <summary>Uploads and imports that one user may begin in a minute.</summary>
    [Range(1, int.MaxValue)]
    public int UploadsPerMinute { get; set; } = 30;

    /// <summary>Jobs that one user may create in a minute.</summary>
    [Range(1, int.MaxValue)]
    public int CreatesPerMinute { get; set; } = 60;

    /// <summary>A secret: who knows it makes the own account one of an admin. Without it nobody becomes the first one.</summary>
    [MinLength(16)]
    public string? AdminCode { get; set; }

    /// <summary>Networks (<c>10.1.0.0/16</c>) of sites that may say whom they ask for, besides this machine.</summary>
    public IList<string> Proxies { get; } = [];
}
