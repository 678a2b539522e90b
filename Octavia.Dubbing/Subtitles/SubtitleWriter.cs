using System.Text;

namespace Octavia.Dubbing.Subtitles;

/// <summary>Writes SRT and WebVTT.</summary>
public static class SubtitleWriter
{
    /// <summary>The whole file, lines ended by a line feed.</summary>
    public static string Write(IEnumerable<SubtitleCue> cues, SubtitleFormat format)
    {
        var text = new StringBuilder(format == SubtitleFormat.Vtt ? "WEBVTT\n\n" : "");
        var index = 0;
        foreach (var cue in cues)
        {
            if (format == SubtitleFormat.Srt) text.Append(++index).Append('\n');
            text.Append(Time(cue.Start, format)).Append(" --> ").Append(Time(cue.End, format)).Append('\n');
            text.Append(format == SubtitleFormat.Vtt ? Escape(cue.Text) : cue.Text).Append("\n\n");
        }
        return text.ToString();
    }

    static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal);

    static string Time(double seconds, SubtitleFormat format)
    {
        var total = (long)Math.Round(seconds * 1000);
        var point = format == SubtitleFormat.Srt ? ',' : '.';
        return FormattableString.Invariant($"{total / 3_600_000:00}:{total / 60_000 % 60:00}:{total / 1000 % 60:00}{point}{total % 1000:000}");
    }
}
