using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Octavia.Dubbing.Subtitles;

/// <summary>
/// Reads SRT and WebVTT as they are found in the wild: with or without byte order mark, index, hours, settings, styles and notes, any line ending,
/// comma or point before the milliseconds. What is not a cue is passed over.
/// </summary>
public static partial class SubtitleReader
{
    /// <summary>Most characters that are read.</summary>
    public const int LongestText = 10_000_000;

    /// <summary>Cues in the order of their start.</summary>
    /// <exception cref="DubbingException"><c>input.no_subtitles</c> when there is not one cue.</exception>
    public static IReadOnlyList<SubtitleCue> Read(string text)
    {
        if (text.Length > LongestText) throw Unusable("input.too_long", "The subtitles are longer than 10 million characters; split them.");
        var cues = new List<SubtitleCue>();
        var lines = text.TrimStart('\uFEFF').ReplaceLineEndings("\n").Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (TryTimes(lines[i]) is not { } times) continue;
            var body = new List<string>();
            while (++i < lines.Length && lines[i].Trim().Length > 0 && TryTimes(lines[i]) is null) body.Add(lines[i]);
            if (i < lines.Length && TryTimes(lines[i]) is not null)
            {
                // No blank line between two cues: what stands before the times is the next one's number.
                if (body.Count > 0 && int.TryParse(body[^1], out _)) body.RemoveAt(body.Count - 1);
                i--;
            }
            var clean = string.Join('\n', body.Select(Clean).Where(line => line.Length > 0));
            if (clean.Length > 0) cues.Add(new SubtitleCue(times.Start, Math.Max(times.Start, times.End), clean));
        }
        return cues.Count > 0
            ? [.. cues.OrderBy(cue => cue.Start)]
            : throw Unusable("input.no_subtitles", "There is not one subtitle with a time in this file; is it SRT or WebVTT?");
    }

    /// <summary>Format that a file name or its content tells; null for plain text.</summary>
    public static SubtitleFormat? FormatOf(string path, string text) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".srt" => SubtitleFormat.Srt,
        ".vtt" => SubtitleFormat.Vtt,
        _ when text.TrimStart('\uFEFF').StartsWith("WEBVTT", StringComparison.Ordinal) => SubtitleFormat.Vtt,
        _ when text.Split('\n').Take(4).Any(line => TryTimes(line) is not null) => SubtitleFormat.Srt,
        _ => null,
    };

    static (double Start, double End)? TryTimes(string line)
    {
        // The cheap test first: the pattern would be tried on every line of a hostile file.
        if (line.Length > 500 || !line.Contains("-->", StringComparison.Ordinal)) return null;
        var match = Times().Match(line);
        return match.Success ? (Seconds(match.Groups[1].Value), Seconds(match.Groups[2].Value)) : null;
    }

    static double Seconds(string time)
    {
        var seconds = 0.0;
        foreach (var part in time.Replace(',', '.').Split(':')) seconds = seconds * 60 + double.Parse(part, CultureInfo.InvariantCulture);
        return seconds;
    }

    static string Clean(string line) => WebUtility.HtmlDecode(Markup().Replace(line, "")).Trim();

    static DubbingException Unusable(string code, string message) => new(new Failure(code, FailureKind.UnusableInput, message));

    [GeneratedRegex(@"^\s*((?:[0-9]{1,3}:)?[0-9]{1,2}:[0-9]{1,2}(?:[.,][0-9]{1,3})?)\s*-->\s*((?:[0-9]{1,3}:)?[0-9]{1,2}:[0-9]{1,2}(?:[.,][0-9]{1,3})?)", RegexOptions.NonBacktracking)]
    private static partial Regex Times();

    [GeneratedRegex(@"</?[a-zA-Z0-9][^<>]*>|\{\\[^{}]*\}", RegexOptions.NonBacktracking)]
    private static partial Regex Markup();
}
