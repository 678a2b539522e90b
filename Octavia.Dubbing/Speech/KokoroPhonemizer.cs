using System.Text;
using System.Text.RegularExpressions;

namespace Octavia.Dubbing.Speech;

/// <summary>
/// Text to the phonemes that Kokoro was trained on: espeak-ng's IPA, rewritten by tables (models/kokoro/README.md, "From text to
/// tokens"). Punctuation is kept: Kokoro pauses and intones by it.
/// </summary>
static partial class KokoroPhonemizer
{
    static readonly (string From, string To)[] English =
    [
        ("ʔˌn\u0329", "ʔn"), ("ʔn\u0329", "ʔn"), ("a^ɪ", "I"), ("a^ʊ", "W"), ("d^ʒ", "ʤ"), ("e^ɪ", "A"), ("t^ʃ", "ʧ"), ("ɔ^ɪ", "Y"),
        ("ə^l", "ᵊl"), ("ʲo", "jo"), ("ʲə", "jə"), ("e", "A"), ("ʲ", ""), ("ɚ", "əɹ"), ("r", "ɹ"), ("x", "k"), ("ç", "k"), ("ɐ", "ə"),
        ("ɬ", "l"), ("\u0303", ""),
    ];

    static readonly (string From, string To)[] American =
        [("o^ʊ", "O"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɪə", "iə"), ("ː", ""), ("o", "ɔ"), ("ɾ", "T"), ("ʔ", "t")];

    static readonly (string From, string To)[] British =
        [("A^ə", "ɛː"), ("iə", "ɪə"), ("ə^ʊ", "Q"), ("o", "ɔ"), ("ɾ", "T"), ("ʔ", "t")];

    static readonly (string From, string To)[] Others =
    [
        ("a^ɪ", "I"), ("a^ʊ", "W"), ("d^z", "ʣ"), ("d^ʒ", "ʤ"), ("e^ɪ", "A"), ("o^ʊ", "O"), ("s^s", "S"), ("t^s", "ʦ"), ("t^ʃ", "ʧ"),
        ("ɔ^ɪ", "Y"), ("ə^ʊ", "Q"),
    ];

    static readonly Dictionary<char, string> Punctuation = new()
    {
        ['«'] = "“",
        ['„'] = "“",
        ['»'] = "”",
        ['{'] = "(",
        ['['] = "(",
        ['}'] = ")",
        [']'] = ")",
        ['।'] = ".",
        ['॥'] = ".",
        ['¡'] = "",
        ['¿'] = "",
    };

    /// <summary>The phonemes of a text, punctuation among them.</summary>
    /// <param name="text">What <see cref="SpeechText.Clean"/> gave.</param>
    /// <param name="locale">espeak-ng's voice: <c>en-us</c>, <c>fr-fr</c>.</param>
    /// <param name="cancellationToken">Kills espeak-ng.</param>
    public static async Task<string> PhonemizeAsync(string text, string locale, CancellationToken cancellationToken)
    {
        text = text.Replace('‘', '\'').Replace('’', '\'').Replace('ʼ', '\'').Replace('–', '—').Replace("...", "…");
        var parts = Split(text);
        var spoken = await SpeakAsync([.. parts.Where(p => !p.IsPunctuation).Select(p => p.Text)], locale, cancellationToken);
        var result = new StringBuilder();
        var next = 0;
        foreach (var part in parts)
            if (!part.IsPunctuation) result.Append(Rewrite(spoken[next++], locale));
            else foreach (var c in part.Text) result.Append(Punctuation.TryGetValue(c, out var other) ? other : c.ToString());
        return Blanks().Replace(result.ToString(), " ").Trim();
    }

    static List<(string Text, bool IsPunctuation)> Split(string text)
    {
        var parts = new List<(string, bool)>();
        var at = 0;
        foreach (Match match in Separators().Matches(text))
        {
            if (match.Index > at) parts.Add((text[at..match.Index], false));
            parts.Add((match.Value, true));
            at = match.Index + match.Length;
        }
        if (at < text.Length) parts.Add((text[at..], false));
        return parts;
    }

    /// <summary>
    /// One process for all runs: paragraphs come out as lines. A run that espeak-ng breaks or leaves out spoils the count, and then each
    /// run gets its own process.
    /// </summary>
    static async Task<IReadOnlyList<string>> SpeakAsync(IReadOnlyList<string> runs, string locale, CancellationToken cancellationToken)
    {
        if (runs.Count == 0) return [];
        var lines = await LinesAsync(string.Join("\n\n", runs), locale, cancellationToken);
        if (lines.Length == runs.Count) return lines;
        var result = new List<string>(runs.Count);
        foreach (var run in runs) result.Add(string.Join(' ', await LinesAsync(run, locale, cancellationToken)));
        return result;
    }

    static async Task<string[]> LinesAsync(string text, string locale, CancellationToken cancellationToken)
    {
        var output = await Espeak.RunAsync(["-q", "--ipa", "--tie=^", "-v", locale, "--stdin"], text + "\n", cancellationToken);
        return Encoding.UTF8.GetString(output).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }

    static string Rewrite(string ipa, string locale)
    {
        ipa = Composition.SplitTilde(ipa);
        if (locale.StartsWith("en", StringComparison.Ordinal))
        {
            ipa = Replace(ipa, English.OrderByDescending(row => row.From.Length));
            ipa = Syllabic().Replace(ipa, "ᵊ$1");
            ipa = Replace(ipa, locale == "en-us" ? American : British);
        }
        else
        {
            ipa = Replace(ipa, Others);
        }
        // Language marks last: "(^e^n)" is one only without its ties.
        return LanguageMarks().Replace(ipa.Replace("^", ""), "").Replace("-", "");
    }

    static string Replace(string text, IEnumerable<(string From, string To)> table) =>
        table.Aggregate(text, (result, row) => result.Replace(row.From, row.To, StringComparison.Ordinal));

    [GeneratedRegex(@" ?(?:[;!?¡¿—…""“”„«»(){}\[\]।॥]|(?<![0-9])[.,:]|[.,:](?![0-9])| (?=[;:,.!?¡¿—…""“”„«»(){}\[\]।॥]))+ ?")]
    private static partial Regex Separators();

    [GeneratedRegex(@"\([a-z]{2,3}(?:-[a-z]+)*\)")]
    private static partial Regex LanguageMarks();

    [GeneratedRegex(@"(\p{L})\u0329")]
    private static partial Regex Syllabic();

    [GeneratedRegex(" {2,}")]
    private static partial Regex Blanks();
}
