namespace Octavia.Dubbing.Engines;

/// <summary>The first engine of a list that can run, with the reasons of those before it.</summary>
/// <param name="Chosen">Null when none can.</param>
/// <param name="Reason">Why this one; empty when none can.</param>
/// <param name="Refused">Why the others not.</param>
/// <param name="Better">How to make the others run, the best first; null when none could.</param>
/// <param name="Install">How to install the first whose programs are missing; null when none are.</param>
sealed record Selection<T>(T? Chosen, string Reason, string Refused, string? Better, string? Install = null)
    where T : class
{
    public bool IsEmpty => Chosen is null;

    public T Engine => Chosen!;

    public static async Task<Selection<T>> FindAsync(
        IEnumerable<T> candidates, string requested, Func<T, string> name, Func<T, Task<EngineAvailability>> probe)
    {
        var refused = new List<string>();
        var hints = new List<string>();
        string? install = null;
        foreach (var engine in candidates)
        {
            var availability = await probe(engine);
            if (availability.CanRun)
            {
                var others = refused.Count == 0 ? "" : $" ({string.Join("; ", refused)})";
                var reason = requested == EngineCatalog.Auto ? $"The best that can run: {availability.Reason}{others}." : $"It was asked for: {availability.Reason}.";
                return new Selection<T>(engine, reason, string.Join("; ", refused), Better());
            }
            refused.Add($"{name(engine)}: {availability.Reason}");
            if (availability.Hint is { } hint) hints.Add(hint);
            if (availability.LacksProgram) install ??= availability.Hint;
        }
        return new Selection<T>(null, "", string.Join("; ", refused), Better(), install);

        string? Better() => hints.Count == 0 ? null : string.Join(" Or: ", hints);
    }
}
