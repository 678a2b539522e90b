namespace Octavia.Dubbing.Translation;

/// <summary>Cuts text at the ends of sentences.</summary>
internal static class Sentences
{
    const string Ends = ".!?…。！？؟।";
    const string Closings = "\"'”’»)]」』";

    /// <summary>Sentences with their marks, blanks trimmed, in order.</summary>
    public static List<string> Split(string text)
    {
        var sentences = new List<string>();
        var from = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (!Ends.Contains(text[i])) continue;
            var end = i + 1;
            while (end < text.Length && (Ends.Contains(text[end]) || Closings.Contains(text[end]))) end++;
            // A full stop inside a number or a name stands before no blank; marks of Chinese and Japanese need none.
            if (text[i] > 0x3000 || end == text.Length || (char.IsWhiteSpace(text[end]) && !IsAbbreviation(text, i))) Cut(end);
            i = end - 1;
        }
        Cut(text.Length);
        return sentences;

        void Cut(int end)
        {
            if (text[from..end].Trim() is { Length: > 0 } sentence) sentences.Add(sentence);
            from = end;
        }
    }

    /// <summary>A stop after a single letter or before a small letter ends no sentence: "J. Mas", "etc. and".</summary>
    static bool IsAbbreviation(string text, int stop)
    {
        if (text[stop] != '.') return false;
        var single = stop >= 1 && char.IsLetter(text[stop - 1]) && (stop == 1 || !char.IsLetterOrDigit(text[stop - 2]));
        var next = text.AsSpan(stop + 1).TrimStart();
        return single || (next.Length > 0 && char.IsLower(next[0]));
    }
}
