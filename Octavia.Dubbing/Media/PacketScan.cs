using System.Globalization;
using CliWrap;

namespace Octavia.Dubbing.Media;

/// <summary>Where the packets of a file end, in seconds from its start: what it really holds, whatever its header says.</summary>
/// <param name="File">End of the last packet of any stream; 0 when there is none.</param>
/// <param name="Track">End of the last packet of the track asked for; 0 when there is none.</param>
readonly record struct PacketScan(double File, double Track)
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Reads all packets of a file, decoding nothing.</summary>
    /// <param name="path">File.</param>
    /// <param name="track">Index of the stream whose end is wanted beside the file's.</param>
    /// <param name="start">The file's first time, which counts as 0.</param>
    /// <param name="cancellationToken">Kills ffprobe.</param>
    public static async Task<PacketScan> RunAsync(string path, int track, double start, CancellationToken cancellationToken)
    {
        var (file, ofTrack) = (start, start);
        string[] arguments =
        [
            .. Ffmpeg.QuietProbe, .. Ffmpeg.Input(path), "-show_entries", "packet=stream_index,pts_time,dts_time,duration_time", "-of", "csv=p=0",
        ];
        var target = PipeTarget.ToDelegate(line =>
        {
            var fields = line.Split(',');
            if (fields.Length < 3 || (Number(fields[1]) ?? Number(fields[2])) is not { } time) return;
            var end = time + (fields.Length > 3 ? Number(fields[3]) ?? 0 : 0);
            file = Math.Max(file, end);
            if (fields[0] == track.ToString(CultureInfo.InvariantCulture)) ofTrack = Math.Max(ofTrack, end);
        });
        await ChildProcess.RunAsync("ffprobe", arguments, Limit, output: target, cancellationToken: cancellationToken);
        return new PacketScan(file - start, ofTrack - start);
    }

    static double? Number(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null;
}
