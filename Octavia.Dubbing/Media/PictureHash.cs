namespace Octavia.Dubbing.Media;

/// <summary>Proves that a picture was not touched.</summary>
public static class PictureHash
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(30);

    /// <summary>SHA-256 over the packets of the first video stream, decoding nothing; null for audio only.</summary>
    /// <param name="file">File to read.</param>
    /// <param name="original">The file that it was made from, or itself: tells in which form the two can be compared.</param>
    /// <param name="cancellationToken">Kills ffmpeg.</param>
    /// <exception cref="DubbingException"><c>input.damaged</c>.</exception>
    public static async Task<string?> ComputeAsync(MediaInfo file, MediaInfo original, CancellationToken cancellationToken)
    {
        if (file.Video is not { } video) return null;
        // Transport streams repeat headers in front of pictures and mp4 keeps them apart: there the coded pictures alone are compared.
        string[] filter = (video.Codec, original.Format) switch
        {
            ("h264", "mpegts") => ["-bsf:v", "h264_mp4toannexb,filter_units=remove_types=7-9"],
            ("hevc", "mpegts") => ["-bsf:v", "hevc_mp4toannexb,filter_units=remove_types=32-35"],
            _ => [],
        };
        var run = await ChildProcess.RunAsync(
            "ffmpeg",
            [.. Ffmpeg.Quiet, .. Ffmpeg.Input(file.Path), "-map", $"0:{video.Index}", "-c", "copy", .. filter, "-f", "hash", "-hash", "sha256", "pipe:1"],
            Limit,
            cancellationToken: cancellationToken);
        var hash = run.Output.Trim();
        return run.ExitCode == 0 && hash.IndexOf('=') is > 0 and var at
            ? hash[(at + 1)..].ToLowerInvariant()
            : throw new DubbingException(new Failure(
                "input.damaged", FailureKind.UnusableInput, $"The picture of {Path.GetFileName(file.Path)} cannot be read: {Ffmpeg.Reason(run.Error, file.Path)}."));
    }
}
