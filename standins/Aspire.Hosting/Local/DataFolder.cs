using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Local;

/// <summary>
/// Where resources keep what outlives a run: <c>OCTAVIA_DATA</c>, else <c>.data</c> at the root of the repository, else, where root's
/// home hides that, a folder under <c>/var/lib/octavia</c>. What need not outlive it goes to a folder that is deleted at the end.
/// </summary>
internal sealed class DataFolder : IDisposable
{
    private const long Least = 500L << 20;
    private readonly Lazy<string> _passing = new(() => Directory.CreateTempSubdirectory("octavia-").FullName);
    private readonly Lock _secrets = new();
    private readonly string _kept;
    private FileStream? _lock;

    /// <param name="configured">The folder that the configuration names, if any.</param>
    /// <param name="temporary">Whether, without such a name, nothing outlives the run: so it is under test.</param>
    /// <param name="appHostDirectory">Where to look for the root of the repository.</param>
    public DataFolder(string? configured, bool temporary, string appHostDirectory) =>
        _kept = configured is not null ? Path.GetFullPath(configured) : temporary ? _passing.Value : Default(appHostDirectory);

    public static DataFolder Of(IDistributedApplicationBuilder builder) =>
        builder.Services.Select(s => s.ImplementationInstance).OfType<Holder>().Single().Folder;

    /// <summary>The folder of one resource, made with mode 700.</summary>
    public string For(string name, bool kept) => MakePrivate(Path.Combine(kept ? _kept : Reachable(_passing.Value), name));

    /// <summary>A generated value that stays the same from run to run.</summary>
    public string Secret(string name, Func<string> generate)
    {
        lock (_secrets)
            return ReadOrGenerate(name, generate);
    }

    /// <summary>Fails with a sentence when the folder is somebody else's, the disk almost full or another AppHost uses the folder.</summary>
    public void Claim()
    {
        try
        {
            Lock();
        }
        catch (UnauthorizedAccessException)
        {
            throw new DistributedApplicationException(
                $"{_kept} belongs to another user: make it yours with 'sudo chown -R \"$USER\" {_kept}', or set OCTAVIA_DATA to another folder.");
        }
    }

    public void Dispose()
    {
        _lock?.Dispose();
        if (_passing.IsValueCreated && Directory.Exists(_passing.Value))
            Directory.Delete(_passing.Value, recursive: true);
    }

    private void Lock()
    {
        MakeReachable(_kept);
        if (Environment.IsPrivilegedProcess && !IsOpen(_kept))
            throw new DistributedApplicationException($"The user postgres cannot reach {_kept}: set OCTAVIA_DATA to a folder that every user may enter.");
        var free = new DriveInfo(_kept).AvailableFreeSpace;
        if (free < Least)
            throw new DistributedApplicationException($"Only {free >> 20} MB are free where {_kept} lies: make room for {Least >> 20} MB.");
        try
        {
            _lock = new FileStream(Path.Combine(_kept, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new DistributedApplicationException($"Octavia runs already with the data in {_kept}: stop that first, or set OCTAVIA_DATA to another folder.");
        }
    }

    private string ReadOrGenerate(string name, Func<string> generate)
    {
        var path = Path.Combine(MakeReachable(_kept), "secrets.json");
        var secrets = File.Exists(path)
            ? JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(path)) ?? []
            : [];
        if (secrets.TryGetValue(name, out var value))
            return value;

        secrets[name] = value = generate();
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        JsonSerializer.Serialize(file, secrets);
        return value;
    }

    private static string Default(string start)
    {
        var root = start;
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (Path.Exists(Path.Combine(folder.FullName, ".git")) || File.Exists(Path.Combine(folder.FullName, "global.json")))
            {
                root = folder.FullName;
                break;
            }
        }

        if (!Environment.IsPrivilegedProcess || IsOpen(root))
            return Path.Combine(root, ".data");
        // A repository in root's home: the user postgres cannot get there.
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(root)))[..8];
        return Path.Combine("/var/lib/octavia", name);
    }

    /// <summary>Whether every user may walk through the folder and all above it.</summary>
    private static bool IsOpen(string folder)
    {
        for (var above = new DirectoryInfo(folder); above is not null; above = above.Parent)
        {
            if (!above.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
                return false;
        }

        return true;
    }

    private static string MakePrivate(string folder)
    {
        MakeReachable(Path.GetDirectoryName(folder)!);
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }

    private static string MakeReachable(string folder)
    {
        Directory.CreateDirectory(folder);
        return Reachable(folder);
    }

    /// <summary>Postgres of root runs as another user, which must be able to walk to its folder.</summary>
    private static string Reachable(string folder)
    {
        var mode = File.GetUnixFileMode(folder);
        if (Environment.IsPrivilegedProcess && !mode.HasFlag(UnixFileMode.OtherExecute))
            File.SetUnixFileMode(folder, mode | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return folder;
    }

    /// <summary>Lets resources find the folder while the application is described; the container disposes of the folder itself.</summary>
    internal sealed record Holder(DataFolder Folder);
}
