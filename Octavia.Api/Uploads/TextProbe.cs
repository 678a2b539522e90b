using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Octavia.Api.Operations;

namespace Octavia.Api.Uploads;

/// <summary>Looks into text and subtitle files.</summary>
static partial class TextProbe
{
    static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The text, and the extension that says what it is.</summary>
    public static async Task<(string Text, string Extension)> ReadAsync(Stream content, bool subtitles, CancellationToken ct)
    {
        using var bytes = new MemoryStream();
        await content.CopyToAsync(bytes, ct);
        string text;
        try
        {
            text = Strict.GetString(bytes.GetBuffer(), 0, (int)bytes.Length).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            throw NotText();
        }
        if (text.Contains('\0', StringComparison.Ordinal)) throw NotText();
        if (string.IsNullOrWhiteSpace(text)) throw Refusal.Invalid("input.empty", "This file has no text in it; choose another.");
        if (text.TrimStart().StartsWith("WEBVTT", StringComparison.Ordinal)) return (text, ".vtt");
        if (CueTimes().IsMatch(text)) return (text, ".srt");
        return subtitles
            ? throw new Refusal(415, "input.not_subtitles", "These are no subtitles; choose an SRT or WebVTT file.")
            : (text, ".txt");
    }

    /// <summary>Seconds at which the last subtitle ends; 0 for a text without times.</summary>
    public static double EndOf(string text)
    {
        var end = 0.0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (!line.Contains("-->", StringComparison.Ordinal)) continue;
            foreach (var time in Time().EnumerateMatches(line)) end = Math.Max(end, Seconds(line.Slice(time.Index, time.Length)));
        }
        return end;
    }

    static double Seconds(ReadOnlySpan<char> time)
    {
        var seconds = 0;
        foreach (var part in time.Split(':')) seconds = (seconds * 60) + int.Parse(time[part], CultureInfo.InvariantCulture);
        return seconds;
    }

    // The line of times that the engine's reader looks for; an arrow alone may stand in any text.
    [GeneratedRegex(
        @"^[ \t]*(?:[0-9]{1,3}:)?[0-9]{1,2}:[0-9]{1,2}(?:[.,][0-9]{1,3})?[ \t]*-->[ \t]*(?:[0-9]{1,3}:)?[0-9]{1,2}:[0-9]{1,2}",
        RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex CueTimes();

    [GeneratedRegex("(?:[0-9]{1,3}:)?[0-9]{1,2}:[0-9]{1,2}", RegexOptions.NonBacktracking)]
    private static partial Regex Time();

    static Refusal NotText() => new(415, "input.not_text", "This is not a text file in UTF-8; save it as UTF-8 text and try again.");
}
