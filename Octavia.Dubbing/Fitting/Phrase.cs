using Octavia.Dubbing.Scripts;

namespace Octavia.Dubbing.Fitting;

/// <summary>A line that is still to be spoken.</summary>
/// <param name="Line">The original.</param>
/// <param name="Seconds">Length to expect of its take at the voice's own rate.</param>
/// <param name="IsSpoken">Whether anything is spoken: where the original voice stays nothing may be moved.</param>
public readonly record struct Planned(Utterance Line, double Seconds, bool IsSpoken = true);

/// <summary>
/// Lines of one speaker that follow each other without a pause: what an eye holds against a dub is the pauses, so that only the beginning and the end of a
/// phrase must be kept, and the lines inside share its time (isochrony of phrases, as in Federico et al., "From Speech-to-Speech Translation to Automatic
/// Dubbing", 2020). A line inside is moved no further than <see cref="MostDrift"/>, and only where somebody would have to hurry else.
/// </summary>
static class Phrase
{
    /// <summary>Seconds of silence that are seen as a pause.</summary>
    public const double Pause = 0.25;

    /// <summary>Most that a line inside a phrase is moved, in seconds: more, and it is no longer said to what is seen.</summary>
    public const double MostDrift = 0.5;

    // Sped up by no more than this nobody sounds hurried, and nothing is moved.
    const double Unhurried = 1.12;
    // A take may come out longer than was expected of it, and the line after it has no room to give.
    const double Allowance = 1.03;
    const double Step = 0.01;
    const double Rounding = 1e-9;
    static readonly double[] Drifts = [0, MostDrift / 2, MostDrift];

    /// <summary>Whether a line goes on where the one before it ended.</summary>
    public static bool Continues(Utterance before, Utterance line) =>
        before.Speaker == line.Speaker && Math.Abs(line.Start - before.End) < Pause;

    /// <summary>As many of the first lines as make a phrase, one at least.</summary>
    public static IReadOnlyList<Planned> From(IReadOnlyList<Planned> lines) =>
        [.. lines.TakeWhile((line, i) => i == 0 || (line.IsSpoken && lines[i - 1].IsSpoken && Continues(lines[i - 1].Line, line.Line)))];

    /// <summary>Where lines begin.</summary>
    /// <param name="lines">Lines of a phrase, from the one that is to be spoken now.</param>
    /// <param name="free">Seconds: where the first may begin.</param>
    /// <param name="inside">Whether the first goes on after another, and so may be moved too.</param>
    /// <param name="end">Seconds: where the last must have ended.</param>
    /// <returns>Seconds, one for each line.</returns>
    public static double[] Plan(IReadOnlyList<Planned> lines, double free, bool inside, double end)
    {
        double[] starts;
        foreach (var drift in Drifts)
        {
            for (var tempo = 1.0; tempo <= (drift < MostDrift ? Unhurried : LineFitter.MostTempo) + Step / 2; tempo += Step)
                if (Starts(lines, free, inside, end, drift, tempo, out starts))
                    return starts;
        }
        // Too long whatever is done: each gets what it can have.
        Starts(lines, free, inside, end, MostDrift, LineFitter.MostTempo, out starts);
        return starts;
    }

    // From behind, where each must begin at the latest for those after it; then forward, on time where that is possible.
    static bool Starts(IReadOnlyList<Planned> lines, double free, bool inside, double end, double drift, double tempo, out double[] starts)
    {
        var latest = new double[lines.Count];
        var fits = true;
        for (var i = lines.Count - 1; i >= 0; i--)
        {
            var until = i + 1 < lines.Count ? latest[i + 1] - Timeline.Gap : end;
            var wanted = Math.Min(lines[i].Line.Start + drift, until - LengthOf(i));
            latest[i] = Math.Max(wanted, Earliest(i));
            fits &= latest[i] <= wanted + Rounding;
        }
        starts = new double[lines.Count];
        for (var i = 0; i < lines.Count; i++)
        {
            var before = i > 0 ? starts[i - 1] + LengthOf(i - 1) + Timeline.Gap : free;
            var start = Math.Max(before, Math.Min(latest[i], lines[i].Line.Start));
            fits &= start <= latest[i] + Rounding;
            starts[i] = i > 0 ? Math.Min(start, lines[i].Line.Start + MostDrift) : start;
        }
        return fits;

        double LengthOf(int i) => lines[i].Seconds * (i > 0 ? Allowance : 1) / tempo;

        // What begins a phrase is seen to begin: it is early by no more than nobody sees, and that only before anybody is cut off.
        double Earliest(int i) => lines[i].Line.Start - (i > 0 || inside ? drift : drift < MostDrift ? 0 : Timeline.MostEarly);
    }
}
