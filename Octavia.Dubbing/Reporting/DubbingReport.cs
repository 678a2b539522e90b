namespace Octavia.Dubbing.Reporting;

/// <summary>What a run did, with figures: <c>report.json</c>.</summary>
public sealed record DubbingReport
{
    /// <summary>Length of the media in seconds.</summary>
    public double DurationSeconds { get; init; }

    /// <summary>Wall-clock seconds of the run.</summary>
    public double ElapsedSeconds { get; init; }

    /// <summary>Wall-clock seconds per stage, by its name in lower case. Stages overlap, so they add up to more than the whole.</summary>
    public IReadOnlyDictionary<string, double> StageSeconds { get; init; } = new Dictionary<string, double>();
}
