namespace Octavia.Dubbing.Translation;

/// <summary>A line to translate.</summary>
/// <param name="Text">Source text, one utterance.</param>
/// <param name="MaxCharacters">Length budget of the translation, for engines that can keep to one; null for none.</param>
/// <param name="Speaker">Who says it, for engines that use it.</param>
public sealed record TranslationLine(string Text, int? MaxCharacters = null, string? Speaker = null)
{
    /// <summary>Terms of the glossary that occur in it.</summary>
    public IReadOnlyList<GlossaryTerm> Terms { get; init; } = [];

    /// <summary>How people are spoken to, for engines that can tell.</summary>
    public Tone Tone { get; init; }

    /// <summary>Which terms a translation lacks, as a sentence; null when it has them all.</summary>
    internal string? ProblemOf(string translation)
    {
        var missing = Terms.Where(term => !term.IsIn(translation)).Select(term => $"\"{term.Written}\"").ToList();
        return missing.Count == 0 ? null : $"The glossary's {string.Join(" and ", missing)} {(missing.Count == 1 ? "is" : "are")} missing.";
    }
}

/// <summary>A translated line.</summary>
/// <param name="Text">Translation; null when the engine could not do the line.</param>
/// <param name="Problem">Why there is none, or what is amiss with it; null when all is well.</param>
public sealed record TranslatedLine(string? Text, string? Problem = null)
{
    /// <summary>Engine that translated it in place of the one that was asked; null where that one did.</summary>
    public string? By { get; init; }

    /// <summary>A line that the engine could not do.</summary>
    /// <param name="problem">Why.</param>
    public static TranslatedLine Failed(string problem) => new(null, problem);
}

/// <summary>Tokens that a service counted.</summary>
/// <param name="Read">Of what it was sent.</param>
/// <param name="Written">Of what it answered.</param>
public readonly record struct TokenUse(long Read, long Written)
{
    /// <summary>What was added since an earlier count.</summary>
    public TokenUse Since(TokenUse before) => new(Read - before.Read, Written - before.Written);
}

/// <summary>Translates lines of one language pair. Thread-safe; keeps models and child processes open until it is disposed.</summary>
public interface ITranslator : IAsyncDisposable
{
    /// <summary>Engine and what it runs, as reported: <c>apertium eng-spa (basic)</c>.</summary>
    string Description { get; }

    /// <summary>Whether it heeds the tone of a line.</summary>
    bool TakesTone => false;

    /// <summary>Tokens that its service has counted since it was opened, for all who use it; none where there is no such service.</summary>
    TokenUse Used => default;

    /// <summary>Translates lines in order; always as many results as lines.</summary>
    /// <param name="lines">Lines of one stretch of the film, in order.</param>
    /// <param name="context">Lines before these, read only.</param>
    /// <param name="cancellationToken">Cancels.</param>
    Task<IReadOnlyList<TranslatedLine>> TranslateAsync(
        IReadOnlyList<TranslationLine> lines, IReadOnlyList<TranslationLine> context, CancellationToken cancellationToken);
}
