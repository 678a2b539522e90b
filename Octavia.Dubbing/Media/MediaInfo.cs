using System.Globalization;

namespace Octavia.Dubbing.Media;

/// <summary>The picture of a file: the first video stream that is not a cover.</summary>
/// <param name="Index">Stream index in the file.</param>
/// <param name="Codec">ffmpeg's name: <c>h264</c>.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
public sealed record VideoTrack(int Index, string Codec, int Width, int Height);

/// <summary>A sound track.</summary>
/// <param name="Index">Stream index in the file.</param>
/// <param name="Codec">ffmpeg's name: <c>aac</c>.</param>
/// <param name="Channels">Number of channels.</param>
/// <param name="SampleRate">Hz.</param>
/// <param name="Language">Language tag of the file; null when it has none.</param>
/// <param name="Default">Whether the file marks it as the one to play.</param>
public sealed record AudioTrack(int Index, string Codec, int Channels, int SampleRate, string? Language, bool Default);

/// <summary>What is in a media file.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Format">ffmpeg's demuxer: <c>mov,mp4,m4a,3gp,3g2,mj2</c>.</param>
/// <param name="DurationSeconds">Length in seconds.</param>
/// <param name="Video">The picture; null for audio only.</param>
/// <param name="Audio">Sound tracks, at least one.</param>
public sealed record MediaInfo(string Path, string Format, double DurationSeconds, VideoTrack? Video, IReadOnlyList<AudioTrack> Audio)
{
    /// <summary>What people call it: the file's name, where nothing else was said.</summary>
    public string Name { get; init; } = System.IO.Path.GetFileName(Path);

    /// <summary>The time that the file's packets begin at; decoders count it as 0.</summary>
    public double StartSeconds { get; init; }

    /// <summary>The sound track to dub: the chosen one, else the one marked as default, else the first.</summary>
    public AudioTrack Speech { get => _speech ?? Audio.FirstOrDefault(a => a.Default) ?? Audio[0]; init => _speech = value; }

    readonly AudioTrack? _speech;

    /// <summary>The same file with another sound track to dub.</summary>
    /// <param name="track">Its number among the sound tracks, from 1, or its language: the first that has it. Null leaves the choice to the file.</param>
    /// <exception cref="DubbingException"><c>input.no_such_track</c>, naming those that there are.</exception>
    public MediaInfo Choose(string? track)
    {
        if (track is null) return this;
        var chosen = int.TryParse(track, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? Audio.ElementAtOrDefault(number - 1)
            : Languages.Find(track) is { } language ? Audio.FirstOrDefault(a => Languages.Find(a.Language) == language) : null;
        if (chosen is not null) return this with { Speech = chosen };
        var there = Audio.Take(MostNamed).Select((a, i) => $"{i + 1} ({Languages.Find(a.Language)?.Name ?? "language not given"}, {a.Codec}, {a.Channels} ch)");
        var more = Audio.Count > MostNamed ? $" and {Audio.Count - MostNamed} more" : "";
        var asked = track.Length > 40 ? track[..40] + "…" : track;
        throw DubbingException.Unusable("input.no_such_track", $"{Name} has no sound track \"{asked}\"; there are {string.Join(", ", there)}{more}.");
    }

    /// <summary>Least length of a part, in seconds.</summary>
    public const double ShortestSpan = 1;

    /// <summary>The part that is worked on, which <see cref="DurationSeconds"/> is the length of, and which begins at time 0; null for all.</summary>
    public MediaSpan? Span { get; init; }

    /// <summary>The same file, of which a part is worked on alone.</summary>
    /// <exception cref="DubbingException"><c>input.span_outside</c>.</exception>
    public MediaInfo Only(MediaSpan? span)
    {
        if (span is null) return this;
        var seconds = Math.Min(span.Seconds, DurationSeconds - span.Start);
        return seconds >= ShortestSpan
            ? this with { Span = span with { Seconds = seconds }, DurationSeconds = seconds }
            : throw DubbingException.Unusable("input.span_outside", $"{Name} lasts {DurationSeconds:0.0} seconds, so it has no part that begins at {span.Start:0.0} s; begin earlier.");
    }

    /// <summary>The file as an input of ffmpeg, of the part alone where there is one.</summary>
    // Without a jump the beginning is decoded just as that of the whole is.
    internal string[] Input => Span switch
    {
        null => Ffmpeg.Input(Path),
        { Start: 0 } => ["-t", Text(Span.Seconds), .. Ffmpeg.Input(Path)],
        _ => ["-ss", Text(Span.Start), "-t", Text(Span.Seconds), .. Ffmpeg.Input(Path)],
    };

    static string Text(double seconds) => seconds.ToString("0.000", CultureInfo.InvariantCulture);

    const int MostNamed = 12;
}
