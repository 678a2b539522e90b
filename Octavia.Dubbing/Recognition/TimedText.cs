namespace Octavia.Dubbing.Recognition;

/// <summary>Times of words that a service gives without times, or without their marks.</summary>
static class TimedText
{
    // Of a sentence's end at a pause, in seconds squared: as good as being a third of a second off.
    const double MarkAtPause = 0.1;

    // A service that says other words than it times is not believed in its times.
    const double Enough = 0.7;

    static readonly HashSet<string> WithoutBlanks = ["zh", "ja", "th", "lo", "my", "km", "bo", "yue"];

    /// <summary>
    /// Times a text by the speech of its window: its words are dealt out to the spans of speech so that each span gets about as much as it can hold and pauses
    /// fall behind marks where they can (dynamic programming over spans and words); within a span words last as long as they have letters.
    /// </summary>
    /// <param name="text">What was said.</param>
    /// <param name="window">Where, with its spans of speech.</param>
    /// <param name="language">ISO 639-1; null when it is not known.</param>
    /// <param name="probability">Of each word.</param>
    public static List<Word> Spread(string text, SpeechWindow window, string? language, double probability)
    {
        var words = Split(text, language);
        if (words.Count == 0) return [];
        IReadOnlyList<Stretch> spans = window.Speech.Count > 0 ? window.Speech : [new Stretch(window.Start, window.End)];
        var before = new double[words.Count + 1];
        for (var i = 0; i < words.Count; i++) before[i + 1] = before[i] + Math.Max(1, words[i].Count(char.IsLetterOrDigit));
        var perLetter = spans.Sum(span => span.Length) / before[^1];
        var timed = new List<Word>();
        var ends = Deal(words, spans, before, perLetter);
        for (int s = 0, from = 0; s < spans.Count; from = ends[s++])
        {
            var letters = before[ends[s]] - before[from];
            for (var i = from; i < ends[s]; i++)
                timed.Add(new Word(words[i], At(before[i]), At(before[i + 1]), probability));

            double At(double letter) => spans[s].Start + spans[s].Length * (letter - before[from]) / letters;
        }
        return timed;
    }

    /// <summary>For each span the number of words that are over when it ends.</summary>
    static int[] Deal(List<string> words, IReadOnlyList<Stretch> spans, double[] before, double perLetter)
    {
        var best = new double[spans.Count + 1, words.Count + 1];
        var from = new int[spans.Count + 1, words.Count + 1];
        for (var i = 1; i <= words.Count; i++) best[0, i] = double.PositiveInfinity;
        for (var s = 1; s <= spans.Count; s++)
            for (var end = 0; end <= words.Count; end++)
            {
                best[s, end] = double.PositiveInfinity;
                var bonus = end > 0 && s < spans.Count && !char.IsLetterOrDigit(words[end - 1][^1]) ? MarkAtPause : 0;
                for (var begin = 0; begin <= end; begin++)
                {
                    var off = (before[end] - before[begin]) * perLetter - spans[s - 1].Length;
                    var cost = best[s - 1, begin] + off * off - bonus;
                    if (cost < best[s, end]) (best[s, end], from[s, end]) = (cost, begin);
                }
            }
        var ends = new int[spans.Count];
        for (int s = spans.Count, end = words.Count; s > 0; end = from[s, end], s--) ends[s - 1] = end;
        return ends;
    }

    /// <summary>Gives timed words, which services send bare, the marks and blanks that they have in the text; null when the words are not those of the text.</summary>
    /// <param name="text">With marks.</param>
    /// <param name="bare">In order.</param>
    public static List<Word>? Attach(string text, IReadOnlyList<Word> bare)
    {
        var found = new List<(Word Word, int Start, int End)>();
        var cursor = 0;
        foreach (var word in bare)
        {
            var said = word.Text.Trim();
            var at = said.Length == 0 ? -1 : text.IndexOf(said, cursor, StringComparison.OrdinalIgnoreCase);
            if (at < 0) continue;
            found.Add((word, at, at + said.Length));
            cursor = at + said.Length;
        }
        if (found.Count == 0 || found.Sum(one => one.End - one.Start) < Enough * text.Count(char.IsLetterOrDigit)) return null;
        var words = new List<Word>();
        var begin = 0;
        for (var i = 0; i < found.Count; i++)
        {
            var end = i + 1 < found.Count ? Border(text, found[i].End, found[i + 1].Start) : text.Length;
            words.Add(found[i].Word with { Text = text[begin..end] });
            begin = end;
        }
        return words;
    }

    // Marks go with the word before them, up to the blank; without a blank all but opening ones do.
    static int Border(string text, int end, int next)
    {
        for (var i = end; i < next; i++)
            if (char.IsWhiteSpace(text[i]) || text[i] is '¿' or '¡' or '（' or '「' or '『' or '(') return i;
        return next;
    }

    static List<string> Split(string text, string? language)
    {
        if (language is null || !WithoutBlanks.Contains(language))
            return [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(word => ' ' + word)];
        var words = new List<string>();
        foreach (var rune in text.EnumerateRunes())
            if (words.Count > 0 && !System.Text.Rune.IsLetterOrDigit(rune)) words[^1] += rune.ToString();
            else words.Add(rune.ToString());
        return words;
    }
}
