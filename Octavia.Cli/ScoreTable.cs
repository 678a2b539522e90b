using System.Globalization;
using Octavia.Dubbing.Scoring;

namespace Octavia.Cli;

/// <summary>Scores as rows of text: one set of columns for the terminal and for the docs.</summary>
static class ScoreTable
{
    /// <summary>Names of the columns.</summary>
    public static readonly string[] Columns =
        ["clip", "to", "in slot", "tempo p95", "onset p95 ms", "LU", "dBTP", "voice dB", "voice dBFS", "bed dB", "heard again", "recognised", "chrF", "speakers", "real time"];

    /// <summary>A clip.</summary>
    public static string[] Row(ClipScore score)
    {
        if (score.Failure is not null) return [score.Clip, score.To, score.Failure.Split(':')[0], .. Enumerable.Repeat("", Columns.Length - 3)];
        var sum = ScoreSummary.Of([score]);
        return
        [
            score.Clip, score.To, $"{score.Lines.Count(line => line.InSlot)} of {score.Lines.Count}", Number(sum.TempoP95, "0.00"), Number(sum.OnsetP95 * 1000, "0"),
            Number(score.LoudnessDifference, "0.0"), Number(score.TruePeakDb, "0.0"), Number(score.Bed.VoiceDb, "0"), Number(score.Bed.VoiceDbfs, "0"),
            Number(score.Bed.BackgroundDb, "0.0"), Percent(score.Again.Rate), Percent(score.Recognition?.Rate), Number(score.TranslationChrF, "0"),
            score.SpeakersKnown is { } known ? $"{score.SpeakersFound} of {known}" : $"{score.SpeakersFound}", Number(score.RealTimeFactors["whole"], "0.00"),
        ];
    }

    /// <summary>The sum, a figure a line.</summary>
    public static IEnumerable<(string Name, string Value)> Figures(ScoreSummary sum) =>
    [
        ("dubs, failed", $"{sum.Dubs}, {sum.Failed}"),
        ("lines, within their slot", $"{sum.Lines}, {Percent(sum.InSlot)}"),
        ("lines moved inside a phrase, by at most, s", $"{sum.Moved}, {Number(sum.MovedMost, "0.00")}"),
        ("tempo: median, p95, most", $"{Number(sum.TempoMedian, "0.00")}, {Number(sum.TempoP95, "0.00")}, {Number(sum.TempoMost, "0.00")}"),
        ("overlaps", $"{sum.Overlaps}"),
        ("onset error p95, ms (lines measured)", $"{Number(sum.OnsetP95 * 1000, "0")} ({sum.OnsetLines})"),
        ("largest loudness difference, LU", Number(sum.LoudnessMost, "0.0")),
        ("highest true peak, dBTP", Number(sum.TruePeakMost, "0.0")),
        ("pictures changed", $"{sum.PicturesChanged}"),
        ("original voice under the dub, mean: dB, dBFS", $"{Number(sum.Bed.VoiceDb, "0.0")}, {Number(sum.Bed.VoiceDbfs, "0.0")}"),
        ("background under the dub, mean, dB", Number(sum.Bed.BackgroundDb, "0.0")),
        ("dub recognised again, WER (natural voices)", Percent(sum.Again.Rate)),
        ("recognition, WER", Percent(sum.Recognition.Rate)),
        ("translation, chrF", Number(sum.TranslationChrF, "0.0")),
        ("speakers told right", $"{sum.SpeakersRight} of {sum.SpeakersKnown}"),
        ("real-time factor", string.Join(", ", sum.RealTimeFactors.Select(stage => $"{stage.Key} {Number(stage.Value, "0.000")}"))),
        ("peak memory, MiB", Number(sum.PeakMemoryMebibytes, "0")),
    ];

    /// <summary>A page for the docs.</summary>
    public static string Markdown(IReadOnlyList<ClipScore> scores, string command)
    {
        var lines = new List<string> { $"`{command}`", "", "| figure | value |", "| --- | --- |" };
        lines.AddRange(Figures(ScoreSummary.Of(scores)).Select(figure => $"| {figure.Name} | {figure.Value} |"));
        lines.AddRange(["", $"| {string.Join(" | ", Columns)} |", $"|{string.Concat(Enumerable.Repeat(" --- |", Columns.Length))}"]);
        lines.AddRange(scores.Select(score => $"| {string.Join(" | ", Row(score))} |"));
        return string.Join('\n', lines) + "\n";
    }

    static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    static string Percent(double? share) => share is { } value ? (100 * value).ToString("0.0", CultureInfo.InvariantCulture) + " %" : "";
}
