using System.Text;

namespace Octavia.Dubbing.Scoring;

/// <summary>
/// Counts wrong words, or wrong characters where a language writes no blanks, after the normalisation of models/whisper-base/README.md: NFKC,
/// lower case, letters and digits separated, numbers spelled (<see cref="NumberWords"/>), titles spelled, marks made blanks.
/// </summary>
public static class WordErrors
{
    /// <summary>Errors of a hypothesis, and the words (or characters) of the reference.</summary>
    /// <param name="reference">What was said.</param>
    /// <param name="hypothesis">What was understood.</param>
    /// <param name="language">ISO 639-1.</param>
    public static (int Errors, int Units) Of(string reference, string hypothesis, string language)
    {
        var (expected, heard) = (Units(reference, language), Units(hypothesis, language));
        return (Distance(expected, heard), expected.Length);
    }

    /// <summary>What is counted: words, or characters of languages without blanks.</summary>
    public static string[] Units(string text, string language)
    {
        var words = Normalize(text, language).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return language is "zh" or "ja" or "ko" ? [.. string.Concat(words).EnumerateRunes().Select(rune => rune.ToString())] : words;
    }

    static string Normalize(string text, string language)
    {
        var normal = new StringBuilder();
        var digits = new StringBuilder();
        foreach (var rune in text.Normalize(NormalizationForm.FormKC).ToLowerInvariant().EnumerateRunes())
        {
            if (rune.Value is >= '0' and <= '9')
            {
                digits.Append((char)rune.Value);
                continue;
            }
            Flush();
            if (Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark)
                normal.Append(rune);
            else if (language == "en" && rune.Value is '\'' or '’') continue;
            else if (language == "en" && rune.Value == '%') normal.Append(" percent ");
            else normal.Append(' ');
        }
        Flush();
        return language == "en" ? string.Join(' ', normal.ToString().Split(' ').Select(SpellTitle)) : normal.ToString();

        void Flush()
        {
            if (digits.Length > 0) normal.Append(' ').Append(NumberWords.Spell(digits.ToString(), language)).Append(' ');
            digits.Clear();
        }
    }

    static string SpellTitle(string word) => word switch { "mr" => "mister", "mrs" => "missus", "dr" => "doctor", _ => word };

    /// <summary>Pieces to put in, take out or change.</summary>
    public static int Distance(string[] expected, string[] heard)
    {
        var (previous, current) = (Enumerable.Range(0, heard.Length + 1).ToArray(), new int[heard.Length + 1]);
        for (var i = 1; i <= expected.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= heard.Length; j++)
                current[j] = Math.Min(Math.Min(previous[j], current[j - 1]) + 1, previous[j - 1] + (expected[i - 1] == heard[j - 1] ? 0 : 1));
            (previous, current) = (current, previous);
        }
        return previous[heard.Length];
    }
}
