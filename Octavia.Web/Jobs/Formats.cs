using Octavia.Jobs.Client;

namespace Octavia.Web.Jobs;

/// <summary>Sizes and times as people write them.</summary>
static class Formats
{
    public static string Size(long bytes) => bytes switch
    {
        < 1_000 => $"{bytes} bytes",
        < 1_000_000 => $"{bytes / 1e3:0} kB",
        < 1_000_000_000 => $"{bytes / 1e6:0.0} MB",
        _ => $"{bytes / 1e9:0.00} GB",
    };

    /// <summary>1 item, 4 items.</summary>
    public static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";

    /// <summary>1:05, 12:40, 1:02:03.</summary>
    public static string Clock(TimeSpan time)
    {
        if (time < TimeSpan.Zero) time = TimeSpan.Zero;
        return time.TotalHours >= 1 ? time.ToString(@"h\:mm\:ss") : time.ToString(@"m\:ss");
    }

    /// <summary>less than a minute, 4 minutes, 1 h 20 min.</summary>
    public static string About(TimeSpan time) => time.TotalMinutes switch
    {
        < 0.25 => "a few seconds",
        < 1 => "less than a minute",
        < 1.5 => "about a minute",
        < 60 => $"about {Math.Round(time.TotalMinutes)} minutes",
        _ => $"about {(int)time.TotalHours} h {time.Minutes} min",
    };

    /// <summary>What services take: none, about $0.02, not known.</summary>
    public static string Usd(double? usd) => usd switch
    {
        null => "not known",
        0 => "none",
        < 0.01 => "less than $0.01",
        _ => FormattableString.Invariant($"about ${usd:0.00}"),
    };

    public static string Ago(DateTimeOffset then, DateTimeOffset now) => (now - then).TotalMinutes switch
    {
        < 1 => "just now",
        < 60 and var minutes => $"{(int)minutes} min ago",
        < 60 * 24 and var minutes => $"{(int)(minutes / 60)} h ago",
        _ => then.ToString("d MMM yyyy"),
    };

    /// <summary>The English names of a language code, or of several with hyphens (es-fr): Spanish, French. A code without a name stays as it is.</summary>
    public static string Language(string? code, LanguagesResponse? known) => string.Join(", ", (code ?? "").Split('-').Select(one =>
        known?.Sources.Concat(known.Targets).FirstOrDefault(language => language.Code == one)?.Name ?? one));

    /// <summary>English → Spanish, French; one language where there is only one.</summary>
    public static string Languages(JobResponse job, LanguagesResponse? known)
    {
        if (job.JobType == JobType.Synthesize) return Language(job.TargetLanguage, known);
        var source = job.SourceLanguage == "auto" ? job.JobMetadata.DetectedLanguage is { } heard ? Language(heard, known) : "Detected" : Language(job.SourceLanguage, known);
        return job.TargetLanguages.Count == 0 ? source : $"{source} → {Language(string.Join('-', job.TargetLanguages), known)}";
    }
}
