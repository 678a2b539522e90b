using Octavia.Dubbing.Scripts;

namespace Octavia.Dubbing.Fitting;

/// <summary>The room that a line has.</summary>
/// <param name="Start">Seconds: where its take begins when it fits.</param>
/// <param name="Seconds">Length from there that it may use.</param>
/// <param name="LatestEnd">Seconds: where it is cut off if it must be.</param>
/// <param name="Early">Seconds that a take which needs more may begin before <paramref name="Start"/>.</param>
public sealed record Slot(double Start, double Seconds, double LatestEnd, double Early = 0)
{
    /// <summary>How fast to speak where there is room.</summary>
    public Pace Pace { get; init; } = Pace.Own;

    /// <summary>Length in seconds that was expected of the take when the room was shared out; 0 where it did not matter.</summary>
    public double Expected { get; init; }

    /// <summary>Length in seconds to fit to.</summary>
    public double Room => Seconds + Early;

    /// <summary>Least room, in seconds, that is worth speaking into.</summary>
    public const double Least = 0.25;

    /// <summary>Whether anything can be spoken here.</summary>
    public bool HasRoom => LatestEnd - Start >= Least;
}

/// <summary>Where a take lies.</summary>
/// <param name="Start">Seconds.</param>
/// <param name="End">Seconds; what is left of the take then is cut off.</param>
/// <param name="Flags">What it cost the line; begin with one of <see cref="Timeline.Codes"/>.</param>
public sealed record Place(double Start, double End, IReadOnlyList<string> Flags);

/// <summary>
/// Places lines one after the other. Two rules hold whatever the lines are: takes of one speaker never overlap, and no line starts more than
/// <see cref="MostDelay"/> after its original or <see cref="MostEarly"/> before it (inside a <see cref="Phrase"/>, <see cref="Phrase.MostDrift"/>). What it costs
/// a line to keep them is told in flags.
/// </summary>
/// <param name="endSeconds">End of the film.</param>
public sealed class Timeline(double endSeconds)
{
    /// <summary>Silence kept before the next line, in seconds.</summary>
    public const double Gap = 0.08;

    /// <summary>Most silence after a line that it may use, in seconds.</summary>
    public const double MostBorrowed = 1.5;

    const double UnknownSilence = 0.5;

    /// <summary>Most of the silence before a line that it may use, in seconds: with 0.1 a voice was heard 90 ms early, and 80 ms is what the eye lets pass.</summary>
    public const double MostEarly = 0.06;

    /// <summary>Most that a line may start late, in seconds.</summary>
    public const double MostDelay = 2;

    /// <summary>Flag of a line whose slot has no room.</summary>
    public const string Unplaced = "unplaced: there is no room for this line; the original voice stays";

    /// <summary>What the flags begin with.</summary>
    public static readonly IReadOnlyList<string> Codes = ["late:", "cut:", "overruns:", "unplaced:"];
    // By speaker: the last line, and where its take ends.
    readonly Dictionary<string, (Utterance Line, double End)> _last = [];
    // Where the originals were silent.
    double _heardUntil;

    /// <summary>Room of the next line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="next">The line that it must not run into; null when none comes before <see cref="MostBorrowed"/> has passed.</param>
    public Slot SlotOf(Utterance line, Utterance? next) => SlotOf([new Planned(line, 0)], next);

    /// <summary>Room of the first of some lines, which leaves the others theirs.</summary>
    /// <param name="lines">The line, and those of its <see cref="Phrase"/> after it that are known.</param>
    /// <param name="next">The line that these must not run into; null when none comes before <see cref="MostBorrowed"/> has passed.</param>
    public Slot SlotOf(IReadOnlyList<Planned> lines, Utterance? next)
    {
        var line = lines[0].Line;
        // Where the originals did not talk over each other the takes do not either, whoever speaks.
        var free = _last.Values.Where(last => !TalkAtOnce(last.Line, line)).Select(last => last.End + Gap).Append(0).Max();
        var inside = IsInside(line);
        // Nobody is talked over who is heard just before a phrase.
        var earliest = inside ? free : Math.Max(free, Math.Max(line.Start - MostEarly, Math.Min(line.Start, _heardUntil)));
        var starts = Phrase.Plan(lines, earliest, inside, EndOf(lines[^1].Line, next));
        var start = starts[0];
        var early = Math.Clamp(start - Math.Max(earliest, _heardUntil), 0, MostEarly);
        var after = lines.Count > 1 ? lines[1].Line : next;
        var end = lines.Count > 1 ? starts[1] - Gap : EndOf(line, next);
        var latest = Math.Min(endSeconds, line.End + MostBorrowed + MostDelay);
        if (after is not null && !TalkAtOnce(line, after)) latest = Math.Min(latest, after.Start + MostDelay - Gap);
        return new Slot(start, Math.Max(Slot.Least, end - start), latest, early) { Expected = lines[0].Seconds };
    }

    /// <summary>Decides where a line lies, and keeps the lines after it away from there.</summary>
    /// <param name="line">The line.</param>
    /// <param name="slot">From <see cref="SlotOf(Utterance, Utterance?)"/>; has room.</param>
    /// <param name="seconds">Length of its take.</param>
    public Place Place(Utterance line, Slot slot, double seconds)
    {
        var flags = new List<string>();
        var start = slot.Start - Math.Clamp(seconds - slot.Seconds, 0, slot.Early);
        var end = Math.Min(start + seconds, slot.LatestEnd);
        if (slot.Start - line.Start > 0.05 + (IsInside(line) ? Phrase.MostDrift : 0))
            flags.Add(FormattableString.Invariant($"late: starts {slot.Start - line.Start:0.00} s late, because the line before it was too long"));
        if (start + seconds > slot.LatestEnd + 0.01)
            flags.Add(FormattableString.Invariant($"cut: the last {start + seconds - slot.LatestEnd:0.00} s do not fit, even spoken faster"));
        else if (seconds > slot.Room + 0.05)
            flags.Add(FormattableString.Invariant($"overruns: {seconds - slot.Room:0.00} s longer than its place, even spoken faster"));
        _last[SpeakerOf(line)] = (line, end);
        _heardUntil = Math.Max(_heardUntil, line.End);
        return new Place(start, end, flags);
    }

    /// <summary>Silence after a line that it may use, in seconds.</summary>
    /// <param name="line">The line.</param>
    /// <param name="next">The line after it; null when it is not known, and then little is assumed.</param>
    public static double SilenceAfter(Utterance line, Utterance? next) =>
        next is null ? UnknownSilence : Math.Clamp(next.Start - Gap - line.End, 0, MostBorrowed);

    double EndOf(Utterance line, Utterance? next)
    {
        var end = Math.Min(endSeconds, line.End + MostBorrowed);
        return next is not null && !TalkAtOnce(line, next) ? Math.Min(end, next.Start - Gap) : end;
    }

    bool IsInside(Utterance line) => _last.TryGetValue(SpeakerOf(line), out var last) && Phrase.Continues(last.Line, line);

    static string SpeakerOf(Utterance line) => line.Speaker ?? "";

    /// <summary>Whether two people talk over each other: then each line keeps its own time.</summary>
    /// <param name="first">A line.</param>
    /// <param name="second">One that begins later.</param>
    public static bool TalkAtOnce(Utterance first, Utterance second) => SpeakerOf(first) != SpeakerOf(second) && second.Start < first.End - 0.1;
}
