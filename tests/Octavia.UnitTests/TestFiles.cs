using Xunit;

namespace Octavia.UnitTests;

/// <summary>Files that tests read: those of the repository, and the larger sets beside it where they are.</summary>
static class TestFiles
{
    static readonly string Root = FindRoot();

    /// <summary>Path of a file or folder of the repository.</summary>
    public static string At(string relative) => Path.Combine(Root, relative);

    /// <summary>Path of a file or folder of <c>../shared</c>; the test is skipped where it is absent.</summary>
    public static string Shared(string relative)
    {
        var path = Path.Combine(Root, "..", "shared", relative);
        Assert.SkipUnless(Path.Exists(path), $"../shared/{relative} is not here");
        return path;
    }

    static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Octavia.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("No Octavia.sln above the tests.");
    }
}
