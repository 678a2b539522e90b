using CliWrap;

namespace Octavia.Dubbing.Media;

/// <summary>A subtitle file to put in as a track.</summary>
/// <param name="Path">SRT file.</param>
/// <param name="Language">ISO 639-1.</param>
public sealed record SubtitleTrack(string Path, string Language);

/// <summary>What goes into the finished file beside the picture.</summary>
/// <param name="Language">ISO 639-1 of the dub.</param>
/// <param name="OriginalLanguage">ISO 639-1 of the original sound.</param>
/// <param name="Subtitles">The dub's language first.</param>
public sealed record Tracks(string Language, string OriginalLanguage, IReadOnlyList<SubtitleTrack> Subtitles)
{
    /// <summary>ASS file to draw into the picture, which is then encoded again; null to copy the picture.</summary>
    public string? BurnIn { get; init; }
}

/// <summary>Writes the finished file: picture copied unless subtitles are drawn into it, the dub as default sound, the original as second, subtitles as tracks.</summary>
public static class MediaMuxer
{
    /// <summary>Joins the dub with the original's picture, sound, chapters and metadata.</summary>
    /// <param name="media">The original.</param>
    /// <param name="container">From <see cref="Container.For"/>.</param>
    /// <param name="tracks">Languages and subtitles.</param>
    /// <param name="dub">Writes the dub: 48 kHz stereo 32 bit float.</param>
    /// <param name="output">File to write, replaced when there.</param>
    /// <param name="cancellationToken">Kills ffmpeg.</param>
    /// <exception cref="DubbingException"><c>output.mux_failed</c>.</exception>
    public static async Task WriteAsync(
        MediaInfo media, Container container, Tracks tracks, Func<Stream, CancellationToken, Task> dub, string output, CancellationToken cancellationToken)
    {
        var copy = container.Copied.Contains(media.Speech.Codec);
        await FinishAsync(output, media.Path, async partial =>
        {
            var run = await WriteAsync(copy, partial);
            // A codec may be allowed and its stream still be refused (damaged headers): encode the original then.
            return run.ExitCode != 0 && copy ? await WriteAsync(false, partial) : run;
        });

        Task<ChildResult> WriteAsync(bool copyOriginal, string partial) => ChildProcess.RunAsync(
            "ffmpeg", Arguments(media, container, tracks, copyOriginal, partial), input: PipeSource.Create(dub), cancellationToken: cancellationToken);
    }

    /// <summary>Writes a dub alone, without an original.</summary>
    /// <exception cref="DubbingException"><c>output.mux_failed</c>.</exception>
    public static Task WriteAudioAsync(string language, Func<Stream, CancellationToken, Task> dub, string output, CancellationToken cancellationToken) =>
        FinishAsync(output, output, partial => ChildProcess.RunAsync(
            "ffmpeg",
            [
                .. Ffmpeg.Quiet, "-y", .. Pcm, "-map", "0:a", .. Encoder(0, Container.M4a.AudioCodec), .. Label("s:a:0", language, Dub), "-movflags", "+faststart",
                "-f", "ipod", "file:" + Path.GetFullPath(partial),
            ],
            input: PipeSource.Create(dub),
            cancellationToken: cancellationToken));

    // A name of our own ending keeps half a file from being taken for a whole one, and goes whatever happens.
    static async Task FinishAsync(string output, string spokenOf, Func<string, Task<ChildResult>> write)
    {
        var partial = output + ".partial";
        try
        {
            var run = await write(partial);
            if (run.ExitCode != 0)
                throw new DubbingException(new Failure(
                    "output.mux_failed", FailureKind.Engine, $"ffmpeg could not write {Path.GetFileName(output)}: {Ffmpeg.Reason(run.Error, spokenOf)}."));
            File.Move(partial, output, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    // Who speaks: nobody shall take the dub for the film's own track.
    const string Dub = "Octavia";
    static readonly string[] Pcm = ["-f", "f32le", "-ar", $"{MediaDecoder.MixRate}", "-ac", "2", "-i", "pipe:0"];

    static List<string> Arguments(MediaInfo media, Container container, Tracks tracks, bool copyOriginal, string output)
    {
        var subtitles = container.SubtitleCodec is null ? [] : tracks.Subtitles;
        List<string> list = [.. Ffmpeg.Quiet, "-y", .. Pcm, .. Ffmpeg.Input(media.Path)];
        foreach (var subtitle in subtitles) list.AddRange(["-f", "srt", "-i", "file:" + Path.GetFullPath(subtitle.Path)]);
        if (media.Video is { } video) list.AddRange(["-map", $"1:{video.Index}", .. Picture(tracks.BurnIn), "-disposition:v:0", "default"]);
        list.AddRange(["-map", "0:a", "-map", $"1:{media.Speech.Index}"]);
        for (var i = 0; i < subtitles.Count; i++) list.AddRange(["-map", $"{i + 2}:s"]);
        list.AddRange(Encoder(0, container.AudioCodec));
        list.AddRange(copyOriginal ? ["-c:a:1", "copy"] : Encoder(1, container.AudioCodec));
        if (subtitles.Count > 0) list.AddRange(["-c:s", container.SubtitleCodec!]);
        list.AddRange(["-map_metadata", "1", "-map_chapters", "1"]);
        list.AddRange(Label("s:a:0", tracks.Language, Dub));
        list.AddRange(Label("s:a:1", tracks.OriginalLanguage, "original"));
        list.AddRange(["-disposition:a:0", "default", "-disposition:a:1", "0"]);
        for (var i = 0; i < subtitles.Count; i++)
        {
            list.AddRange(Label($"s:s:{i}", subtitles[i].Language, null));
            list.AddRange([$"-disposition:s:{i}", "0"]);
        }
        if (container.Muxer is "mp4" or "ipod") list.AddRange(["-movflags", "+faststart"]);
        list.AddRange(["-max_interleave_delta", "0", "-f", container.Muxer, "file:" + Path.GetFullPath(output)]);
        return list;
    }

    // Even sides and 8 bits are what every player shows. ffmpeg turns a turned picture first, so that the text stands upright.
    static string[] Picture(string? burnIn) => burnIn is null ? ["-c:v", "copy"] :
    [
        "-vf", $"subtitles=filename={Ffmpeg.FilterValue(Path.GetFullPath(burnIn))},scale=trunc(iw/2)*2:trunc(ih/2)*2,format=yuv420p",
        "-c:v", "libx264", "-crf", "18", "-preset", "veryfast",
    ];

    // The options are those of one track: with the number of the stream behind them.
    static IEnumerable<string> Encoder(int track, IReadOnlyList<string> codec) =>
        [$"-c:a:{track}", codec[0], .. codec.Skip(1).Chunk(2).SelectMany(option => new[] { $"{option[0]}:a:{track}", option[1] })];

    static string[] Label(string stream, string language, string? role)
    {
        var title = NativeNames.Of(language) + (role is null ? "" : $" ({role})");
        // mp4 has no titles of tracks: players show the handler's name there.
        return [$"-metadata:{stream}", $"language={Languages.Find(language)?.TrackCode ?? "und"}", $"-metadata:{stream}", $"title={title}", $"-metadata:{stream}", $"handler_name={title}"];
    }
}
