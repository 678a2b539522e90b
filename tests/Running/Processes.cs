using System.Diagnostics;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using CliWrap;
using Microsoft.Extensions.DependencyInjection;

namespace Octavia.Tests.Running;

/// <summary>The processes of a running system: found, killed, frozen, started again.</summary>
public static class Processes
{
    /// <summary>Kills a process of a resource as the kernel does when memory runs out, and waits until its end is known.</summary>
    /// <returns>The replica, to be started again.</returns>
    public static async Task<string> KillAsync(this DistributedApplication app, string resource, int pid, CancellationToken ct)
    {
        var found = await app.ResourceNotifications.WaitForResourceAsync(resource, e => PidOf(e) == pid, ct);
        using (var process = Process.GetProcessById(pid)) process.Kill();
        await app.ResourceNotifications.WaitForResourceAsync(
            resource, e => e.ResourceId == found.ResourceId && KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text), ct);
        return found.ResourceId;
    }

    /// <summary>Starts a replica, or a resource with a single one, again. A server that finds traces of the one before may need several tries.</summary>
    public static async Task StartAgainAsync(this DistributedApplication app, string replica, CancellationToken ct)
    {
        var commands = app.Services.GetRequiredService<ResourceCommandService>();
        while (await commands.ExecuteCommandAsync(replica, KnownResourceCommands.StartCommand, ct) is { Success: false }) await Task.Delay(500, ct);
    }

    /// <summary>The processes of a resource that are alive.</summary>
    public static async Task<IReadOnlyList<int>> PidsAsync(this DistributedApplication app, string resource, CancellationToken ct)
    {
        var pids = new Dictionary<string, int?>();
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(ct);
        soon.CancelAfter(TimeSpan.FromMilliseconds(500));
        try
        {
            // What is known of all comes first.
            await foreach (var e in app.ResourceNotifications.WatchAsync(soon.Token))
                if (e.Resource.Name == resource) pids[e.ResourceId] = PidOf(e);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // Enough was heard.
        }
        return [.. pids.Values.OfType<int>().Where(IsAlive)];
    }

    public static Task SignalAsync(string signal, int pid) => Cli.Wrap("kill").WithArguments([signal, $"{pid}"]).ExecuteAsync();

    /// <summary>The living worker that has the files of a job in its hands; null when none has.</summary>
    /// <param name="folder">Where workers keep the files of running jobs.</param>
    /// <param name="jobId">The job.</param>
    public static int? WorkerOf(string folder, Guid jobId)
    {
        var root = Path.Combine(folder, "octavia-worker");
        if (!Directory.Exists(root)) return null;
        foreach (var own in Directory.EnumerateDirectories(root))
            if (Has(own, jobId) && int.Parse(Path.GetFileName(own)) is var pid && IsAlive(pid)) return pid;
        return null;
    }

    static bool Has(string folder, Guid jobId)
    {
        try
        {
            return Directory.EnumerateDirectories(folder, $"{jobId}-*").Any();
        }
        catch (DirectoryNotFoundException)
        {
            // Its worker has just tidied up.
            return false;
        }
    }

    public static bool IsAlive(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    static int? PidOf(ResourceEvent e) =>
        e.Snapshot.Properties.FirstOrDefault(x => x.Name == "executable.pid")?.Value is { } pid ? Convert.ToInt32(pid) : null;
}
