using Octavia.Dubbing.Recognition;

namespace Octavia.Dubbing.Subtitles;

/// <summary>Something said that is to be read.</summary>
/// <param name="Start">Seconds.</param>
/// <param name="End">Seconds.</param>
/// <param name="Text">Of any length.</param>
/// <param name="Words">Times of the words of <paramref name="Text"/>; empty where there are none, as in a translation.</param>
public sealed record SubtitleLine(double Start, double End, string Text, IReadOnlyList<Word> Words)
{
    /// <summary>The same in another language, to stand under it with two lines of its own; null for one language alone.</summary>
    public string? Below { get; init; }
}

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
        var pieces = Pieces(line);
        if (pieces.Count == 0) yield break;
        var starts = Starts(line, pieces, limit);
        for (var i = 0; i < pieces.Count; i++)
        {
            var end = i + 1 < pieces.Count ? starts[i + 1]
                : Math.Min(limit, Math.Max(Milliseconds(line.End), starts[i] + Math.Max(ShortestMilliseconds, pieces[i].Need)));
            yield return new SubtitleCue(starts[i] / 1000.0, end / 1000.0, pieces[i].Shown);
        }
    }

    static List<Piece> Pieces(SubtitleLine line)
    {
        var texts = LineBreaker.Pieces(line.Text).ConvertAll(LineBreaker.Wrap);
        var below = LineBreaker.Pieces(line.Below ?? "").ConvertAll(LineBreaker.Wrap);
        if (texts.Count == 0 || below.Count == 0) return [.. texts.Concat(below).Select(text => new Piece(text, null))];
        // The one of fewer pieces stays while the other changes.
        var count = Math.Max(texts.Count, below.Count);
        return [.. Enumerable.Range(0, count).Select(i => new Piece(texts[i * texts.Count / count], below[i * below.Count / count]))];
    }

    sealed record Piece(string Text, string? Below)
    {
        public string Shown => Below is null ? Text : $"{Text}\n{Below}";

        // People read one of the two.
        public long Need => Math.Max(LineBreaker.Width(Text), LineBreaker.Width(Below ?? "")) * 1000L / ColumnsPerSecond;

        public int Letters => SubtitleLayout.Letters(Text);
    }

    // Each cue begins with its first word, but not before the one ahead was read, nor so late that those behind cannot be.
    static long[] Starts(SubtitleLine line, List<Piece> pieces, long limit)
    {
        var start = Milliseconds(line.Start);
        var said = PieceTimes(line, pieces);
        var left = pieces.Sum(piece => piece.Need);
        var room = limit - start;
        // With too little room for all, each gets its share of it.
        long Share(long need) => left <= room ? need : need * room / left;
        var rest = Share(left);
        var starts = new long[pieces.Count];
        starts[0] = start;
        for (var i = 1; i < starts.Length; i++)
        {
            var share = Share(pieces[i - 1].Need);
            rest -= share;
            starts[i] = Math.Clamp(Milliseconds(said[i]), starts[i - 1] + share, Math.Max(starts[i - 1] + share, limit - rest));
        }
        return starts;
    }

    static List<double> PieceTimes(SubtitleLine line, List<Piece> pieces)
    {
        // Letters are counted, so that it does not matter who writes blanks where.
        var total = pieces.Sum(piece => piece.Letters);
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
            before += piece.Letters;
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

    static long Milliseconds(double seconds) => (long)Math.Round(seconds * 1000);
}
