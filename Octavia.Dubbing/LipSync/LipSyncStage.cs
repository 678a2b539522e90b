using Octavia.Dubbing.Media;
using Octavia.Dubbing.Recognition;
using Octavia.Dubbing.Scripts;

namespace Octavia.Dubbing.LipSync;

/// <summary>What lip-sync made of a film.</summary>
/// <param name="Picture">A new picture, H.264 in Matroska; null where none was made.</param>
/// <param name="Note">For the report.</param>
sealed record LipSynced(NewPicture? Picture, string Note);

/// <summary>Has the lips moved span by span, and joins the spans with the picture between them. A span that fails keeps its lips.</summary>
/// <param name="lips">Moves them.</param>
/// <param name="folder">Where takes are, and files in between go.</param>
sealed class LipSyncStage(ILipSync lips, string folder)
{
    // Two frames of film.
    const double Tolerance = 0.09;
    const double Early = 0.002;
    static readonly string[] H264 = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"];

    /// <summary>Works on a whole film.</summary>
    /// <param name="media">The original.</param>
    /// <param name="lines">Lines with their takes and places.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<LipSynced> RunAsync(MediaInfo media, IReadOnlyList<Utterance> lines, Action<double> progress, CancellationToken cancellationToken)
    {
        var work = Directory.CreateDirectory(Path.Combine(folder, "lips")).FullName;
        var spans = LipSyncSpans.Of(lines, media.DurationSeconds);
        var (moved, faceless, failure) = (new List<(Stretch Span, string Picture)>(), 0, (string?)null);
        for (var i = 0; i < spans.Count; i++)
        {
            try
            {
                if (await MoveAsync(media, lines, spans[i], Path.Combine(work, $"{i + 1:0000}"), cancellationToken) is { } picture) moved.Add((spans[i], picture));
                else faceless++;
            }
            catch (Exception e) when (e is DubbingException or IOException or InvalidDataException)
            {
                failure ??= (e as DubbingException)?.Failure.Message ?? e.Message;
            }
            progress((i + 1.0) / (spans.Count + 1));
        }
        var failed = spans.Count - moved.Count - faceless;
        var note = FormattableString.Invariant($"Lip-sync by {lips.Name}: {moved.Count} of {spans.Count} spans, {faceless} without a face, {failed} failed.{(failure is null ? "" : " " + failure)}");
        if (moved.Count == 0) return new LipSynced(null, note);
        try
        {
            return new LipSynced(await JoinAsync(media, moved, Path.Combine(work, "picture.mkv"), cancellationToken), note + " The picture was encoded again for it.");
        }
        catch (DubbingException e)
        {
            return new LipSynced(null, $"{note} {e.Failure.Message}");
        }
    }

    async Task<string?> MoveAsync(MediaInfo media, IReadOnlyList<Utterance> lines, Stretch span, string name, CancellationToken cancellationToken)
    {
        var (picture, speech, output) = (name + ".mp4", name + ".wav", name + ".lips.mp4");
        await FfmpegAsync(
            [
                "-ss", Seconds(span.Start), "-t", Seconds(span.Length), .. Ffmpeg.Input(media.Path), "-map", $"0:{media.Video!.Index}", "-an", "-sn", "-map_chapters", "-1", "-map_metadata", "-1",
                "-vf", "scale=trunc(iw/2)*2:trunc(ih/2)*2", .. H264, "-crf", "12", "-f", "mp4", "file:" + picture,
            ], media.Path, span.Length, cancellationToken);
        await File.WriteAllBytesAsync(speech, Wav.ToPcmBytes(LipSyncSpans.Speech(lines, span, folder), LipSyncSpans.Rate), cancellationToken);
        // Of a run that was interrupted.
        File.Delete(output);
        if (!await lips.RunAsync(picture, speech, output, cancellationToken)) return null;
        if (!File.Exists(output)) throw LipSyncFailure.Of($"{lips.Name} left no picture");
        await CheckAsync(picture, output, cancellationToken);
        // All in one form, without loss, so that they can be read one after the other.
        var alike = name + ".mkv";
        await FfmpegAsync(
            [
                .. Ffmpeg.Input(output), "-map", "0:v:0", "-an", "-sn", "-map_chapters", "-1", "-map_metadata", "-1", "-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", "-pix_fmt", "yuv420p",
                "-fps_mode", "passthrough", "-f", "matroska", "file:" + alike,
            ], output, span.Length, cancellationToken);
        // An hour of speech has hundreds of spans.
        foreach (var done in (string[])[picture, speech, output]) File.Delete(done);
        return alike;
    }

