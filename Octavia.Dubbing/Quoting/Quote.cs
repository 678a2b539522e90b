namespace Octavia.Dubbing.Quoting;

/// <summary>What a run will take, told before it begins. All of it is an estimate.</summary>
public sealed record Quote
{
    /// <summary>Length of the media.</summary>
    public double MediaSeconds { get; init; }

    /// <summary>Lines to expect.</summary>
    public int Lines { get; init; }

    /// <summary>How <see cref="Lines"/> is known.</summary>
    public string LinesBasis { get; init; } = "";

    /// <summary>Wall-clock seconds of the work.</summary>
    public double Seconds { get; init; }

    /// <summary>How <see cref="Seconds"/> is known.</summary>
    public string SecondsBasis { get; init; } = "";

    /// <summary>US dollars for services; 0 when all engines run on this machine, null when a price is not known.</summary>
    public double? Usd { get; init; }

    /// <summary>How <see cref="Usd"/> is known.</summary>
    public string UsdBasis { get; init; } = "";

    /// <summary>The parts of the work.</summary>
    public IReadOnlyList<QuotePart> Parts { get; init; } = [];
}

/// <summary>A part of the work in a quote.</summary>
/// <param name="Part"><c>recognition</c>, <c>translation</c>, <c>speech</c>, <c>mixing</c>, <c>lip-sync</c> or <c>burn-in</c>.</param>
/// <param name="Engine">What does it.</param>
/// <param name="Language">ISO 639-1 of what is made; null for what all languages share.</param>
/// <param name="Seconds">Seconds of work; parts overlap.</param>
/// <param name="Measured">Whether earlier runs on this machine tell.</param>
/// <param name="Usd">US dollars; 0 for what runs on this machine, null when the price is not known.</param>
public sealed record QuotePart(string Part, string Engine, string? Language, double Seconds, bool Measured, double? Usd);

/// <summary>A quote beside what came of it.</summary>
/// <param name="Quoted">As it was told, or would have been.</param>
/// <param name="Lines">Lines that there were.</param>
/// <param name="Seconds">Wall-clock seconds that it took.</param>
/// <param name="Usd">
/// US dollars for what was recognised, translated and spoken, by the same prices, of a chat model by the tokens that its service counted; null when a price is
/// not known. The service's bill counts.
/// </param>
public sealed record QuoteOutcome(Quote Quoted, int Lines, double Seconds, double? Usd);
