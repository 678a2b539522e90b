namespace Octavia.Dubbing.Scoring;

/// <summary>A clip to score, and what is known about it.</summary>
/// <param name="Path">File.</param>
/// <param name="Language">ISO 639-1, or <c>auto</c>.</param>
/// <param name="Speakers">How many speak; null when not known.</param>
/// <param name="Transcript">What is said, word for word; null when not known.</param>
/// <param name="References">Known translations by language.</param>
public sealed record ScoreClip(string Path, string Language, int? Speakers, string? Transcript, IReadOnlyDictionary<string, string> References);

/// <summary>How one line came out.</summary>
/// <param name="InSlot">Spoken whole, on time, within its slot.</param>
/// <param name="Tempo">Rate; null when it was not spoken.</param>
/// <param name="OnsetSeconds">How far the new voice begins from the old; null where the sound does not tell.</param>
/// <param name="DriftSeconds">How far a line inside a phrase was moved; null for one that begins a phrase.</param>
public sealed record LineScore(bool InSlot, double? Tempo, double? OnsetSeconds, double? DriftSeconds);

/// <summary>Wrong words of so many.</summary>
public sealed record WordScore(int Errors, int Words)
{
    /// <summary>Word error rate; null of nothing.</summary>
    public double? Rate => Words == 0 ? null : Math.Round((double)Errors / Words, 4);
}

/// <summary>How one clip was recognised.</summary>
/// <param name="Clip">File name.</param>
/// <param name="Language">ISO 639-1 of what is said.</param>
/// <param name="Recognition">Against the transcript.</param>
/// <param name="DurationSeconds">Length of the clip; 0 when nothing was recognised.</param>
/// <param name="ElapsedSeconds">How long it took; 0 when nothing was recognised.</param>
/// <param name="PeakMemoryMebibytes">Most memory that the process has held so far.</param>
/// <param name="Engine">Engine and model; null when nothing was recognised.</param>
public sealed record RecognitionScore(
    string Clip, string Language, WordScore Recognition, double DurationSeconds, double ElapsedSeconds, double PeakMemoryMebibytes, string? Engine);

/// <summary>How one clip came out in one language.</summary>
public sealed record ClipScore
{
    /// <summary>File name.</summary>
    public required string Clip { get; init; }

    /// <summary>ISO 639-1 of the original.</summary>
    public required string From { get; init; }

    /// <summary>ISO 639-1 of the dub.</summary>
    public required string To { get; init; }

    /// <summary>Why there is no dub: code and sentence; null when there is one.</summary>
    public string? Failure { get; init; }

    /// <summary>Seconds.</summary>
    public double DurationSeconds { get; init; }

    /// <summary>Lines, in order.</summary>
    public IReadOnlyList<LineScore> Lines { get; init; } = [];

    /// <summary>Pairs of takes of one speaker that overlap.</summary>
    public int Overlaps { get; init; }

    /// <summary>Loudness of the dub less that of the original, in LU, by ffmpeg's meter; null for silence.</summary>
    public double? LoudnessDifference { get; init; }

    /// <summary>True peak of the dub in dBTP, by ffmpeg's meter.</summary>
    public double? TruePeakDb { get; init; }

    /// <summary>Whether the picture's hash is what it was; null without a picture.</summary>
    public bool? PictureUntouched { get; init; }

    /// <summary>What is left of the original under the new voice.</summary>
    public BedFigures Bed { get; init; } = new(null, null, null);

    /// <summary>The dub recognised again, against what it was to say.</summary>
    public WordScore Again { get; init; } = new(0, 0);

    /// <summary>The recogniser against the transcript; null when that is not known.</summary>
    public WordScore? Recognition { get; init; }

    /// <summary>The translation against a known one, 0 to 100; null when none is known.</summary>
    public double? TranslationChrF { get; init; }

    /// <summary>Speakers found.</summary>
    public int SpeakersFound { get; init; }

    /// <summary>Speakers known; null when not known.</summary>
    public int? SpeakersKnown { get; init; }

    /// <summary>Voices that spoke.</summary>
    public int Voices { get; init; }

    /// <summary>Engine that spoke.</summary>
    public string SpeechEngine { get; init; } = "";

    /// <summary>Real-time factor of the whole and of each stage; models are loaded once for all clips.</summary>
    public IReadOnlyDictionary<string, double> RealTimeFactors { get; init; } = new Dictionary<string, double>();

    /// <summary>Most memory that the process held until then, in MiB.</summary>
    public double PeakMemoryMebibytes { get; init; }

    /// <summary>Flags of the lines.</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];
}
