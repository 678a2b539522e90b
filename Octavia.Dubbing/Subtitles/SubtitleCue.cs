namespace Octavia.Dubbing.Subtitles;

/// <summary>A subtitle.</summary>
/// <param name="Start">Seconds.</param>
/// <param name="End">Seconds, not before <paramref name="Start"/>.</param>
/// <param name="Text">One or more lines, without markup.</param>
public sealed record SubtitleCue(double Start, double End, string Text);

/// <summary>A file format for subtitles.</summary>
public enum SubtitleFormat
{
    /// <summary>SubRip.</summary>
    Srt,

    /// <summary>WebVTT.</summary>
    Vtt,

    /// <summary>Advanced SubStation Alpha: written, not read.</summary>
    Ass,
}
