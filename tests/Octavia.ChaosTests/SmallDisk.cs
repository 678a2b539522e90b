using CliWrap;
using Octavia.Tests.Running;

namespace Octavia.ChaosTests;

/// <summary>A disk of its own for the workers' temp files, which can be filled: a file system in memory, where this user may mount one.</summary>
sealed class SmallDisk : IAsyncDisposable
{
    const int Megabytes = 200;

    string Ballast => Path.Combine(Folder, "ballast");

    public string Folder { get; } = TempFolders.Create("workers");

    /// <summary>Why it cannot be filled; null when it can.</summary>
    public string? Problem { get; private set; }

    public static async Task<SmallDisk> MountAsync()
    {
        var disk = new SmallDisk();
        try
        {
            await Cli.Wrap("mount").WithArguments(["-t", "tmpfs", "-o", $"size={Megabytes}m", "tmpfs", disk.Folder]).WithStandardErrorPipe(PipeTarget.Null).ExecuteAsync();
        }
        catch (Exception e) when (e is CliWrap.Exceptions.CommandExecutionException or System.ComponentModel.Win32Exception)
        {
            disk.Problem = "only root may mount a small disk, and not everywhere";
        }
        return disk;
    }

    /// <summary>Leaves no room at all.</summary>
    public void Fill()
    {
        using var file = File.OpenWrite(Ballast);
        var block = new byte[1 << 16];
        try
        {
            while (true)
            {
                file.Write(block);
                file.Flush();
            }
        }
        catch (IOException)
        {
            return;
        }
    }

    public void Empty() => File.Delete(Ballast);

    public async ValueTask DisposeAsync()
    {
        if (Problem is null) await Cli.Wrap("umount").WithArguments(["-l", Folder]).WithValidation(CommandResultValidation.None).ExecuteAsync();
    }
}
