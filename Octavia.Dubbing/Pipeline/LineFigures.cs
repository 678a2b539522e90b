using Octavia.Dubbing.Reporting;
using Octavia.Dubbing.Scripts;

namespace Octavia.Dubbing.Pipeline;

/// <summary>Counts how a script's lines came out.</summary>
static class LineFigures
{
    /// <summary>A report's part on lines.</summary>
    public static LineReport Of(IReadOnlyList<Utterance> lines, int reused)
    {
        var placed = lines.Where(line => line is { Placement: not null, Take: not null }).ToList();
        var tempo = placed.Select(line => line.Take!.Speed * line.Take.Tempo).Order().ToList();
        return new LineReport
        {
            Total = lines.Count,
            Placed = placed.Count,
            SpedUp = tempo.Count(t => t > 1.01),
            Slowed = tempo.Count(t => t < 0.99),
            Reworded = lines.Count(line => line.Translation?.Longer is not null),
            Flagged = lines.Count(line => line.Flags.Count > 0),
            Reused = reused,
            Overlaps = placed.GroupBy(line => line.Speaker).Sum(Overlaps),
            TempoMedian = At(tempo, 0.5),
            TempoP95 = At(tempo, 0.95),
            TempoMost = At(tempo, 1),
            DelayMost = placed.Count == 0 ? 0 : Math.Round(placed.Max(line => line.Placement!.Start - line.Start), 3),
            Flags = [.. lines.SelectMany(line => line.Flags.Select(flag => $"{line.Id} {flag}"))],
        };
    }

    static int Overlaps(IEnumerable<Utterance> ofOneSpeaker)
    {
        var places = ofOneSpeaker.Select(line => line.Placement!).OrderBy(place => place.Start).ToList();
        return places.Zip(places.Skip(1)).Count(pair => pair.Second.Start < pair.First.End);
    }

    static double At(List<double> sorted, double share) =>
        sorted.Count == 0 ? 0 : Math.Round(sorted[(int)Math.Round(share * (sorted.Count - 1))], 3);
}
