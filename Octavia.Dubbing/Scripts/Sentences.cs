namespace Octavia.Dubbing.Scripts;

/// <summary>Where sentences end, and texts cut there.</summary>
static class Sentences
{
    const string Marks = ".!?…。！？؟।";
    const string Closings = "\"'”’»)]」』";
    const string Clauses = ",;:，、；：";

    static readonly HashSet<string> Abbreviations = new(StringComparer.OrdinalIgnoreCase)
    {
        "mr.", "mrs.", "ms.", "dr.", "st.", "prof.", "sr.", "sra.", "jr.", "vs.", "etc.", "no.", "e.g.", "i.e.", "mme.", "z.b.", "ud.", "uds.",
    };

    /// <summary>Whether a sentence ends with a word.</summary>
    /// <param name="word">With the marks behind it.</param>
    /// <param name="next">What comes after it; empty at the end of the text.</param>
    public static bool EndsWith(ReadOnlySpan<char> word, ReadOnlySpan<char> next)
    {
        var text = word.Trim().TrimEnd(Closings);
        if (text.Length == 0 || !Marks.Contains(text[^1])) return false;
        if (text[^1] != '.') return true;
        next = next.TrimStart();
        if (next.Length > 0 && char.IsLower(next[0])) return false;
        // An initial, or letters each with its stop: "J.", "U.S."
        var initial = text.Length >= 2 && char.IsLetter(text[^2]) && (text.Length == 2 || !char.IsLetterOrDigit(text[^3]));
        return !initial && !Abbreviations.GetAlternateLookup<ReadOnlySpan<char>>().Contains(text);
    }

    /// <summary>Sentences with their marks, blanks trimmed, in order.</summary>
    public static List<string> Split(string text)
    {
        var sentences = new List<string>();
        var (from, word) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsWhiteSpace(text[i])) word = i;
            if (!Marks.Contains(text[i])) continue;
            var end = i + 1;
            while (end < text.Length && (Marks.Contains(text[end]) || Closings.Contains(text[end]))) end++;
            // A full stop inside a number or a name stands before no blank; marks of Chinese and Japanese need none.
            if (IsWide(text[i]) || (end < text.Length && char.IsWhiteSpace(text[end]) && EndsWith(text.AsSpan(word, end - word), text.AsSpan(end)))) Cut(end);
            i = end - 1;
        }
        Cut(text.Length);
        return sentences;

        void Cut(int end)
        {
            if (text[from..end].Trim() is { Length: > 0 } sentence) sentences.Add(sentence);
            (from, word) = (end, end);
        }
    }

    /// <summary>Sentences, those that are too long cut into parts: at a clause near the middle, else at a blank, else anywhere.</summary>
    /// <param name="text">Text.</param>
    /// <param name="fits">Whether a part is short enough.</param>
    public static IEnumerable<string> Split(string text, Func<string, bool> fits) => Split(text).SelectMany(sentence => Fit(sentence, fits));

    static IEnumerable<string> Fit(string sentence, Func<string, bool> fits)
    {
        if (fits(sentence) || CutOf(sentence) is not (> 0 and var cut)) return [sentence];
        return [.. Fit(sentence[..cut].Trim(), fits), .. Fit(sentence[cut..].Trim(), fits)];
    }

    static int CutOf(string sentence)
    {
        var middle = sentence.Length / 2;
        if (Nearest(at => Clauses.Contains(sentence[at - 1]) && (char.IsWhiteSpace(sentence[at]) || IsWide(sentence[at - 1])), middle / 2) is > 0 and var clause) return clause;
        if (Nearest(at => char.IsWhiteSpace(sentence[at]), middle) is > 0 and var blank) return blank;
        return middle > 0 && char.IsLowSurrogate(sentence[middle]) ? middle - 1 : middle;

        int Nearest(Func<int, bool> isCut, int reach)
        {
            for (var distance = 0; distance < reach; distance++)
            {
                if (isCut(middle - distance)) return middle - distance;
                if (middle + distance < sentence.Length && isCut(middle + distance)) return middle + distance;
            }
            return 0;
        }
    }

    static bool IsWide(char c) => c >= 0x3000;
}
