using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Octavia.Jobs.Accounts;

/// <summary>What a plan gives.</summary>
public sealed class PlanLimits
{
    /// <summary>Jobs that one user may have queued and running.</summary>
    [Range(1, 10_000)]
    public int JobsAtOnce { get; set; }

    /// <summary>Minutes of media, in each language, that jobs of one user may take in a calendar month (UTC), whatever the credits.</summary>
    [Range(1, 1_000_000)]
    public int MinutesAMonth { get; set; }

    /// <summary>Largest upload.</summary>
    [Range(1, 100_000)]
    public int MaxFileMegabytes { get; set; }

    /// <summary>Days that files and results are kept for.</summary>
    [Range(1, 3650)]
    public int RetentionDays { get; set; }
}

/// <summary>Section <c>Plans</c>: the one table of plans; docs/operations.md shows it. A plan's lane is that of its name.</summary>
public sealed class PlanOptions
{
    [ValidateObjectMembers]
    public PlanLimits Free { get; set; } = new() { JobsAtOnce = 5, MinutesAMonth = 120, MaxFileMegabytes = 500, RetentionDays = 7 };

    [ValidateObjectMembers]
    public PlanLimits Paid { get; set; } = new() { JobsAtOnce = 50, MinutesAMonth = 6000, MaxFileMegabytes = 2000, RetentionDays = 90 };

    public PlanLimits Of(Plan plan) => plan == Plan.Paid ? Paid : Free;
}
