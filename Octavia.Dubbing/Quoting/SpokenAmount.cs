using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Translation;

namespace Octavia.Dubbing.Quoting;

/// <summary>How much is said, by which services are paid.</summary>
/// <param name="MediaSeconds">Length of the media.</param>
/// <param name="Lines">Lines.</param>
/// <param name="SourceCharacters">Characters of the original.</param>
/// <param name="TargetCharacters">Characters of the translation.</param>
readonly record struct SpokenAmount(double MediaSeconds, double Lines, double SourceCharacters, double TargetCharacters)
{
    // The measured set (docs/quality.md): 1113 s of media without long silences, 227 lines, and 12.3 characters a second where the transcript is known.
    /// <summary>Lines in a minute of media.</summary>
    public const double LinesPerMinute = 12.2;
    const double CharactersPerSecond = 12.3;
    const double Growth = 1.1;

    // Of a chat model: instructions of 400 tokens and five lines of context go with every group of eight; numbers and marks are 15 tokens a line.
    const double GroupLines = 8;
    const double GroupTokens = 400;
    const double ContextLines = 5;
    const double LineTokens = 15;
    const double SourceCharactersPerToken = 4;
    const double TargetCharactersPerToken = 3;

    /// <summary>Tokens that a service counted; null where they are to be estimated.</summary>
    public TokenUse? Counted { get; init; }

    /// <summary>Tokens that a chat model reads.</summary>
    public double TokensRead => Counted?.Read ??
        (Lines / GroupLines * GroupTokens) + (1 + (ContextLines / GroupLines)) * ((SourceCharacters / SourceCharactersPerToken) + (Lines * LineTokens));

    /// <summary>Tokens that it writes.</summary>
    public double TokensWritten => Counted?.Written ?? (TargetCharacters / TargetCharactersPerToken) + (Lines * LineTokens);

    /// <summary>What is to be expected of media.</summary>
    public static SpokenAmount Of(double mediaSeconds, double linesPerMinute) =>
        new(mediaSeconds, mediaSeconds / 60 * linesPerMinute, mediaSeconds * CharactersPerSecond, mediaSeconds * CharactersPerSecond * Growth);

    /// <summary>What there was in some lines of a script.</summary>
    public static SpokenAmount Of(Script script, IReadOnlyCollection<Utterance> lines) =>
        new(script.DurationSeconds, lines.Count, lines.Sum(line => line.Text.Length), lines.Sum(line => line.Translation?.Text.Length ?? 0));
}
