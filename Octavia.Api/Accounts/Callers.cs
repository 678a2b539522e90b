using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using Octavia.Jobs;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Telemetry;

namespace Octavia.Api.Accounts;

/// <summary>Asks at every request whether the session or the key of its caller still counts: what was ended or deleted is over at once.</summary>
sealed class Callers(OctaviaDbContext db)
{
    public const string RoleClaim = "role";

    /// <summary>Adds the role, which may have changed since the token was made; false when the caller is nobody any more.</summary>
    public async Task<bool> CompleteAsync(ClaimsPrincipal caller, CancellationToken ct)
    {
        if (await RoleAsync(caller, ct) is not { } role) return false;
        ((ClaimsIdentity)caller.Identity!).AddClaim(new Claim(RoleClaim, OctaviaTelemetry.Wire(role)));
        return true;
    }

    /// <summary>Null when the session or the key of the caller is over.</summary>
    public async Task<UserRole?> RoleAsync(ClaimsPrincipal caller, CancellationToken ct)
    {
        var userId = caller.Id();
        var now = DateTimeOffset.UtcNow;
        var users = db.Users.IgnoreQueryFilters().Where(x => x.Id == userId);
        if (Guid.TryParse(caller.FindFirstValue(Tokens.SessionClaim), out var session))
            users = users.Where(x => db.Sessions.Any(s => s.Id == session && s.UserId == x.Id && s.ExpiresAt > now));
        else if (Guid.TryParse(caller.FindFirstValue(Tokens.KeyClaim), out var key))
            users = users.Where(x => db.ApiKeys.Any(k => k.Id == key && k.UserId == x.Id));
        else return null;
        return await users.Select(x => (UserRole?)x.Role).SingleOrDefaultAsync(ct);
    }
}
