using System.Globalization;

namespace Octavia.Dubbing.Translation;

/// <summary>How a term is to be translated.</summary>
/// <param name="Source">
/// In the language of the original. One in small letters is found however it is written; one with a capital only as it is written here, so that
/// <c>Apple</c> is no fruit.
/// </param>
/// <param name="Target">In the language of the dub; null to leave it as it is.</param>
public sealed record GlossaryTerm(string Source, string? Target)
{
    /// <summary>What stands in the translation.</summary>
    public string Written => Target ?? Source;

    // A translator writes a sentence's first word large, and bends the ends of words.
    /// <summary>Whether a translation has it: in any case of the letters, and also as the beginning of a longer word.</summary>
    public bool IsIn(string translation) => translation.Contains(Written, StringComparison.OrdinalIgnoreCase);
}

/// <summary>A place of a term in a text.</summary>
/// <param name="Term">Term.</param>
/// <param name="Start">Index of its first character.</param>
readonly record struct TermPlace(GlossaryTerm Term, int Start);

/// <summary>Terms that are translated always in one way.</summary>
public sealed class Glossary
{
    readonly List<GlossaryTerm> _longestFirst;

    /// <summary>A glossary.</summary>
    /// <param name="terms">Its terms, each source once.</param>
    public Glossary(IEnumerable<GlossaryTerm> terms) => _longestFirst = [.. terms.Where(term => term.Source.Length > 0).OrderByDescending(term => term.Source.Length)];

    /// <summary>No terms.</summary>
    public static Glossary Empty { get; } = new([]);

    /// <summary>How many terms.</summary>
    public int Count => _longestFirst.Count;

    /// <summary>The terms that occur in a text, each once, in the order of their first place.</summary>
    public IReadOnlyList<GlossaryTerm> In(string text) => [.. Find(text, _longestFirst).Select(place => place.Term).Distinct()];

    /// <summary>Where terms occur, in order, none over another: of two that begin at the same place, the longer.</summary>
    internal static IEnumerable<TermPlace> Find(string text, IEnumerable<GlossaryTerm> longestFirst)
    {
        var places = new List<TermPlace>();
        foreach (var term in longestFirst)
        {
            var comparison = term.Source.Any(char.IsUpper) ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
            for (var at = text.IndexOf(term.Source, comparison); at >= 0; at = text.IndexOf(term.Source, at + term.Source.Length, comparison))
            {
                var end = at + term.Source.Length;
                if (IsWhole(text, at, end) && !places.Exists(other => at < other.Start + other.Term.Source.Length && other.Start < end)) places.Add(new TermPlace(term, at));
            }
        }
        return places.OrderBy(place => place.Start);
    }

    static bool IsWhole(string text, int start, int end) =>
        (start == 0 || !IsOneWord(text[start - 1], text[start])) && (end == text.Length || !IsOneWord(text[end - 1], text[end]));

    static bool IsOneWord(char left, char right) => IsWordPart(left) && IsWordPart(right);

    // Scripts that write no blanks between words tell nothing of where one ends.
    static bool IsWordPart(char c) => char.IsLetterOrDigit(c) && (char.GetUnicodeCategory(c) != UnicodeCategory.OtherLetter || IsSpaced(c));

    // Of the letters without case: Hebrew, Arabic and the scripts of India stand between blanks.
    static bool IsSpaced(char c) => c is >= '\u0590' and < '\u0E00';
}
