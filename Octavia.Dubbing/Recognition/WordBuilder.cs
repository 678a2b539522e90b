using System.Text;
using System.Text.Unicode;

namespace Octavia.Dubbing.Recognition;

/// <summary>Tokens of one word, punctuation attached.</summary>
/// <param name="Text">With its leading blank where the language has one.</param>
/// <param name="FirstToken">Index of its first token.</param>
/// <param name="EndToken">Index after its last token.</param>
internal sealed record TokenWord(string Text, int FirstToken, int EndToken);

/// <summary>Groups tokens into words: at blanks, or at every character where a language writes none.</summary>
internal static class WordBuilder
{
    static readonly HashSet<string> WithoutBlanks = ["zh", "ja", "th", "lo", "my", "yue", "km", "bo"];

    /// <summary>Words of the tokens from first to end.</summary>
    public static List<TokenWord> Build(ReadOnlySpan<int> tokens, int first, int end, TextTokens text, string language)
    {
        var words = new List<TokenWord>();
        var blanks = !WithoutBlanks.Contains(language);
        foreach (var piece in Pieces(tokens, first, end, text))
        {
            var joins = words.Count > 0 && !piece.Text.StartsWith(' ') && (blanks || !HasLetter(piece.Text) && !Opens(piece.Text) || IsOpening(words[^1].Text));
            if (joins) words[^1] = words[^1] with { Text = words[^1].Text + piece.Text, EndToken = piece.EndToken };
            else words.Add(piece);
        }
        JoinMarks(words);
        // A window's first word may come without its blank; then the text of segments would run together.
        if (blanks && words.Count > 0 && !words[0].Text.StartsWith(' ')) words[0] = words[0] with { Text = ' ' + words[0].Text };
        return words;
    }

    /// <summary>Shortest runs of tokens whose bytes are whole characters.</summary>
    static List<TokenWord> Pieces(ReadOnlySpan<int> tokens, int first, int end, TextTokens text)
    {
        var pieces = new List<TokenWord>();
        var bytes = new List<byte>();
        var from = first;
        for (var i = first; i < end; i++)
        {
            bytes.AddRange(text.BytesOf(tokens[i]));
            if (!Utf8.IsValid([.. bytes]) && i + 1 < end && bytes.Count < 16) continue;
            if (bytes.Count > 0) pieces.Add(new TokenWord(Encoding.UTF8.GetString([.. bytes]), from, i + 1));
            bytes.Clear();
            from = i + 1;
        }
        return pieces;
    }

    /// <summary>A word of marks alone goes to the word before it, or to the next one when it opens something.</summary>
    static void JoinMarks(List<TokenWord> words)
    {
        for (var i = words.Count - 1; i >= 0 && words.Count > 1; i--)
        {
            if (HasLetter(words[i].Text)) continue;
            var into = i == 0 || (i + 1 < words.Count && IsOpening(words[i].Text)) ? i : i - 1;
            var (left, right) = (words[into], words[into + 1]);
            words[into] = new TokenWord(left.Text + right.Text, left.FirstToken, right.EndToken);
            words.RemoveAt(into + 1);
        }
    }

    static bool HasLetter(string text) => text.EnumerateRunes().Any(rune => Rune.IsLetterOrDigit(rune) || Rune.IsSymbol(rune));

    static bool IsOpening(string text) => !HasLetter(text) && Opens(text);

    static bool Opens(string text) => text.Trim() is { Length: > 0 } mark && (mark[^1] is '¿' or '¡' or '-' or '—' or '–'
        || char.GetUnicodeCategory(mark[^1]) is System.Globalization.UnicodeCategory.OpenPunctuation or System.Globalization.UnicodeCategory.InitialQuotePunctuation);
}
