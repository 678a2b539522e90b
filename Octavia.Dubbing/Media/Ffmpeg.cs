namespace Octavia.Dubbing.Media;

/// <summary>The options that every run of ffmpeg and ffprobe has in common.</summary>
static class Ffmpeg
{
    // Playlists and scripts (hls, concat, dash) can name other files of the machine, so only plain containers are opened.
    const string Formats =
        "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,wav,w64,flac,mp3,aac,aiff,caf,amr,ac3,eac3,dts,mxf,gxf,dv,rm,au,ape,tta,wv";

    /// <summary>Start of an ffprobe call: quiet, no huge single allocation.</summary>
    public static readonly string[] QuietProbe = ["-hide_banner", "-v", "error", "-max_alloc", "1073741824"];

    /// <summary>Start of an ffmpeg call: as the other, and no terminal.</summary>
    public static readonly string[] Quiet = ["-nostdin", .. QuietProbe];

    /// <summary>Bytes that came from elsewhere, read from standard input: plain containers only, and nothing else is opened.</summary>
    public static readonly string[] PipeInput = ["-protocol_whitelist", "pipe", "-format_whitelist", Formats, "-i", "pipe:0"];

    /// <summary>An untrusted file as input: local files only, plain containers only, the name never read as an option or an address.</summary>
    public static string[] Input(string path) =>
        ["-protocol_whitelist", "file", "-format_whitelist", Formats, "-i", "file:" + Path.GetFullPath(path)];

    /// <summary>Any text as the value of a filter's option: quoted once for the option and once for the graph (ffmpeg-filters, "Notes on filtergraph escaping").</summary>
    public static string FilterValue(string text) => Escape(Escape(text, @"\':"), @"\'[],;");

    static string Escape(string text, string special) => string.Concat(text.Select(c => special.Contains(c) ? $"\\{c}" : $"{c}"));

    /// <summary>The last line of what ffmpeg said, without addresses in memory and without the folder.</summary>
    public static string Reason(string error, string path)
    {
        var line = error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "no reason given";
        line = line.Replace("file:" + Path.GetFullPath(path), Path.GetFileName(path), StringComparison.Ordinal);
        return line.StartsWith('[') && line.IndexOf(']') is > 0 and var end ? line[(end + 1)..].Trim() : line;
    }
}
