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
        if (user is not null && !await TakeTryAsync(user.Id))
            throw new Refusal(429, "account.locked", "Too many wrong passwords; wait five minutes and try again.")
            {
                RetryAfter = await db.Users.Where(x => x.Id == user.Id).Select(x => x.LockoutEnd).SingleOrDefaultAsync() - DateTimeOffset.UtcNow,
            };
        var known = await users.CheckPasswordAsync(user ?? Nobody(), password ?? "");
        if (user is null || !known) throw Wrong();
        await db.Users.Where(x => x.Id == user.Id).ExecuteUpdateAsync(set => set.SetProperty(x => x.LockoutEnd, (DateTimeOffset?)null).SetProperty(x => x.AccessFailedCount, 0));
        return user;
    }

    public static Refusal Wrong() => new(401, "account.wrong_credentials", "The e-mail address or the password is wrong.");

    // Every try is counted as a wrong one before it is looked at, and taken back when it is right: of many that come at once no more are looked at than of
    // those that come in turn. In one statement, since Identity's AccessFailedAsync counts one of them: the others find the row changed.
    async Task<bool> TakeTryAsync(Guid userId)
    {
        var lockout = users.Options.Lockout;
        var now = DateTimeOffset.UtcNow;
        DateTimeOffset? end = now + lockout.DefaultLockoutTimeSpan;
        return await db.Users.Where(x => x.Id == userId && (!x.LockoutEnabled || x.LockoutEnd == null || x.LockoutEnd <= now)).ExecuteUpdateAsync(set => set
            .SetProperty(x => x.LockoutEnd, x => x.LockoutEnabled && x.AccessFailedCount + 1 >= lockout.MaxFailedAccessAttempts ? end : x.LockoutEnd)
            .SetProperty(x => x.AccessFailedCount, x => x.AccessFailedCount + 1 >= lockout.MaxFailedAccessAttempts ? 0 : x.AccessFailedCount + 1)) > 0;
    }

    OctaviaUser Nobody()
    {
        var nobody = new OctaviaUser();
        nobody.PasswordHash = nobodysHash ??= users.PasswordHasher.HashPassword(nobody, Guid.NewGuid().ToString());
        return nobody;
    }
}
