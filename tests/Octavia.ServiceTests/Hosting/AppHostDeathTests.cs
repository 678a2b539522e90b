using System.Diagnostics;
using Xunit;

namespace Octavia.ServiceTests.Hosting;

/// <summary>The AppHost as a process of its own: however it ends, nothing that it started is left.</summary>
public sealed class AppHostDeathTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private readonly string _data = Directory.CreateTempSubdirectory("octavia-death-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Theory]
    [InlineData("-KILL")]
    [InlineData("-INT")]
    public async Task Leaves_no_child_behind(string signal)
    {
        using var timeout = new CancellationTokenSource(Limit);
        using var host = Start();
        _ = host.StandardOutput.ReadToEndAsync(timeout.Token);
        _ = host.StandardError.ReadToEndAsync(timeout.Token);
        // Postgres, Redis and Azurite at least; the services come and go.
        while (Children(host.Id).Count < 3)
        {
            Assert.False(host.HasExited);
            await Task.Delay(100, timeout.Token);
        }

        await Task.Delay(1000, timeout.Token);
        using (var kill = Process.Start("kill", [signal, $"{host.Id}"]))
            await kill.WaitForExitAsync(timeout.Token);
        await host.WaitForExitAsync(timeout.Token);

        var clock = Stopwatch.StartNew();
        while (Children(host.Id) is { Count: > 0 } left)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), string.Join(Environment.NewLine, left));
            await Task.Delay(50, timeout.Token);
        }
    }

    private Process Start()
    {
        // From its own folder: the copy beside the tests lacks what the tests do not need.
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../Octavia.AppHost", configuration, "Octavia.AppHost.dll"));
        var start = new ProcessStartInfo("dotnet", [program, "--DcpPublisher:RandomizePorts=true"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["OCTAVIA_DATA"] = _data;
        return Process.Start(start)!;
    }

    /// <summary>Whoever was told of the data folder, in its environment or its arguments, and is not the AppHost.</summary>
    private List<string> Children(int host) => [.. Directory.GetDirectories("/proc")
        .Where(d => int.TryParse(Path.GetFileName(d), out var pid) && pid != host)
        .Where(d => Read(d, "environ").Contains(_data, StringComparison.Ordinal) || Read(d, "cmdline").Contains(_data, StringComparison.Ordinal))
        .Select(d => $"{Path.GetFileName(d)} {Read(d, "cmdline").Replace('\0', ' ')}")];

    private static string Read(string process, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, file));
        }
        catch (IOException)
        {
            return "";
        }
        catch (UnauthorizedAccessException)
        {
            return "";
        }
    }
}
