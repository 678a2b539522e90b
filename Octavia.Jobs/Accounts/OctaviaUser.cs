using Microsoft.AspNetCore.Identity;

namespace Octavia.Jobs.Accounts;

public enum Plan
{
    Free,
    Paid,
}

public sealed class OctaviaUser : IdentityUser<Guid>
{
    public Plan Plan { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
}
