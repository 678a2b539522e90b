using Octavia.Dubbing.Recognition;

namespace Octavia.Dubbing.Subtitles;

/// <summary>Something said that is to be read.</summary>
/// <param name="Start">Seconds.</param>
/// <param name="End">Seconds.</param>
/// <param name="Text">Of any length.</param>
/// <param name="Words">Times of the words of <paramref name="Text"/>; empty where there are none, as in a translation.</param>
public sealed record SubtitleLine(double Start, double End, string Text, IReadOnlyList<Word> Words);

/// <summary>
/// Makes subtitles that can be read: two lines of <see cref="LineBreaker.Columns"/> columns, at most <see cref="ColumnsPerSecond"/>. A long line becomes
/// several cues that change where its words do; a fast one stays into the silence after it, never over the next line. Only a line with more text than
/// the time up to the next one allows is faster, and then as slow as that time lets it be.
/// </summary>
public static class SubtitleLayout
{
    /// <summary>Reading speed; a wide character (Chinese, Japanese, Korean) counts as two.</summary>
    public const int ColumnsPerSecond = 20;
    // Less is a flash that the eye misses; given only where the silence has it.
    const long ShortestMilliseconds = 1000;

    /// <summary>Cues in the order of the lines, their times in whole milliseconds, as files hold them.</summary>
    /// <param name="lines">In the order of their start.</param>
    /// <param name="until">Seconds where the film ends: the last cue stays no longer.</param>
    public static IEnumerable<SubtitleCue> Lay(IReadOnlyList<SubtitleLine> lines, double until)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            var next = i + 1 < lines.Count ? lines[i + 1].Start : until;
            // People who speak at once are shown at once.
            foreach (var cue in Lay(lines[i], Milliseconds(Math.Max(next, lines[i].End)))) yield return cue;
        }
    }

    static IEnumerable<SubtitleCue> Lay(SubtitleLine line, long limit)
    {
        var pieces = LineBreaker.Pieces(line.Text).ConvertAll(LineBreaker.Wrap);
        if (pieces.Count == 0) yield break;
        var starts = Starts(line, pieces, limit);
        for (var i = 0; i < pieces.Count; i++)
        {
            var end = i + 1 < pieces.Count ? starts[i + 1]
                : Math.Min(limit, Math.Max(Milliseconds(line.End), starts[i] + Math.Max(ShortestMilliseconds, Need(pieces[i]))));
            yield return new SubtitleCue(starts[i] / 1000.0, end / 1000.0, pieces[i]);
        }
    }

    // Each cue begins with its first word, but not before the one ahead was read, nor so late that those behind cannot be.
    static long[] Starts(SubtitleLine line, List<string> pieces, long limit)
    {
        var start = Milliseconds(line.Start);
        var said = PieceTimes(line, pieces);
        var left = pieces.Sum(Need);
        var room = limit - start;
        // With too little room for all, each gets its share of it.
        long Share(long need) => left <= room ? need : need * room / left;
        var rest = Share(left);
        var starts = new long[pieces.Count];
        starts[0] = start;
        for (var i = 1; i < starts.Length; i++)
        {
            var share = Share(Need(pieces[i - 1]));
            rest -= share;
            starts[i] = Math.Clamp(Milliseconds(said[i]), starts[i - 1] + share, Math.Max(starts[i - 1] + share, limit - rest));
        }
        return starts;
    }

    static List<double> PieceTimes(SubtitleLine line, List<string> pieces)
    {
        // Letters are counted, so that it does not matter who writes blanks where.
        var total = pieces.Sum(Letters);
        List<(double Letter, double Time)> points = [(0, line.Start)];
        if (line.Words.Sum(word => Letters(word.Text)) == total)
        {
            var letter = 0;
            foreach (var word in line.Words)
            {
                points.Add((letter, word.Start));
                letter += Letters(word.Text);
            }
        }
        points.Add((Math.Max(total, 1), line.End));
        var times = new List<double>();
        var before = 0;
        foreach (var piece in pieces)
        {
            times.Add(TimeOf(before, points));
            before += Letters(piece);
        }
        return times;
    }

    static double TimeOf(int letter, List<(double Letter, double Time)> points)
    {
        var at = points.FindLastIndex(point => point.Letter <= letter);
        if (at == points.Count - 1) return points[at].Time;
        var (from, to) = (points[at], points[at + 1]);
        return from.Time + (to.Time - from.Time) * (letter - from.Letter) / (to.Letter - from.Letter);
    }

    static int Letters(string text) => text.Count(c => !char.IsWhiteSpace(c));

    static long Need(string piece) => LineBreaker.Width(piece) * 1000L / ColumnsPerSecond;

    static long Milliseconds(double seconds) => (long)Math.Round(seconds * 1000);
}
