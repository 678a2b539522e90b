using Xunit;

namespace Octavia.ServiceTests.Hosting;

/// <summary>What the AppHost says, in one sentence and without a stack trace, when it cannot start.</summary>
public sealed class AppHostStartTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("octavia-start-").FullName;
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(60));

    public void Dispose()
    {
        _timeout.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Says_which_program_is_missing()
    {
        var programs = Directory.CreateDirectory(Path.Combine(_folder, "bin")).FullName;
        foreach (var name in new[] { "setsid", "setpriv", "node" })
            File.CreateSymbolicLink(Path.Combine(programs, name), Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(f => Path.Combine(f, name)).First(File.Exists));
        Assert.Equal("Redis is missing: install it with 'apt-get install redis-server'.", await FailAsync([], ("PATH", programs)));
    }

    [Fact]
    public async Task Says_which_port_is_no_port() =>
        Assert.Equal("Ports__web is 'abc': set it to a number from 1 to 65535.", await FailAsync([], ("Ports__web", "abc")));

    [Fact]
    public async Task Reads_the_port_of_the_dashboard()
    {
        // The dashboard needs no more than to be there: nothing is started.
        var tools = Directory.CreateDirectory(Path.Combine(_folder, "tools/aspire-dashboard")).FullName;
        await File.WriteAllTextAsync(Path.Combine(tools, "aspire-managed"), "", _timeout.Token);
        Assert.Equal(
            "Ports__dashboard is '99999': set it to a number from 1 to 65535.",
            await FailAsync([], ("Ports__dashboard", "99999"), ("OCTAVIA_TOOLS", Path.Combine(_folder, "tools"))));
    }

    private async Task<string> FailAsync(string[] arguments, params (string Name, string Value)[] settings)
    {
        using var host = AppHostProcess.Start(_folder, arguments, settings);
        await host.WaitForExitAsync(_timeout.Token);
        Assert.Equal(1, host.ExitCode);
        return (await host.Error).Trim();
    }
}
