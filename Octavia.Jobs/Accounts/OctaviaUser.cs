using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Octavia.Jobs.Accounts;

public enum Plan
{
    Free,
    Paid,
}

public enum UserRole
{
    User,

    /// <summary>Grants credits, and changes plans and roles.</summary>
    Admin,
}

public sealed class OctaviaUser : IdentityUser<Guid>
{
    public Plan Plan { get; set; }

    public UserRole Role { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
}

public static class UserChanges
{
    /// <summary>
    /// Changes role and plan where they are given. Whoever has read the user before and writes it whole, as Identity does, finds that it has changed, and does not put
    /// the old role back.
    /// </summary>
    /// <returns>Whether there is such a user.</returns>
    public static async Task<bool> ChangeUserAsync(this OctaviaDbContext db, Guid id, UserRole? role, Plan? plan, CancellationToken ct)
    {
        var stamp = Guid.NewGuid().ToString();
        return await db.Users.Where(x => x.Id == id).ExecuteUpdateAsync(
            set => set.SetProperty(x => x.Role, x => role ?? x.Role).SetProperty(x => x.Plan, x => plan ?? x.Plan).SetProperty(x => x.ConcurrencyStamp, stamp), ct) > 0;
    }
}
