using System.Globalization;
using System.Runtime.InteropServices;
using CliWrap;

namespace Octavia.Dubbing.Media;

/// <summary>Decodes one sound track, streamed. Sample 0 is the file's time 0: a track that starts late begins with silence, gaps are filled.</summary>
public static class MediaDecoder
{
    /// <summary>Sample rate for recognition, Hz.</summary>
    public const int SpeechRate = 16_000;

    /// <summary>Sample rate for mixing, Hz.</summary>
    public const int MixRate = 48_000;

    /// <summary>16 kHz mono PCM, 16 bit, little-endian, without header.</summary>
    public static DecodedStream OpenSpeech(MediaInfo media, CancellationToken cancellationToken) =>
        Open(media, ["-ac", "1", "-ar", $"{SpeechRate}", "-f", "s16le"], SpeechRate * sizeof(short), cancellationToken);

    /// <summary>As <see cref="OpenSpeech(MediaInfo, CancellationToken)"/>, of one channel of a stereo track alone.</summary>
    /// <param name="media">The file.</param>
    /// <param name="channel">0 for the left one, 1 for the right one.</param>
    /// <param name="cancellationToken">Kills ffmpeg.</param>
    public static DecodedStream OpenSpeech(MediaInfo media, int channel, CancellationToken cancellationToken) =>
        Open(media, ["-ar", $"{SpeechRate}", "-f", "s16le"], SpeechRate * sizeof(short), cancellationToken, $",pan=mono|c0=c{channel}");

    /// <summary>16 kHz stereo PCM, 16 bit, little-endian, interleaved, without header.</summary>
    public static DecodedStream OpenChannels(MediaInfo media, CancellationToken cancellationToken) =>
        Open(media, ["-ac", "2", "-ar", $"{SpeechRate}", "-f", "s16le"], SpeechRate * 2 * sizeof(short), cancellationToken);

    /// <summary>48 kHz stereo PCM, 32 bit float, little-endian, interleaved, without header.</summary>
    public static DecodedStream OpenMix(MediaInfo media, CancellationToken cancellationToken) =>
        Open(media, ["-ac", "2", "-ar", $"{MixRate}", "-f", "f32le"], MixRate * 2 * sizeof(float), cancellationToken);

    /// <summary>A stretch of a few seconds, 48 kHz mono.</summary>
    /// <param name="media">The file.</param>
    /// <param name="start">Seconds.</param>
    /// <param name="end">Seconds.</param>
    /// <param name="channel">The channel that is heard alone; null for all.</param>
    /// <param name="cancellationToken">Kills ffmpeg.</param>
    public static async Task<float[]> ReadAsync(MediaInfo media, double start, double end, int? channel, CancellationToken cancellationToken)
    {
        string[] only = channel is { } number ? ["-af", $"pan=mono|c0=c{number}"] : ["-ac", "1"];
        using var output = new MemoryStream();
        var run = await ChildProcess.RunAsync(
            "ffmpeg",
            [
                .. Ffmpeg.Quiet, "-ss", Text(start + (media.Span?.Start ?? 0)), "-t", Text(end - start), .. Ffmpeg.Input(media.Path), "-map", $"0:{media.Speech.Index}", "-vn", "-sn", "-dn",
                .. only, "-ar", $"{MixRate}", "-f", "f32le", "pipe:1",
            ],
            TimeSpan.FromMinutes(1), output: PipeTarget.ToStream(output), cancellationToken: cancellationToken);
        return run.ExitCode == 0
            ? MemoryMarshal.Cast<byte, float>(output.GetBuffer().AsSpan(0, (int)output.Length)).ToArray()
            : throw DubbingException.Unusable("input.damaged", $"{media.Name} cannot be read at {start:0.0} s.");

        static string Text(double seconds) => Math.Max(0, seconds).ToString("0.000", CultureInfo.InvariantCulture);
    }

    static DecodedStream Open(MediaInfo media, string[] output, int bytesPerSecond, CancellationToken cancellationToken, string filter = "") => new(
        ChildProcess.Open(
            "ffmpeg",
            [
                .. Ffmpeg.Quiet, .. media.Input, "-map", $"0:{media.Speech.Index}", "-vn", "-sn", "-dn",
                "-af", "aresample=async=1:first_pts=0" + filter, "-t", $"{MediaProbe.LongestSeconds}", .. output, "pipe:1",
            ],
            cancellationToken),
        media,
        bytesPerSecond);
}
