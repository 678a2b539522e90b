using System.Globalization;
using CliWrap;

namespace Octavia.Dubbing.Media;

/// <summary>A dub of the sound.</summary>
/// <param name="Language">ISO 639-1.</param>
/// <param name="WriteAsync">
/// Writes it, from its beginning each time, as 48 kHz stereo 32 bit float, with its true peak under a ceiling in dBTP; returns its true peak.
/// </param>
public sealed record Dub(string Language, Func<Stream, double, CancellationToken, Task<double>> WriteAsync)
{
    /// <summary>True peak in dBTP that no finished track exceeds.</summary>
    public const double PromisedPeakDb = -1.5;

    /// <summary>The ceiling that does in most cases: what coding with loss usually adds is left free.</summary>
    public const double UsualCeilingDb = PromisedPeakDb - 0.5;
}

/// <summary>A subtitle file to put in as a track.</summary>
/// <param name="Path">SRT file.</param>
/// <param name="Language">ISO 639-1.</param>
public sealed record SubtitleTrack(string Path, string Language);

/// <summary>A picture without sound.</summary>
/// <param name="Path">File.</param>
/// <param name="StartSeconds">When its first frame shows, after the beginning of the film; ffmpeg takes a file's first frame for its beginning.</param>
public sealed record NewPicture(string Path, double StartSeconds);

/// <summary>What goes into the finished file beside the picture.</summary>
/// <param name="Dubs">At least one; the first is the one that plays.</param>
/// <param name="OriginalLanguage">ISO 639-1 of the original sound.</param>
/// <param name="Subtitles">Those of the dubs first.</param>
public sealed record Tracks(IReadOnlyList<Dub> Dubs, string OriginalLanguage, IReadOnlyList<SubtitleTrack> Subtitles)
{
    /// <summary>What takes the place of the original's picture; null for the original's.</summary>
    public NewPicture? Picture { get; init; }

    /// <summary>ASS file to draw into the picture, which is then encoded again; null to copy the picture.</summary>
    public string? BurnIn { get; init; }
}

/// <summary>Writes the finished file: picture copied unless subtitles are drawn into it, the first dub as default sound, the others and the original after it, subtitles as tracks.</summary>
public static class MediaMuxer
{
    /// <summary>Joins the dubs with the original's picture, sound, chapters and metadata.</summary>
    /// <param name="media">The original.</param>
    /// <param name="container">From <see cref="Container.For"/>.</param>
    /// <param name="tracks">Dubs and subtitles.</param>
    /// <param name="output">File to write, replaced when there. Dubs after the first lie beside it meanwhile, 1.4 GB an hour each.</param>
    /// <param name="cancellationToken">Kills ffmpeg.</param>
    /// <exception cref="DubbingException"><c>output.mux_failed</c>, <c>disk.full</c>, <c>tool.timeout</c>.</exception>
    public static async Task WriteAsync(
        MediaInfo media, Container container, Tracks tracks, string output, CancellationToken cancellationToken)
    {
        var copy = container.Copied.Contains(media.Speech.Codec);
        var dubs = tracks.Dubs.Select(dub => new CodedDub(dub)).ToList();
        // ffmpeg has one standard input.
        var further = dubs.Skip(1).Select((dub, i) => (Dub: dub, Path: $"{output}.{i + 2}.pcm")).ToList();
        try
        {
            await FinishAsync(output, media.Path, dubs, async partial =>
            {
                await Task.WhenAll(further.Select(one => WriteFileAsync(one.Dub, one.Path, cancellationToken)));
                var run = await WriteAsync(copy, partial);
                // A codec may be allowed and its stream still be refused (damaged headers): encode the original then.
                return run.ExitCode != 0 && copy ? await WriteAsync(false, partial) : run;
            }, cancellationToken);
        }
        finally
        {
            foreach (var (_, path) in further) File.Delete(path);
        }

        Task<ChildResult> WriteAsync(bool copyOriginal, string partial) => ChildProcess.RunAsync(
            "ffmpeg",
            Arguments(media, container, tracks, [.. further.Select(one => one.Path)], copyOriginal, partial),
            Limit(media.DurationSeconds),
            input: PipeSource.Create(dubs[0].WriteAsync),
            cancellationToken: cancellationToken);
    }

    // Encoding takes several times the length of the largest picture on a slow machine, and the mix is made meanwhile.
    static TimeSpan Limit(double seconds) => TimeSpan.FromMinutes(30) + TimeSpan.FromSeconds(20 * seconds);

