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

    /// <summary>Imports of one user that may wait and run at once: few beside those that a process runs, so that no two users have all.</summary>
    [Range(1, 1000)]
    public int ImportsAtOnce { get; set; } = 3;

    /// <summary>How long an upload that is sent piece by piece may take.</summary>
    public TimeSpan ResumableFor { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Uploads of one user that may be half sent at once.</summary>
    [Range(1, 1000)]
    public int ResumableAtOnce { get; set; } = 20;

    /// <summary>Whether videos of web pages are fetched, where yt-dlp is installed: for whom the network keeps out of the house, or who trusts all users.</summary>
    public bool VideoSites { get; set; }

    /// <summary>That program: a name on the PATH, or where it is.</summary>
    [Required]
    public string YtDlp { get; set; } = "yt-dlp";

    /// <summary>Networks (<c>10.1.0.0/16</c>) that imports may reach besides the public internet.</summary>
    public IList<string> AllowedNetworks { get; } = [];
}
