namespace Octavia.Tests.Running;

/// <summary>Folders for files of tests, gone when the tests are over.</summary>
public static class TempFolders
{
    static readonly DirectoryInfo Root = Make();

    public static string Create(string prefix) => Root.CreateSubdirectory($"{prefix}-{Guid.NewGuid():N}").FullName;

    static DirectoryInfo Make()
    {
        var root = Directory.CreateTempSubdirectory("octavia-tests-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => root.Delete(recursive: true);
        return root;
    }
}
