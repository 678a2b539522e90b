namespace Aspire.Hosting.Local;

/// <summary>Finds programs of the system and of the tools folder.</summary>
internal static class Programs
{
    /// <summary>The full path of a program on the search path or in one of the folders; null when it is nowhere.</summary>
    public static string? Find(string name, params IEnumerable<string> folders) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Concat(folders)
            .Where(f => f.Length > 0)
            .Select(f => Path.Combine(f, name))
            .FirstOrDefault(File.Exists);

    /// <summary>Debian keeps each major version of Postgres apart and off the search path; the newest wins.</summary>
    public static string? FindPostgres(string name)
    {
        var versions = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(d => int.TryParse(Path.GetFileName(d), out var v) ? v : 0)
            : Enumerable.Empty<string>();
        return Find(name, versions.Select(d => Path.Combine(d, "bin")));
    }

    /// <summary>A file of the tools folder: <c>OCTAVIA_TOOLS</c>, else <c>.tools</c> above the AppHost or above its assembly.</summary>
    public static string? FindTool(string? configured, string start, string path)
    {
        var folders = configured is not null ? [configured] : Parents(start).Concat(Parents(AppContext.BaseDirectory)).Select(f => Path.Combine(f, ".tools"));
        return folders.Select(f => Path.Combine(f, path)).FirstOrDefault(File.Exists);
    }

    private static IEnumerable<string> Parents(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            yield return folder.FullName;
    }
}
