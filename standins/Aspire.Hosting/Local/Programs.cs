using System.Diagnostics;

namespace Aspire.Hosting.Local;

/// <summary>Finds programs of the system and of the tools folder.</summary>
internal static class Programs
{
    private const string PostgresVersions = "/usr/lib/postgresql";

    /// <summary>The full path of a program on the search path; null when it is not there.</summary>
    public static string? Find(string name) => FindAll(name, []).FirstOrDefault();

    /// <summary>Debian keeps each major version of Postgres apart and off the search path; the newest comes first.</summary>
    public static IEnumerable<string> FindPostgres(string name)
    {
        var folders = Directory.Exists(PostgresVersions) ? Directory.GetDirectories(PostgresVersions) : [];
        var newest = folders.OrderByDescending(f => int.TryParse(Path.GetFileName(f), out var number) ? number : 0);
        return FindAll(name, newest.Select(f => Path.Combine(f, "bin")));
    }

    /// <summary>What a program says of itself.</summary>
    public static async Task<string> VersionAsync(string program, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, ["--version"]) { RedirectStandardOutput = true })!;
        var said = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return said;
    }

    /// <summary>A file of the tools folder: <c>OCTAVIA_TOOLS</c>, else <c>.tools</c> above the AppHost or above its assembly.</summary>
    public static string? FindTool(string? configured, string start, string path)
    {
        var folders = configured is not null ? [configured] : Parents(start).Concat(Parents(AppContext.BaseDirectory)).Select(f => Path.Combine(f, ".tools"));
        return folders.Select(f => Path.Combine(f, path)).FirstOrDefault(File.Exists);
    }

    private static IEnumerable<string> FindAll(string name, IEnumerable<string> folders) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Concat(folders)
            .Where(f => f.Length > 0)
            .Select(f => Path.Combine(f, name))
            .Where(File.Exists);

    private static IEnumerable<string> Parents(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            yield return folder.FullName;
    }
}