    // What comes from outside is looked at like everything that does.
    async Task CheckAsync(string sent, string got, CancellationToken cancellationToken)
    {
        var was = await PictureAsync(sent, cancellationToken);
        var now = await PictureAsync(got, cancellationToken) ?? throw LipSyncFailure.Of($"what {lips.Name} made is no picture");
        if (was is null) return;
        if ((was.Width, was.Height) != (now.Width, now.Height)) throw LipSyncFailure.Of($"{lips.Name} made {now.Width}x{now.Height} of {was.Width}x{was.Height}");
        if (Math.Abs(was.Seconds - now.Seconds) > Tolerance) throw LipSyncFailure.Of(FormattableString.Invariant($"{lips.Name} made {now.Seconds:0.00} s of {was.Seconds:0.00} s"));
    }

    static async Task<PictureFacts?> PictureAsync(string path, CancellationToken cancellationToken)
    {
        var run = await ChildProcess.RunAsync(
            "ffprobe",
            [.. Ffmpeg.QuietProbe, .. Ffmpeg.Input(path), "-select_streams", "v:0", "-show_entries", "stream=width,height:format=duration,start_time", "-of", "default=noprint_wrappers=1"],
            TimeSpan.FromSeconds(30), cancellationToken: cancellationToken);
        var values = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2).DistinctBy(pair => pair[0]).ToDictionary(pair => pair[0], pair => pair[1]);
        return run.ExitCode == 0 && int.TryParse(values.GetValueOrDefault("width"), out var width) && int.TryParse(values.GetValueOrDefault("height"), out var height)
            && double.TryParse(values.GetValueOrDefault("duration"), System.Globalization.CultureInfo.InvariantCulture, out var seconds)
            ? new PictureFacts(width, height, seconds, double.TryParse(values.GetValueOrDefault("start_time"), System.Globalization.CultureInfo.InvariantCulture, out var start) ? start : 0) : null;
    }

    sealed record PictureFacts(int Width, int Height, double Seconds, double Start);

    // The new spans, one after the other with the pauses that are between them, lie over the original for their time. They are read as one input: a film has hundreds.
    static async Task<NewPicture> JoinAsync(MediaInfo media, List<(Stretch Span, string Picture)> moved, string output, CancellationToken cancellationToken)
    {
        var list = Path.ChangeExtension(output, ".ffconcat");
        // Times in the files are rounded to milliseconds: a frame that is a trace too late would show after its own.
        var first = Math.Max(0, moved[0].Span.Start - Early);
        var lines = moved.Select((one, i) => $"file '{Path.GetFileName(one.Picture)}'\n" + (i + 1 < moved.Count ? $"duration {Seconds(moved[i + 1].Span.Start - one.Span.Start)}\n" : ""));
        await File.WriteAllTextAsync(list, "ffconcat version 1.0\n" + string.Concat(lines), cancellationToken);
        var times = string.Join('+', moved.Select(one => $"between(t,{Seconds(one.Span.Start)},{Seconds(one.Span.End)})"));
        var graph = $"[0:{media.Video!.Index}]scale=trunc(iw/2)*2:trunc(ih/2)*2[whole];[1:v]setpts=PTS-STARTPTS+{Seconds(first)}/TB[moved];[whole][moved]overlay=eof_action=pass:enable='{times}'[out]";
        await FfmpegAsync(
            [
                .. Ffmpeg.Input(media.Path), "-f", "concat", "-protocol_whitelist", "file", "-i", "file:" + list, "-filter_complex", graph, "-map", "[out]", "-map_chapters", "-1",
                "-fps_mode", "passthrough", .. H264, "-crf", "18", "-f", "matroska", "file:" + output,
            ], media.Path, media.DurationSeconds, cancellationToken);
        return new NewPicture(output, (await PictureAsync(output, cancellationToken))?.Start ?? 0);
    }

    // Encoding takes a fraction of the time of a small picture, and several times that of the largest on a slow machine.
    static async Task FfmpegAsync(IReadOnlyList<string> arguments, string source, double seconds, CancellationToken cancellationToken)
    {
        var limit = TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(20 * seconds);
        var run = await ChildProcess.RunAsync("ffmpeg", [.. Ffmpeg.Quiet, "-y", .. arguments], limit, cancellationToken: cancellationToken);
        if (run.ExitCode != 0) throw LipSyncFailure.Of($"ffmpeg could not cut the picture ({Ffmpeg.Reason(run.Error, source)})");
    }

    static string Seconds(double value) => value.ToString("0.000", System.Globalization.CultureInfo.InvariantCulture);
}