    static async Task WriteFileAsync(CodedDub dub, string path, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous);
        await dub.WriteAsync(file, cancellationToken);
    }

    /// <summary>Writes a dub alone, without an original.</summary>
    /// <exception cref="DubbingException"><c>output.mux_failed</c>, <c>disk.full</c>, <c>tool.timeout</c>.</exception>
    public static Task WriteAudioAsync(Dub dub, string output, CancellationToken cancellationToken)
    {
        var coded = new CodedDub(dub);
        return FinishAsync(output, output, [coded], partial => ChildProcess.RunAsync(
            "ffmpeg",
            [
                .. Ffmpeg.Quiet, "-y", .. Pcm("pipe:0"), "-map", "0:a", .. Encoder(0, Container.M4a.AudioCodec), .. Label("s:a:0", dub.Language, Author), "-movflags", "+faststart",
                "-f", "ipod", "file:" + Path.GetFullPath(partial),
            ],
            Limit(MediaProbe.LongestSeconds),
            input: PipeSource.Create(coded.WriteAsync),
            cancellationToken: cancellationToken), cancellationToken);
    }

    // A name of our own ending keeps half a file from being taken for a whole one, and goes whatever happens.
    static async Task FinishAsync(string output, string spokenOf, List<CodedDub> dubs, Func<string, Task<ChildResult>> write, CancellationToken cancellationToken)
    {
        var partial = output + ".partial";
        try
        {
            for (var (attempt, over) = (0, true); over && attempt < CodedDub.MostAttempts; attempt++)
            {
                var run = await write(partial);
                if (run.ExitCode != 0)
                    throw new DubbingException(new Failure(
                        run.Error.Contains("No space left on device", StringComparison.Ordinal) ? DubbingException.DiskFull : "output.mux_failed", FailureKind.Engine, $"ffmpeg could not write {Path.GetFileName(output)}: {Ffmpeg.Reason(run.Error, spokenOf)}."));
                over = (await Task.WhenAll(dubs.Select((dub, track) => dub.IsOverAsync(partial, track, cancellationToken)))).Contains(true);
            }
            File.Move(partial, output, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    // Who speaks: nobody shall take the dub for the film's own track.
    const string Author = "Octavia";

    static string[] Pcm(string input) => ["-f", "f32le", "-ar", $"{MediaDecoder.MixRate}", "-ac", "2", "-i", input];

    // The inputs: the first dub, the original, the further dubs, the subtitles, a picture in the place of the original's.
    static List<string> Arguments(MediaInfo media, Container container, Tracks tracks, IReadOnlyList<string> further, bool copyOriginal, string output)
    {
        var original = tracks.Dubs.Count;
        var subtitles = container.SubtitleCodec is null ? [] : tracks.Subtitles;
        List<string> list = [.. Ffmpeg.Quiet, "-y", .. Pcm("pipe:0"), .. media.Input, .. further.SelectMany(path => Pcm("file:" + Path.GetFullPath(path)))];
        foreach (var subtitle in subtitles) list.AddRange(["-f", "srt", "-i", "file:" + Path.GetFullPath(subtitle.Path)]);
        if (tracks.Picture is { } picture) list.AddRange(["-itsoffset", picture.StartSeconds.ToString("0.000", CultureInfo.InvariantCulture), .. Ffmpeg.Input(picture.Path)]);
        var own = 2 + further.Count + subtitles.Count;
        if (media.Video is { } video) list.AddRange(["-map", tracks.Picture is null ? $"1:{video.Index}" : $"{own}:v:0", .. Picture(tracks.BurnIn), "-disposition:v:0", "default"]);
        list.AddRange(["-map", "0:a", .. further.SelectMany((_, i) => new[] { "-map", $"{i + 2}:a" }), "-map", $"1:{media.Speech.Index}"]);
        for (var i = 0; i < subtitles.Count; i++) list.AddRange(["-map", $"{i + 2 + further.Count}:s"]);
        for (var i = 0; i < original; i++) list.AddRange(Encoder(i, container.AudioCodec));
        list.AddRange(copyOriginal ? [$"-c:a:{original}", "copy"] : Encoder(original, container.AudioCodec));
        if (subtitles.Count > 0) list.AddRange(["-c:s", container.SubtitleCodec!]);
        // Those of the whole would make a part as long as it.
        list.AddRange(["-map_metadata", "1", "-map_chapters", media.Span is null ? "1" : "-1"]);
        for (var i = 0; i < original; i++) list.AddRange(Label($"s:a:{i}", tracks.Dubs[i].Language, Author));
        list.AddRange(Label($"s:a:{original}", tracks.OriginalLanguage, "original"));
        for (var i = 0; i <= original; i++) list.AddRange([$"-disposition:a:{i}", i == 0 ? "default" : "0"]);
        for (var i = 0; i < subtitles.Count; i++)
        {
            list.AddRange(Label($"s:s:{i}", subtitles[i].Language, null));
            list.AddRange([$"-disposition:s:{i}", "0"]);
        }
        if (container.Muxer is "mp4" or "ipod") list.AddRange(["-movflags", "+faststart"]);
        list.AddRange(["-f", container.Muxer, "file:" + Path.GetFullPath(output)]);
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
