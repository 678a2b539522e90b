namespace Octavia.Dubbing.Engines;

/// <summary>Which engine does a part of the work, and why.</summary>
/// <param name="Name">As it is asked for: <c>apertium</c>.</param>
/// <param name="Description">For people: <c>Apertium, rule-based and basic</c>.</param>
/// <param name="Reason">Why this one.</param>
/// <param name="Better">What to install or set for a better one; null when this is the best.</param>
public sealed record EngineChoice(string Name, string Description, string Reason, string? Better = null)
{
    /// <summary>What else is known of it.</summary>
    public EngineFacts Facts { get; init; } = EngineFacts.None;

    /// <summary>In a sentence or two, for a report.</summary>
    /// <param name="part">Part of the work: <c>translation</c>.</param>
    public string ToNote(string part) => $"{char.ToUpperInvariant(part[0])}{part[1..]} by {Name} ({Description}). {Reason}{(Better is null ? "" : $" Better: {Better}")}";
}

/// <summary>Whether an engine can do a piece of work on this machine.</summary>
/// <param name="CanRun">Yes or no.</param>
/// <param name="Reason">Why, as half a sentence: <c>a key is set</c>, <c>no direction from German</c>.</param>
/// <param name="Hint">How to make it run; null when it does or never can.</param>
/// <param name="LacksProgram">Whether it cannot because its programs are not installed at all.</param>
public sealed record EngineAvailability(bool CanRun, string Reason, string? Hint = null, bool LacksProgram = false);
