using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Octavia.Api.Operations;
using Octavia.Jobs;
using Octavia.Jobs.Accounts;

namespace Octavia.Api.Accounts;

/// <summary>Whether a password is the user's. Wrong ones are counted, and after some of them no password is taken for a while.</summary>
sealed class Passwords(UserManager<OctaviaUser> users, OctaviaDbContext db)
{
    static string? nobodysHash;

    /// <param name="user">Null for an unknown address: it costs the same time as a wrong password, and gets the same answer.</param>
    /// <param name="password">What was entered.</param>
    public async Task<OctaviaUser> CheckAsync(OctaviaUser? user, string? password)
    {
        if (user is not null && await users.IsLockedOutAsync(user))
            throw new Refusal(429, "account.locked", "Too many wrong passwords; wait five minutes and try again.")
            {
                RetryAfter = user.LockoutEnd - DateTimeOffset.UtcNow,
            };
        var known = await users.CheckPasswordAsync(user ?? Nobody(), password ?? "");
        if (user is null || !known)
        {
            if (user is not null) await CountAsync(user.Id);
            throw new Refusal(401, "account.wrong_credentials", "The e-mail address or the password is wrong.");
        }
        await users.ResetAccessFailedCountAsync(user);
        return user;
    }

    // What Identity's AccessFailedAsync does, in one statement: of guesses that come at once it counts one, since the others find the row changed.
    Task<int> CountAsync(Guid userId)
    {
        var lockout = users.Options.Lockout;
        DateTimeOffset? end = DateTimeOffset.UtcNow + lockout.DefaultLockoutTimeSpan;
        return db.Users.Where(x => x.Id == userId && x.LockoutEnabled).ExecuteUpdateAsync(set => set
            .SetProperty(x => x.LockoutEnd, x => x.AccessFailedCount + 1 >= lockout.MaxFailedAccessAttempts ? end : x.LockoutEnd)
            .SetProperty(x => x.AccessFailedCount, x => x.AccessFailedCount + 1 >= lockout.MaxFailedAccessAttempts ? 0 : x.AccessFailedCount + 1));
    }

    OctaviaUser Nobody()
    {
        var nobody = new OctaviaUser();
        nobody.PasswordHash = nobodysHash ??= users.PasswordHasher.HashPassword(nobody, Guid.NewGuid().ToString());
        return nobody;
    }
}
