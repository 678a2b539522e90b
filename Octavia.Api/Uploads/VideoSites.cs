using System.Globalization;
using CliWrap;
using Microsoft.Extensions.Options;
using Octavia.Api.Operations;

namespace Octavia.Api.Uploads;

/// <summary>
/// Fetches the one video of a page with yt-dlp, where that is installed and wanted. The program gets an empty environment, a folder that goes, and
/// a proxy that checks where it goes, <see cref="ForwardProxy"/>. A hostile page can talk old versions out of using it, so this is off unless
/// somebody turns it on.
/// </summary>
sealed class VideoSites(PublicInternet internet, IOptions<UploadOptions> options)
{
    // What yt-dlp fetches by itself, over HTTP: for other protocols it starts programs that know no proxy.
    const string ByItself = "[protocol~='^(https?|m3u8|m3u8_native|http_dash_segments)$']";

    static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(250);

    /// <summary>Downloads into <paramref name="target"/>; returns a name for the file.</summary>
    public async Task<string> FetchAsync(Uri page, TempFile target, long limit, CancellationToken ct)
    {
        if (!options.Value.VideoSites) throw NotFetched("and no videos of web pages are fetched here");
        var program = BoundProgram.Find(options.Value.YtDlp) ?? throw NotFetched("and videos of web pages are fetched only where yt-dlp is installed");
        var folder = Directory.CreateTempSubdirectory("octavia-page-");
        try
        {
            await using var proxy = new ForwardProxy(internet);
            var (code, said) = await RunAsync(program, page, folder, proxy, target, limit, ct);
            var parts = Parts(folder).OrderByDescending(x => x.Length).ToList();
            if (said.Contains("larger than max-filesize", StringComparison.Ordinal)) throw TempFile.TooLarge(limit);
            if (code != 0 || parts.Count == 0) throw proxy.HasRefused ? Importer.NotPublic() : NoVideo();
            var video = parts.Count == 1 ? parts[0] : await JoinAsync(parts, folder, ct);
            await using var content = video.OpenRead();
            await target.FillAsync(content, limit, ct);
            return UploadIntake.SafeName(await TitleAsync(folder, ct) + video.Extension);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Runs the program, and stops it when there is more than it was to fetch: not every site says before how much there is.</summary>
    async Task<(int Code, string Said)> RunAsync(
        string program, Uri page, DirectoryInfo folder, ForwardProxy proxy, TempFile target, long limit, CancellationToken ct)
    {
        using var run = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var said = "";
        var command = BoundProgram.Wrap(program, Arguments(folder, proxy, limit))
            // Without its fragment, in which the program would take orders.
            .WithStandardInputPipe(PipeSource.FromString(page.GetLeftPart(UriPartial.Query) + "\n"))
            .WithWorkingDirectory(folder.FullName)
            .WithEnvironmentVariables(Environment(folder))
            // A page can make it talk without end.
            .WithStandardOutputPipe(PipeTarget.ToDelegate(line => said = said.Length < 10_000 ? said + line + "\n" : said))
            // Read and thrown away: a program whose errors nobody reads ends at the first.
            .WithStandardErrorPipe(PipeTarget.ToStream(Stream.Null));
        var running = BoundProgram.RunAsync(command, run.Token);
        while (await Task.WhenAny(running, Task.Delay(Glance, CancellationToken.None)) != running)
        {
            target.Received = Math.Max(target.Received, SizeOf(folder));
            if (target.Received > limit) await run.CancelAsync();
        }
        try
        {
            return ((await running).ExitCode, said);
        }
        catch (OperationCanceledException) when (target.Received > limit)
        {
            throw TempFile.TooLarge(limit);
        }
    }

    static string[] Arguments(DirectoryInfo folder, ForwardProxy proxy, long limit) =>
    [
        // Nothing of this machine's user, and nothing that could start a program: ffmpeg neither.
        "--ignore-config", "--no-exec", "--no-cookies", "--no-cookies-from-browser", "--no-cache-dir", "--fixup", "never",
        "--ffmpeg-location", folder.CreateSubdirectory("none").FullName, "--downloader", "native", "--proxy", proxy.Address,
        // One video, whole or not at all, no broadcast.
        "--no-playlist", "--playlist-items", "1", "--match-filters", "!is_live", "--abort-on-unavailable-fragments",
        "--max-filesize", limit.ToString(CultureInfo.InvariantCulture), "--socket-timeout", "20", "--retries", "3", "--fragment-retries", "3",
        "--format", $"bv*{ByItself}+ba{ByItself}/b{ByItself}", "--format-sort", "res:1080",
        "--no-part", "--no-mtime", "--no-progress", "--output", "part.%(ext)s", "--print-to-file", "before_dl:%(title)s", "title",
        // By no argument, which all users of the machine can read.
        "--batch-file", "-",
    ];

    // Ours has the keys of the service in it.
    static Dictionary<string, string?> Environment(DirectoryInfo folder)
    {
        var names = System.Environment.GetEnvironmentVariables().Keys.Cast<string>();
        var own = names.ToDictionary(name => name, name => name == "PATH" ? System.Environment.GetEnvironmentVariable(name) : null);
        foreach (var name in new[] { "HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME" }) own[name] = folder.FullName;
        own["LANG"] = "C.UTF-8";
        return own;
    }

    /// <summary>Picture and sound, where the site has them apart; nothing but files is opened for it.</summary>
    async Task<FileInfo> JoinAsync(IReadOnlyList<FileInfo> parts, DirectoryInfo folder, CancellationToken ct)
    {
        var joined = new FileInfo(Path.Combine(folder.FullName, "joined.mkv"));
        string[] input = ["-protocol_whitelist", "file", "-format_whitelist", MediaProbe.Containers];
        var command = BoundProgram.Wrap("ffmpeg", [
            "-v", "error", "-nostdin", .. parts.SelectMany(part => (string[])[.. input, "-i", "file:" + part.FullName]),
            .. parts.SelectMany((_, i) => (string[])["-map", $"{i}:v?", "-map", $"{i}:a?"]), "-c", "copy", "file:" + joined.FullName,
        ]);
        var result = await BoundProgram.RunAsync(command.WithStandardErrorPipe(PipeTarget.ToStream(Stream.Null)), ct);
        return result.ExitCode == 0 ? joined : throw NoVideo();
    }

    static long SizeOf(DirectoryInfo folder)
    {
        try
        {
            return folder.EnumerateFiles().Sum(x => x.Length);
        }
        catch (FileNotFoundException)
        {
            // One that the program has put into another just now.
            return 0;
        }
    }

    static IEnumerable<FileInfo> Parts(DirectoryInfo folder) => folder.EnumerateFiles("part.*");

    static async Task<string> TitleAsync(DirectoryInfo folder, CancellationToken ct)
    {
        var file = Path.Combine(folder.FullName, "title");
        var title = File.Exists(file) ? (await File.ReadAllTextAsync(file, ct)).Trim().Replace('/', '-') : "";
        return title.Length > 150 ? title[..150] : title;
    }

    static Refusal NotFetched(string why) => new(422, "import.video_site", $"This is a web page, {why}; download the video and upload it.");

    static Refusal NoVideo() => new(
        422, "import.no_video", "No video could be fetched from this page: it has none, asks for a log-in, or shows it live; download the video yourself and upload it.");
}
