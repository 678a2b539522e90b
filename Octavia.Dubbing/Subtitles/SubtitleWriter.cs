using System.Text;

namespace Octavia.Dubbing.Subtitles;

/// <summary>Writes SRT, WebVTT and ASS.</summary>
public static class SubtitleWriter
{
    // 42 columns of this size fill four fifths of a wide picture; in a narrow one the player breaks the lines once more.
    const string AssHead =
        """
        [Script Info]
        ScriptType: v4.00+
        WrapStyle: 0
        ScaledBorderAndShadow: yes
        PlayResX: 1280
        PlayResY: 720

        [V4+ Styles]
        Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
        Style: Default,Arial,46,&H00FFFFFF,&H00FFFFFF,&H00000000,&H80000000,0,0,0,0,100,100,0,0,1,2.5,0.5,2,60,60,40,1

        [Events]
        Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text

        """;

    /// <summary>The whole file, lines ended by a line feed.</summary>
    public static string Write(IEnumerable<SubtitleCue> cues, SubtitleFormat format)
    {
        var text = new StringBuilder(format switch { SubtitleFormat.Vtt => "WEBVTT\n\n", SubtitleFormat.Ass => AssHead.ReplaceLineEndings("\n"), _ => "" });
        var index = 0;
        foreach (var cue in cues)
        {
            var (start, end) = (Time(cue.Start, format), Time(cue.End, format));
            text.Append(format switch
            {
                SubtitleFormat.Ass => $"Dialogue: 0,{start},{end},Default,,0,0,0,,{EscapeAss(cue.Text)}\n",
                SubtitleFormat.Vtt => $"{start} --> {end}\n{EscapeVtt(cue.Text)}\n\n",
                _ => $"{++index}\n{start} --> {end}\n{cue.Text}\n\n",
            });
        }
        return text.ToString();
    }

    static string EscapeVtt(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal);

    // A brace would begin a command that hides what follows, a backslash one that ends at its letter: the word joiner, which is not seen, parts the two.
    static string EscapeAss(string text) => text.ReplaceLineEndings("\n").Replace("\\", "\\\u2060", StringComparison.Ordinal)
        .Replace("{", "\\{", StringComparison.Ordinal).Replace("\n", "\\N", StringComparison.Ordinal);

    static string Time(double seconds, SubtitleFormat format)
    {
        var total = (long)Math.Round(seconds * 1000);
        if (format == SubtitleFormat.Ass)
        {
            var hundredths = (total + 5) / 10;
            return FormattableString.Invariant($"{hundredths / 360_000}:{hundredths / 6000 % 60:00}:{hundredths / 100 % 60:00}.{hundredths % 100:00}");
        }
        var point = format == SubtitleFormat.Srt ? ',' : '.';
        return FormattableString.Invariant($"{total / 3_600_000:00}:{total / 60_000 % 60:00}:{total / 1000 % 60:00}{point}{total % 1000:000}");
    }
}
