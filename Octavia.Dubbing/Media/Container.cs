namespace Octavia.Dubbing.Media;

/// <summary>A kind of file to write, and what it can hold.</summary>
/// <param name="Extension">With its dot.</param>
/// <param name="Muxer">ffmpeg's name.</param>
/// <param name="AudioCodec">The encoder for sound that cannot be copied, and pairs of its options.</param>
/// <param name="SubtitleCodec">ffmpeg's name; null when subtitles stay beside the file.</param>
/// <param name="Copied">Sound codecs that go in as they are.</param>
public sealed record Container(
    string Extension, string Muxer, IReadOnlyList<string> AudioCodec, string? SubtitleCodec, IReadOnlyList<string> Copied)
{
    // The quick search for quantisers: half the time, and the better of the two at such rates (ffmpeg-codecs, aac_coder).
    static readonly string[] Aac = ["aac", "-aac_coder", "fast", "-b", "192k"];
    static readonly string[] Mp4Audio = ["aac", "mp3", "ac3", "eac3", "alac", "opus"];
    static readonly string[] Mp4Video = ["h264", "hevc", "av1", "mpeg4", "mpeg2video", "mpeg1video", "mjpeg", "vp9"];
    static readonly string[] WebmVideo = ["vp8", "vp9", "av1"];
    static readonly string[] WebmAudio = ["vorbis", "opus"];
    static readonly Container Mp4 = new(".mp4", "mp4", Aac, "mov_text", Mp4Audio);
    static readonly Container Webm = new(".webm", "webm", ["libopus", "-b", "160k"], "webvtt", WebmAudio);
    static readonly Container Mkv = new(".mkv", "matroska", Aac, "subrip", [.. Mp4Audio, .. WebmAudio, "dts", "flac", "mp2", "pcm_s16le", "truehd"]);

    /// <summary>The container of sound alone.</summary>
    public static Container M4a { get; } = new(".m4a", "ipod", Aac, null, ["aac", "alac"]);

    /// <summary>The container of a file whose picture is encoded again, in H.264.</summary>
    public static Container ForEncoded(MediaInfo media) => For(media with { Video = media.Video is { } video ? video with { Codec = "h264" } : null });

    /// <summary>The container that holds a file's picture unchanged, as near to the file's own as can be.</summary>
    public static Container For(MediaInfo media)
    {
        if (media.Video is not { } video) return M4a;
        var matroska = media.Format.Contains("matroska", StringComparison.Ordinal);
        var mp4 = media.Format.Contains("mp4", StringComparison.Ordinal);
        if (mp4) return Mp4Video.Contains(video.Codec) ? Mp4 : Mkv;
        if (matroska) return WebmVideo.Contains(video.Codec) && media.Audio.All(a => WebmAudio.Contains(a.Codec)) ? Webm : Mkv;
        // Transport streams and Flash video carry what mp4 carries, and browsers play that.
        return video.Codec is "h264" or "hevc" && media.Format is "mpegts" or "flv" ? Mp4 : Mkv;
    }
}
