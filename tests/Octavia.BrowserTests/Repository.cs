namespace Octavia.BrowserTests;

static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>A folder under <c>artifacts/</c>, made when missing.</summary>
    public static string Artifacts(string name) => Directory.CreateDirectory(Path.Combine(Root, "artifacts", name)).FullName;

    static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "Octavia.sln")) ? folder : Find(Path.GetDirectoryName(folder)!);
}
