namespace Octavia.Dubbing.Engines;

/// <summary>What a person wants to know of an engine before choosing it. What an engine does not tell is left out.</summary>
public sealed record EngineFacts
{
    /// <summary>An engine that tells nothing.</summary>
    public static EngineFacts None { get; } = new();

    /// <summary>Where it runs: <c>this machine</c>, <c>Anthropic, or a server of your own</c>.</summary>
    public string? Runs { get; init; }

    /// <summary>Of its program and weights.</summary>
    public string? Licence { get; init; }

    /// <summary>Languages or pairs, as half a sentence.</summary>
    public string? Languages { get; init; }

    /// <summary>Names of its settings.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>The model that is set, which prices go by; null where an engine has one only, or one for each language.</summary>
    public string? Model { get; init; }

    /// <summary>Whether it is at a server of the user's own, for which no list price holds.</summary>
    public bool IsOwnServer { get; init; }
}

/// <summary>An engine as it is listed.</summary>
/// <param name="Part">What it does: <c>recognition</c>, <c>translation</c>, <c>speech</c>.</param>
/// <param name="Name">As it is asked for.</param>
/// <param name="Description">For people.</param>
/// <param name="Facts">What else is known of it.</param>
public sealed record EngineListing(string Part, string Name, string Description, EngineFacts Facts);
