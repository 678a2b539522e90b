namespace Octavia.Dubbing.Scoring;

/// <summary>Many clips in one.</summary>
public sealed record ScoreSummary
{
    /// <summary>Dubs that were asked for.</summary>
    public required int Dubs { get; init; }

    /// <summary>Those that failed.</summary>
    public required int Failed { get; init; }

    /// <summary>Lines of all.</summary>
    public required int Lines { get; init; }

    /// <summary>Share of the lines within their slot, 0 to 1.</summary>
    public double? InSlot { get; init; }

    /// <summary>Lines inside a phrase that were moved by more than 50 ms.</summary>
    public int Moved { get; init; }

    /// <summary>How far the farthest was moved, in seconds.</summary>
    public double? MovedMost { get; init; }

    /// <summary>Median rate of the lines.</summary>
    public double? TempoMedian { get; init; }

    /// <summary>Rate that 95 % of the lines stay under.</summary>
    public double? TempoP95 { get; init; }

    /// <summary>Highest rate.</summary>
    public double? TempoMost { get; init; }

    /// <summary>Pairs of takes of one speaker that overlap.</summary>
    public int Overlaps { get; init; }

    /// <summary>Distance from the original voice's start that 95 % of the lines stay under, in seconds.</summary>
    public double? OnsetP95 { get; init; }

    /// <summary>Lines whose onset could be measured.</summary>
    public int OnsetLines { get; init; }

    /// <summary>Largest difference in loudness, in LU.</summary>
    public double? LoudnessMost { get; init; }

    /// <summary>Highest true peak, in dBTP.</summary>
    public double? TruePeakMost { get; init; }

    /// <summary>Pictures that came out changed.</summary>
    public int PicturesChanged { get; init; }

    /// <summary>What is left under the new voice, in the mean of the clips.</summary>
    public BedFigures Bed { get; init; } = new(null, null, null);

    /// <summary>The dubs recognised again, those with natural voices.</summary>
    public WordScore Again { get; init; } = new(0, 0);

    /// <summary>The recogniser against transcripts.</summary>
    public WordScore Recognition { get; init; } = new(0, 0);

    /// <summary>Mean of the translations' chrF.</summary>
    public double? TranslationChrF { get; init; }

    /// <summary>Clips with the number of speakers that is known, of those where it is.</summary>
    public int SpeakersRight { get; init; }

    /// <summary>Clips whose number of speakers is known.</summary>
    public int SpeakersKnown { get; init; }

    /// <summary>Real-time factor, all seconds of work by all seconds of film.</summary>
    public IReadOnlyDictionary<string, double> RealTimeFactors { get; init; } = new Dictionary<string, double>();

    /// <summary>Most memory that the process held, in MiB.</summary>
    public double PeakMemoryMebibytes { get; init; }

    /// <summary>Sums up.</summary>
    public static ScoreSummary Of(IReadOnlyList<ClipScore> scores)
    {
        var done = scores.Where(score => score.Failure is null).ToList();
        var lines = done.SelectMany(score => score.Lines).ToList();
        var tempo = lines.Select(line => line.Tempo).OfType<double>().Order().ToList();
        var onsets = lines.Select(line => line.OnsetSeconds).OfType<double>().Select(Math.Abs).Order().ToList();
        var seconds = done.Sum(score => score.DurationSeconds);
        return new ScoreSummary
        {
            Dubs = scores.Count,
            Failed = scores.Count - done.Count,
            Lines = lines.Count,
            InSlot = lines.Count == 0 ? null : (double)lines.Count(line => line.InSlot) / lines.Count,
            Moved = lines.Count(line => Math.Abs(line.DriftSeconds ?? 0) > 0.05),
            MovedMost = lines.Max(line => line.DriftSeconds is { } drift ? Math.Round(Math.Abs(drift), 2) : (double?)null),
            TempoMedian = At(tempo, 0.5),
            TempoP95 = At(tempo, 0.95),
            TempoMost = At(tempo, 1),
            Overlaps = done.Sum(score => score.Overlaps),
            OnsetP95 = At(onsets, 0.95),
            OnsetLines = onsets.Count,
            LoudnessMost = done.Max(score => score.LoudnessDifference is { } lu ? Math.Abs(lu) : (double?)null),
            TruePeakMost = done.Max(score => score.TruePeakDb),
            PicturesChanged = done.Count(score => score.PictureUntouched == false),
            Bed = new BedFigures(
                MeanPower(done.Select(score => score.Bed.VoiceDb)), MeanPower(done.Select(score => score.Bed.VoiceDbfs)), Mean(done.Select(score => score.Bed.BackgroundDb))),
            Again = Sum(done.Where(score => !score.SpeechEngine.StartsWith("espeak", StringComparison.Ordinal)).Select(score => score.Again)),
            Recognition = Sum(done.Select(score => score.Recognition).OfType<WordScore>()),
            TranslationChrF = Mean(done.Select(score => score.TranslationChrF)),
            SpeakersKnown = done.Count(score => score.SpeakersKnown is not null),
            SpeakersRight = done.Count(score => score.SpeakersKnown == score.SpeakersFound),
            RealTimeFactors = done.SelectMany(score => score.RealTimeFactors.Select(stage => (stage.Key, Seconds: stage.Value * score.DurationSeconds)))
                .GroupBy(stage => stage.Key).ToDictionary(stage => stage.Key, stage => Math.Round(stage.Sum(one => one.Seconds) / seconds, 3)),
            PeakMemoryMebibytes = done.Count == 0 ? 0 : done.Max(score => score.PeakMemoryMebibytes),
        };
    }

    static double? At(List<double> sorted, double share) => sorted.Count == 0 ? null : Math.Round(sorted[(int)Math.Ceiling(share * (sorted.Count - 1))], 3);

    // Of levels, the loud ones count.
    static double? MeanPower(IEnumerable<double?> levels) =>
        levels.Average(level => level is { } db ? Math.Pow(10, db / 10) : (double?)null) is { } power ? Math.Round(10 * Math.Log10(power), 1) : null;

    static double? Mean(IEnumerable<double?> values) => values.Average() is { } mean ? Math.Round(mean, 1) : null;

    static WordScore Sum(IEnumerable<WordScore> words) => words.Aggregate(new WordScore(0, 0), (sum, one) => new WordScore(sum.Errors + one.Errors, sum.Words + one.Words));
}
