using System.Globalization;
using System.Text.RegularExpressions;

namespace Octavia.Dubbing.Media;

/// <summary>Loudness of a sound track as ffmpeg's <c>ebur128</c> measures it: the way others will.</summary>
/// <param name="Lufs">Integrated loudness; null where all of it is too quiet.</param>
/// <param name="PeakDb">True peak in dBTP; null in silence.</param>
public sealed partial record Loudness(double? Lufs, double? PeakDb)
{
    static readonly TimeSpan Limit = TimeSpan.FromHours(1);

    // What the filter says of silence.
    const double Silence = -70;

    /// <summary>Measures a track as it sounds from two loudspeakers.</summary>
    /// <param name="path">File.</param>
    /// <param name="stream">ffmpeg's specifier of the track: its number in the file, or <c>a:0</c>.</param>
    /// <param name="cancellationToken">Kills ffmpeg.</param>
    /// <exception cref="DubbingException"><c>sound.unmeasured</c>, <c>tool.timeout</c>.</exception>
    public static async Task<Loudness> OfAsync(string path, string stream, CancellationToken cancellationToken)
    {
        var run = await ChildProcess.RunAsync(
            "ffmpeg",
            [.. Ffmpeg.Quiet, "-v", "info", "-nostats", .. Ffmpeg.Input(path), "-map", $"0:{stream}", "-af", "aresample=48000,aformat=channel_layouts=stereo,ebur128=peak=true:framelog=verbose", "-f", "null", "-"],
            Limit,
            cancellationToken: cancellationToken);
        if (run.ExitCode != 0)
            throw new DubbingException(new Failure("sound.unmeasured", FailureKind.Engine, $"The loudness of {Path.GetFileName(path)} cannot be measured: {Ffmpeg.Reason(run.Error, path)}."));
        return new Loudness(Figure(LoudnessLine(), run.Error), Figure(PeakLine(), run.Error));
    }

    static double? Figure(Regex line, string text) =>
        line.Matches(text).LastOrDefault() is { } match && double.TryParse(match.Groups[1].Value, CultureInfo.InvariantCulture, out var value) && value > Silence ? value : null;

    [GeneratedRegex(@"^\s+I:\s+(-?[\d.]+) LUFS", RegexOptions.Multiline)]
    private static partial Regex LoudnessLine();

    [GeneratedRegex(@"^\s+Peak:\s+(-?[\d.]+) dBFS", RegexOptions.Multiline)]
    private static partial Regex PeakLine();
}
