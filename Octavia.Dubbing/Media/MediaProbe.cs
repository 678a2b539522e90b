using System.Globalization;
using FFMpegCore;
using static Octavia.Dubbing.DubbingException;

namespace Octavia.Dubbing.Media;

/// <summary>Looks into files of unknown origin.</summary>
public static class MediaProbe
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Longest media that is taken, in seconds.</summary>
    public const double LongestSeconds = 6 * 3600;

    // What is used, and no more: tags and side data of a hostile file are as long as it likes.
    const string Entries =
        "format=format_name,duration,start_time:stream=index,codec_type,codec_name,width,height,channels,sample_rate:stream_disposition=default,attached_pic:stream_tags=language";

    // These carry no length: what ffprobe tells is a guess from the first packets.
    static readonly HashSet<string> Guessed = ["mp3", "aac", "ac3", "eac3", "amr", "dts"];

    /// <inheritdoc cref="ProbeAsync(string, string, CancellationToken)" />
    public static Task<MediaInfo> ProbeAsync(string path, CancellationToken cancellationToken) => ProbeAsync(path, Path.GetFileName(path), cancellationToken);

    /// <summary>What is in a file that can be dubbed.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="name">What people call it, for sentences.</param>
    /// <param name="cancellationToken">Kills ffprobe.</param>
    /// <exception cref="DubbingException">
    /// <c>input.missing</c>, <c>input.unreadable</c>, <c>input.empty</c>, <c>input.not_media</c>, <c>input.damaged</c>, <c>input.no_audio</c>,
    /// <c>input.too_long</c>, <c>tool.missing</c>, <c>tool.timeout</c>, <c>tool.too_much</c>.
    /// </exception>
    public static async Task<MediaInfo> ProbeAsync(string path, string name, CancellationToken cancellationToken)
    {
        var head = await ReadHeadAsync(path, name, cancellationToken);
        string[] arguments = [.. Ffmpeg.QuietProbe, .. Ffmpeg.Input(path), "-show_entries", Entries, "-of", "json"];
        var run = await ChildProcess.RunAsync("ffprobe", arguments, Limit, cancellationToken: cancellationToken);
        if (run.ExitCode != 0) throw Refuse(path, name, head, run.Error);
        return await DescribeAsync(path, name, FFProbe.FromJson(run.Output), cancellationToken);
    }

    /// <summary>Seconds after which the sound that would be dubbed really ends: by its packets, not by what the header promises.</summary>
    /// <param name="media">What a probe found.</param>
    /// <param name="cancellationToken">Kills ffprobe.</param>
    /// <exception cref="DubbingException"><c>tool.missing</c>, <c>tool.timeout</c>.</exception>
    public static async Task<double> MeasureSoundAsync(MediaInfo media, CancellationToken cancellationToken) =>
        (await PacketScan.RunAsync(media.Path, media.Speech.Index, media.StartSeconds, cancellationToken)).Track;

    static async Task<byte[]> ReadHeadAsync(string path, string name, CancellationToken cancellationToken)
    {
        if (Directory.Exists(path)) throw Unusable("input.missing", $"{name} is a folder; name a file in it.");
        if (!File.Exists(path)) throw Unusable("input.missing", $"There is no file {name}.");
        var head = new byte[12];
        try
        {
            await using var file = File.OpenRead(path);
            var read = await file.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
            return read > 0 ? head[..read] : throw Unusable("input.empty", $"{name} is empty; it was probably not copied or uploaded to its end.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable("input.unreadable", $"{name} cannot be read ({(e is IOException ? "another program holds it, or its disk fails" : "permission denied")}); allow it, or copy it elsewhere.");
        }
    }

    static async Task<MediaInfo> DescribeAsync(string path, string name, IMediaAnalysis analysis, CancellationToken cancellationToken)
    {
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
        var start = Number(analysis.Raw.Format.StartTime);
        var seconds = Guessed.Contains(analysis.Format.FormatName) ? 0 : Number(analysis.Raw.Format.Duration);
        // Live recordings carry no length either.
        if (seconds <= 0) seconds = (await PacketScan.RunAsync(path, audio[0].Index, start, cancellationToken)).File;
        if (seconds <= 0) throw Unusable("input.damaged", $"{name} is damaged: nothing in it has a length; export or download it again.");
        if (seconds > LongestSeconds)
            throw Unusable("input.too_long", $"{name} lasts {seconds / 3600:0.0} hours; {LongestSeconds / 3600:0} hours is the longest that is taken. Cut it first.");
        return new MediaInfo(path, analysis.Format.FormatName, seconds, video, audio) { Name = name, StartSeconds = start };
    }

    static double Number(string? text) => double.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : 0;

    static DubbingException Refuse(string path, string name, byte[] head, string error) => LooksLikeMedia(head)
        ? Unusable("input.damaged", $"{name} is damaged or cut off and cannot be opened ({Ffmpeg.Reason(error, path)}); export or download it again.")
        : Unusable("input.not_media", $"{name} is not a video or audio file; choose another one.");

    static bool LooksLikeMedia(byte[] head)
    {
        if (head.Length < 12) return false;
        return head.AsSpan(4, 4).SequenceEqual("ftyp"u8) || head.AsSpan(4, 4).SequenceEqual("moov"u8) || head.AsSpan(4, 4).SequenceEqual("mdat"u8)
            || head.AsSpan(0, 4).SequenceEqual("RIFF"u8) || head.AsSpan(0, 4).SequenceEqual("OggS"u8) || head.AsSpan(0, 4).SequenceEqual("fLaC"u8)
            || head.AsSpan(0, 3).SequenceEqual("ID3"u8) || head.AsSpan(0, 3).SequenceEqual("FLV"u8)
            || head.AsSpan(0, 4).SequenceEqual<byte>([0x1A, 0x45, 0xDF, 0xA3]);
    }

    static bool Has(MediaStream stream, string disposition) => stream.Disposition?.TryGetValue(disposition, out var set) == true && set;
}
