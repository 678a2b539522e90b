using Octavia.Dubbing.Scoring;

namespace Octavia.Cli;

/// <summary>Scores of recognition by language, for the terminal and for the docs.</summary>
static class RecognitionTable
{
    /// <summary>A table, the sum last.</summary>
    public static string Markdown(IReadOnlyList<RecognitionScore> scores)
    {
        var rows = scores.GroupBy(score => score.Language).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => Row(group.Key, [.. group])).Append(Row("all", scores));
        var engines = string.Join(", ", scores.Select(score => score.Engine).OfType<string>().Distinct());
        return FormattableString.Invariant($"""
            {engines}, {scores.Select(score => score.PeakMemoryMebibytes).DefaultIfEmpty().Max():0} MiB at most

            | language | clips | words | wrong | real-time factor |
            | --- | --- | --- | --- | --- |
            {string.Join('\n', rows)}

            """);
    }

    static string Row(string language, IReadOnlyList<RecognitionScore> scores)
    {
        var (errors, words) = (scores.Sum(score => score.Recognition.Errors), scores.Sum(score => score.Recognition.Words));
        var speed = scores.Sum(score => score.ElapsedSeconds) / Math.Max(1, scores.Sum(score => score.DurationSeconds));
        return FormattableString.Invariant($"| {language} | {scores.Count} | {words} | {100.0 * errors / Math.Max(1, words):0.0} % | {speed:0.000} |");
    }
}
