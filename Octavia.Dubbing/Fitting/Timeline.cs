using Octavia.Dubbing.Scripts;

namespace Octavia.Dubbing.Fitting;

/// <summary>The room that a line has.</summary>
/// <param name="Start">Seconds: where its take begins.</param>
/// <param name="Seconds">Length to fit to.</param>
/// <param name="LatestEnd">Seconds: where it is cut off if it must be.</param>
public sealed record Slot(double Start, double Seconds, double LatestEnd);

/// <summary>
/// Places lines one after the other. Two rules hold whatever the lines are: takes of one speaker never overlap, and no line starts more than
/// <see cref="MostDelay"/> after its original. What it costs a line to keep them is written into its flags.
/// </summary>
/// <param name="endSeconds">End of the film.</param>
public sealed class Timeline(double endSeconds)
{
    /// <summary>Silence kept before the next line, in seconds.</summary>
    public const double Gap = 0.08;

    /// <summary>Most silence after a line that it may use, in seconds.</summary>
    public const double MostBorrowed = 1.5;

    /// <summary>Most that a line may start late, in seconds.</summary>
    public const double MostDelay = 2;

    /// <summary>Least room, in seconds, that is worth speaking into.</summary>
    const double Least = 0.25;
    static readonly string[] Codes = ["late:", "cut:", "overruns:", "unplaced:"];
    readonly Dictionary<string, double> _ends = [];
    Utterance? _last;
    double _lastEnd = double.MinValue;

    /// <summary>Room of the next line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="next">The line after it; null when there is none before <see cref="MostBorrowed"/> has passed.</param>
    public Slot SlotOf(Utterance line, Utterance? next)
    {
        var start = line.Start;
        if (_ends.TryGetValue(SpeakerOf(line), out var own)) start = Math.Max(start, own + Gap);
        // Where the originals did not talk over each other the takes do not either, whoever speaks.
        if (_last is not null && !Overlaps(_last, line)) start = Math.Max(start, _lastEnd + Gap);
        var end = Math.Min(endSeconds, line.End + MostBorrowed);
        var latest = Math.Min(endSeconds, line.End + MostBorrowed + MostDelay);
        if (next is not null && (SpeakerOf(next) == SpeakerOf(line) || !Overlaps(line, next)))
        {
            end = Math.Min(end, next.Start - Gap);
            latest = Math.Min(latest, next.Start + MostDelay - Gap);
        }
        return new Slot(start, Math.Max(Least, end - start), latest);
    }

    /// <summary>Records where a line was put and why it is not where it should be; null when there is no room for it at all.</summary>
    /// <param name="line">The line; its flags are added to.</param>
    /// <param name="slot">From <see cref="SlotOf"/>.</param>
    /// <param name="seconds">Length of its take.</param>
    public (double Start, double End)? Place(Utterance line, Slot slot, double seconds)
    {
        line.Flags.RemoveAll(flag => Codes.Any(code => flag.StartsWith(code, StringComparison.Ordinal)));
        if (slot.LatestEnd - slot.Start < Least)
        {
            line.Flags.Add("unplaced: there is no room for this line; the original voice stays");
            return null;
        }
        var end = Math.Min(slot.Start + seconds, slot.LatestEnd);
        if (slot.Start - line.Start > 0.05)
            line.Flags.Add(FormattableString.Invariant($"late: starts {slot.Start - line.Start:0.00} s late, because the line before it was too long"));
        if (slot.Start + seconds > slot.LatestEnd + 0.01)
            line.Flags.Add(FormattableString.Invariant($"cut: the last {slot.Start + seconds - slot.LatestEnd:0.00} s do not fit, even spoken faster"));
        else if (seconds > slot.Seconds + 0.05)
            line.Flags.Add(FormattableString.Invariant($"overruns: {seconds - slot.Seconds:0.00} s longer than its place, even spoken faster"));
        _ends[SpeakerOf(line)] = end;
        _last = line;
        _lastEnd = Math.Max(_lastEnd, end);
        return (slot.Start, end);
    }

    static string SpeakerOf(Utterance line) => line.Speaker ?? "";

    static bool Overlaps(Utterance first, Utterance second) => second.Start < first.End - 0.1;
}
