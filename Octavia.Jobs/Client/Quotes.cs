namespace Octavia.Jobs.Client;

/// <summary>What a job will take, told before it begins. All of it is an estimate but the credits.</summary>
public sealed record QuoteResponse
{
    /// <summary>Length of the media, of a text as spoken.</summary>
    public double MediaSeconds { get; init; }

    /// <summary>Seconds of credit that are held at the start; what is not used goes back.</summary>
    public long CreditSeconds { get; init; }

    /// <summary>Seconds of credit that there are.</summary>
    public long BalanceSeconds { get; init; }

    /// <summary>Lines, time and money, by a worker; null when none answers.</summary>
    public WorkQuote? Work { get; init; }
}

/// <summary>What the work itself takes, as a worker sees it.</summary>
public sealed record WorkQuote
{
    /// <summary>Why there is none, as a sentence, which the job itself would end with; null when there is one. Then nothing else is told.</summary>
    public string? Problem { get; init; }

    public int Lines { get; init; }

    /// <summary>How <see cref="Lines"/> is known.</summary>
    public string LinesBasis { get; init; } = "";

    /// <summary>Wall-clock seconds, from when a worker takes the job.</summary>
    public double Seconds { get; init; }

    /// <summary>How <see cref="Seconds"/> is known.</summary>
    public string SecondsBasis { get; init; } = "";

    /// <summary>US dollars for services; 0 when there are none, null when a price is not known.</summary>
    public double? Usd { get; init; }

    /// <summary>How <see cref="Usd"/> is known.</summary>
    public string UsdBasis { get; init; } = "";

    public IReadOnlyList<WorkPart> Parts { get; init; } = [];
}

/// <summary>A part of the work. <see cref="Language"/> is null for what all languages share.</summary>
public sealed record WorkPart(string Part, string Engine, string? Language, double Seconds, bool Measured, double? Usd);

/// <summary>What a job was to take beside what it took: in <c>job_metadata</c> of a completed one.</summary>
public sealed record JobFigures
{
    public required int QuotedLines { get; init; }

    public required double QuotedSeconds { get; init; }

    public double? QuotedUsd { get; init; }

    public required int Lines { get; init; }

    public required double Seconds { get; init; }

    /// <summary>By the same prices, for what was really said; the service's bill counts.</summary>
    public double? Usd { get; init; }

    /// <summary>What the job cost.</summary>
    public long CreditSeconds { get; init; }
}
