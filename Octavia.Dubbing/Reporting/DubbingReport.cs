using Octavia.Dubbing.Quoting;
using Octavia.Dubbing.Translation;

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

    /// <summary><see cref="ElapsedSeconds"/> by <see cref="DurationSeconds"/>.</summary>
    public double RealTimeFactor { get; init; }

    /// <summary><see cref="StageSeconds"/> by <see cref="DurationSeconds"/>.</summary>
    public IReadOnlyDictionary<string, double> StageRealTimeFactors { get; init; } = new Dictionary<string, double>();

    /// <summary>ISO 639-1 of the original.</summary>
    public string SourceLanguage { get; init; } = "";

    /// <summary>How sure the recogniser was of it, 0 to 1; null when it was given.</summary>
    public double? SourceLanguageProbability { get; init; }

    /// <summary>Engine per part that all versions share: <c>recognition</c>; and what became of the original voice under the dub: <c>background</c>.</summary>
    public IReadOnlyDictionary<string, string> Engines { get; init; } = new Dictionary<string, string>();

    /// <summary>What was made, by language, in the order that was asked for: at least one.</summary>
    public IReadOnlyList<VersionReport> Versions { get; init; } = [];

    /// <summary>Voices that were cloned, and the consent to it; null where that was not asked for.</summary>
    public CloneReport? Clones { get; init; }

    /// <summary>Proof that the picture was not touched; null without a picture, when subtitles were drawn into it, and when lips were moved.</summary>
    public PictureReport? Picture { get; init; }

    /// <summary>What was to be expected before the run, and what came of it; null of texts, and of runs that were told nothing.</summary>
    public QuoteOutcome? Quote { get; init; }

    /// <summary>What a user should know, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Most memory that the process held, in MiB.</summary>
    public double PeakMemoryMebibytes { get; init; }
}

/// <summary>The result in one language.</summary>
public sealed record VersionReport
{
    /// <summary>ISO 639-1; of a transcript the original's.</summary>
    public required string Language { get; init; }

    /// <summary>Engine per part: <c>translation</c>, <c>speech</c>.</summary>
    public IReadOnlyDictionary<string, string> Engines { get; init; } = new Dictionary<string, string>();

    /// <summary>Voice per speaker.</summary>
    public IReadOnlyDictionary<string, string> Voices { get; init; } = new Dictionary<string, string>();

    /// <summary>Each speaker's voice against the original's.</summary>
    public IReadOnlyList<SpeakerReport> Speakers { get; init; } = [];

    /// <summary>How the lines came out.</summary>
    public LineReport Lines { get; init; } = new();

    /// <summary>Tokens that the service that translates counted in this run; null without one.</summary>
    public TokenUse? Tokens { get; init; }

    /// <summary>Loudness before and after; null without a mix.</summary>
    public LoudnessReport? Loudness { get; init; }
}

/// <summary>Lines of a version.</summary>
public sealed record LineReport
{
    /// <summary>All.</summary>
    public int Total { get; init; }

    /// <summary>Spoken and placed.</summary>
    public int Placed { get; init; }

    /// <summary>Spoken faster than normal.</summary>
    public int SpedUp { get; init; }

    /// <summary>Spoken slower than normal, toward the original's length or rate.</summary>
    public int Slowed { get; init; }

    /// <summary>Worded shorter than the translation was at first, to fit their place.</summary>
    public int Reworded { get; init; }

    /// <summary>With at least one flag.</summary>
    public int Flagged { get; init; }

    /// <summary>Taken from an interrupted run as they were.</summary>
    public int Reused { get; init; }

    /// <summary>Pairs of takes of one speaker that overlap: 0, always.</summary>
    public int Overlaps { get; init; }

    /// <summary>Median rate; 1 is normal.</summary>
    public double TempoMedian { get; init; }

    /// <summary>Rate that 95 % of the lines stay under.</summary>
    public double TempoP95 { get; init; }

    /// <summary>Highest rate.</summary>
    public double TempoMost { get; init; }

    /// <summary>Longest delay of a line after its original, in seconds.</summary>
    public double DelayMost { get; init; }

    /// <summary>Flags with the number of their line.</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];
}

/// <summary>A speaker of a run.</summary>
/// <param name="Speaker">Id.</param>
/// <param name="Voice">The engine's name of the voice.</param>
/// <param name="OriginalPitch">Median F0 of the original in Hz; null when less than 0.2 s was voiced.</param>
/// <param name="Pitch">Median F0 of the dub in Hz; null as above.</param>
/// <param name="Rate">Median rate of the lines; 1 is the voice's own.</param>
public sealed record SpeakerReport(string Speaker, string Voice, double? OriginalPitch, double? Pitch, double Rate);

/// <summary>Speakers' own voices.</summary>
/// <param name="ConsentGiven">When the user confirmed to have the speakers' consent.</param>
/// <param name="ConsentBy">Who confirmed it; null where nobody is known.</param>
/// <param name="Voices">By speaker.</param>
public sealed record CloneReport(DateTimeOffset ConsentGiven, string? ConsentBy, IReadOnlyList<ClonedVoice> Voices);

/// <summary>A voice that was cloned, or was to be.</summary>
/// <param name="Speaker">Id.</param>
/// <param name="Voice">The service's id of the voice, while it was there; null when it was not made.</param>
/// <param name="SampleSeconds">Seconds of the speaker's speech that were sent.</param>
/// <param name="Deleted">Whether nothing of it is left at the service.</param>
/// <param name="Problem">Why it was not made, as sentences; null when it was.</param>
public sealed record ClonedVoice(string Speaker, string? Voice, double SampleSeconds, bool Deleted, string? Problem);

/// <summary>Programme loudness.</summary>
/// <param name="SourceLufs">Of the original; null for silence.</param>
/// <param name="OutputLufs">Of the dub; null for silence.</param>
/// <param name="TruePeakDb">Of the dub, dBTP.</param>
/// <param name="GainDb">Gain over the whole programme.</param>
public sealed record LoudnessReport(double? SourceLufs, double? OutputLufs, double TruePeakDb, double GainDb);

/// <summary>Hashes of the picture stream.</summary>
/// <param name="Before">SHA-256 in the original.</param>
/// <param name="After">SHA-256 in the result.</param>
/// <param name="Untouched">Whether both are equal.</param>
public sealed record PictureReport(string Before, string After, bool Untouched);
