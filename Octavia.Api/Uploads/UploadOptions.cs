using System.ComponentModel.DataAnnotations;

namespace Octavia.Api.Uploads;

/// <summary>Section <c>Uploads</c>: limits of what users bring.</summary>
sealed class UploadOptions
{
    /// <summary>Largest file of any plan: a plan may give less.</summary>
    [Range(1, long.MaxValue)]
    public long MaxBytes { get; set; } = 2000L << 20;

    /// <summary>Largest text or subtitle file.</summary>
    [Range(1, int.MaxValue)]
    public int MaxTextBytes { get; set; } = 5 << 20;

    /// <summary>Longest media: as much as the engine takes.</summary>
    public TimeSpan MaxLength { get; set; } = TimeSpan.FromHours(6);

    /// <summary>Processor time for a look into a file; by the clock it may take four times as long.</summary>
    public TimeSpan ProbeLimit { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest download of an import.</summary>
    public TimeSpan ImportLimit { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Networks (<c>10.1.0.0/16</c>) that imports may reach besides the public internet.</summary>
    public IList<string> AllowedNetworks { get; } = [];
}
