using System.Globalization;
using CliWrap;
using FFMpegCore;

namespace Octavia.Dubbing.Media;

/// <summary>Looks into files of unknown origin.</summary>
public static class MediaProbe
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Longest media that is taken, in seconds.</summary>
    public const double LongestSeconds = 6 * 3600;

    /// <summary>What is in a file that can be dubbed.</summary>
    /// <exception cref="DubbingException">
    /// <c>input.missing</c>, <c>input.empty</c>, <c>input.not_media</c>, <c>input.damaged</c>, <c>input.no_audio</c>, <c>input.too_long</c>,
    /// <c>tool.missing</c>, <c>tool.timeout</c>.
    /// </exception>
    public static async Task<MediaInfo> ProbeAsync(string path, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(path);
        if (!File.Exists(path)) throw Unusable("input.missing", $"There is no file {name}.");
        if (new FileInfo(path).Length == 0) throw Unusable("input.empty", $"{name} is empty; it was probably not copied or uploaded to its end.");
        string[] arguments =
        [
            "-hide_banner", "-v", "error", "-max_alloc", "1073741824", .. Ffmpeg.Input(path), "-show_format", "-show_streams", "-of", "json",
        ];
        var run = await ChildProcess.RunAsync("ffprobe", arguments, Limit, cancellationToken: cancellationToken);
        if (run.ExitCode != 0) throw await RefuseAsync(path, run.Error, cancellationToken);
        var analysis = FFProbe.FromJson(run.Output);
        return await DescribeAsync(path, analysis, cancellationToken);
    }

    static async Task<MediaInfo> DescribeAsync(string path, IMediaAnalysis analysis, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(path);
        var video = analysis.VideoStreams
            .Where(v => !Has(v, "attached_pic") && v.CodecName is { Length: > 0 })
            .Select(v => new VideoTrack(v.Index, v.CodecName!, v.Width ?? 0, v.Height ?? 0)).FirstOrDefault();
        var audio = analysis.AudioStreams
            .Where(a => a.CodecName is { Length: > 0 } && a.Channels is > 0)
            .Select(a => new AudioTrack(a.Index, a.CodecName!, a.Channels!.Value, a.SampleRateHz ?? 0, a.Language, Has(a, "default"))).ToList();
        if (audio.Count == 0)
            throw video is null && analysis.AudioStreams.Count == 0
                ? Unusable("input.not_media", $"{name} holds neither picture nor sound; choose a video or an audio file.")
                : Unusable("input.no_audio", $"{name} has no sound track that can be read, so there is nothing to dub.");
        // As ffprobe wrote it: FFMpegCore's own figure was seen to count the start time in.
        var seconds = double.TryParse(analysis.Raw.Format.Duration, CultureInfo.InvariantCulture, out var told) ? told : 0;
        if (seconds <= 0) seconds = await MeasureAsync(path, audio[0].Index, cancellationToken);
        if (seconds > LongestSeconds)
            throw Unusable("input.too_long", $"{name} lasts {seconds / 3600:0.0} hours; {LongestSeconds / 3600:0} hours is the longest that is taken. Cut it first.");
        return new MediaInfo(path, analysis.Format.FormatName, seconds, video, audio);
    }

    // Live recordings carry no length: the end of the last packet tells it.
    static async Task<double> MeasureAsync(string path, int stream, CancellationToken cancellationToken)
    {
        var end = 0.0;
        string[] arguments =
        [
            "-hide_banner", "-v", "error", .. Ffmpeg.Input(path), "-select_streams", $"{stream}", "-show_entries", "packet=pts_time,duration_time", "-of", "csv=p=0",
        ];
        var target = PipeTarget.ToDelegate(line =>
        {
            var fields = line.Split(',');
            if (!double.TryParse(fields[0], CultureInfo.InvariantCulture, out var start)) return;
            var length = fields.Length > 1 && double.TryParse(fields[1], CultureInfo.InvariantCulture, out var d) ? d : 0;
            end = Math.Max(end, start + length);
        });
        await ChildProcess.RunAsync("ffprobe", arguments, TimeSpan.FromMinutes(5), output: target, cancellationToken: cancellationToken);
        return end;
    }

    static async Task<DubbingException> RefuseAsync(string path, string error, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(path);
        var reason = Ffmpeg.Reason(error, path);
        return await LooksLikeMediaAsync(path, cancellationToken)
            ? Unusable("input.damaged", $"{name} is damaged or cut off and cannot be opened ({reason}); export or download it again.")
            : Unusable("input.not_media", $"{name} is not a video or audio file; choose another one.");
    }

    static async Task<bool> LooksLikeMediaAsync(string path, CancellationToken cancellationToken)
    {
        var head = new byte[12];
        await using var file = File.OpenRead(path);
        var read = await file.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
        if (read < head.Length) return false;
        return head.AsSpan(4, 4).SequenceEqual("ftyp"u8) || head.AsSpan(4, 4).SequenceEqual("moov"u8) || head.AsSpan(4, 4).SequenceEqual("mdat"u8)
            || head.AsSpan(0, 4).SequenceEqual("RIFF"u8) || head.AsSpan(0, 4).SequenceEqual("OggS"u8) || head.AsSpan(0, 4).SequenceEqual("fLaC"u8)
            || head.AsSpan(0, 3).SequenceEqual("ID3"u8) || head.AsSpan(0, 3).SequenceEqual("FLV"u8)
            || head.AsSpan(0, 4).SequenceEqual<byte>([0x1A, 0x45, 0xDF, 0xA3]);
    }

    static bool Has(MediaStream stream, string disposition) => stream.Disposition?.TryGetValue(disposition, out var set) == true && set;

    static DubbingException Unusable(string code, string message) => new(new Failure(code, FailureKind.UnusableInput, message));
}
