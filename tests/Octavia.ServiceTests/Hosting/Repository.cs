using System.Runtime.Versioning;

// setsid, setpriv, modes of files: the stand-ins and their tests are of Linux.
[assembly: SupportedOSPlatform("linux")]

namespace Octavia.ServiceTests.Hosting;

/// <summary>Files of the repository that the tests lie in.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    public static string File(string path) => Path.Combine(Root, path);

    private static string Find(DirectoryInfo? folder)
    {
        while (folder is not null && !System.IO.File.Exists(Path.Combine(folder.FullName, "Octavia.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Octavia.sln is in no folder above the tests.");
    }
}
