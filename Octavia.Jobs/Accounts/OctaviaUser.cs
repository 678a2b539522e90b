using Microsoft.AspNetCore.Identity;

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
