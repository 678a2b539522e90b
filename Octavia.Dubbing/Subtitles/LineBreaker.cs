using System.Text;

namespace Octavia.Dubbing.Subtitles;

/// <summary>Cuts text into subtitles that can be read: at most two lines of 42 columns, broken between words, both lines of like length.</summary>
public static class LineBreaker
{
    /// <summary>Columns of a line; a wide character (Chinese, Japanese, Korean) takes two.</summary>
    public const int Columns = 42;
    const int Lines = 2;

    /// <summary>Text in pieces that each fill one subtitle, of like length; none for blank text.</summary>
    internal static List<string> Pieces(string text)
    {
        var words = Words(text);
        var count = Math.Max(1, (int)Math.Ceiling(words.Sum(Width) / (double)(Columns * Lines)));
        while (true)
        {
            // As many cues as needed, and no more text in one than in another.
            var pieces = Fill(words, (int)Math.Ceiling(words.Sum(Width) / (double)count) + 8);
            if (pieces.TrueForAll(Fits)) return pieces;
            count++;
        }
    }

    static bool Fits(string piece) => Wrap(piece).Split('\n') is var lines && lines.Length <= Lines && lines.All(line => Width(line) <= Columns);

    /// <summary>Text on as few lines as hold it, of like length; more than two when it is that long.</summary>
    public static string Wrap(string text)
    {
        text = text.Trim();
        if (Width(text) <= Columns) return text;
        var words = Words(text);
        for (var width = Width(text) / 2; width <= Columns; width++)
            if (Fill(words, width) is { Count: Lines } even)
                return string.Join('\n', even);
        return string.Join('\n', Fill(words, Columns));
    }

    static List<string> Fill(List<string> words, int width)
    {
        var lines = new List<string>();
        var line = new StringBuilder();
        var used = 0;
        foreach (var word in words)
        {
            if (used > 0 && used + Width(word.TrimEnd()) > width)
            {
                lines.Add(line.ToString().Trim());
                line.Clear();
                used = 0;
            }
            line.Append(word);
            used += Width(word);
        }
        if (line.ToString().Trim() is { Length: > 0 } rest) lines.Add(rest);
        return lines;
    }

    // Words with the blank after them; wide characters stand alone, and so do pieces of what is longer than a line.
    static List<string> Words(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            var blank = Rune.IsWhiteSpace(rune);
            word.Append(blank ? " " : rune.ToString());
            if (!blank && !IsWide(rune) && word.Length < Columns) continue;
            words.Add(word.ToString());
            word.Clear();
        }
        if (word.Length > 0) words.Add(word.ToString());
        return words;
    }

    /// <summary>Columns that a text takes.</summary>
    internal static int Width(string text) => text.EnumerateRunes().Sum(rune => IsWide(rune) ? 2 : 1);

    static bool IsWide(Rune rune) => rune.Value is >= 0x1100 and <= 0x115F or >= 0x2E80 and <= 0xA4CF or >= 0xAC00 and <= 0xD7A3
        or >= 0xF900 and <= 0xFAFF or >= 0xFE30 and <= 0xFE4F or >= 0xFF00 and <= 0xFF60 or >= 0x20000 and <= 0x3FFFD;
}
