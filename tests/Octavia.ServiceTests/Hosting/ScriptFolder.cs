using System.Diagnostics;

namespace Octavia.ServiceTests.Hosting;

internal sealed record ScriptResult(int ExitCode, string Output, string Error);

/// <summary>The script <c>octavia</c> in a folder of its own, with dummies in place of the programs that it calls.</summary>
internal sealed class ScriptFolder : IDisposable
{
    // What the script needs of any system, as it is.
    private static readonly string[] Ordinary =
    [
        "awk", "basename", "bash", "cat", "cmp", "cp", "df", "dirname", "env", "find", "grep", "head", "mkdir", "mv", "paste", "rm", "sleep", "sort", "tail",
        "timeout",
    ];

    public ScriptFolder()
    {
        Directory.CreateDirectory(Path.Combine(Root, "bin"));
        File.Copy(Repository.File("octavia"), Path.Combine(Root, "octavia"));
        foreach (var name in Ordinary)
            File.CreateSymbolicLink(Path.Combine(Root, "bin", name), Find(name));
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("octavia-script-").FullName;

    /// <summary>A program that is a line of shell.</summary>
    public void Program(string name, string script)
    {
        var path = Path.Combine(Root, "bin", name);
        File.Delete(path);
        File.WriteAllText(path, $"#!/usr/bin/env bash\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>A .NET SDK that builds nothing, and every program of the system: what <c>up</c> asks for is there.</summary>
    public void AddEverything()
    {
        Program("dotnet", "echo \"$*\" >> \"${0%/bin/*}/called\"; [ \"$1\" != --version ] || echo 10.0.400");
        foreach (var name in new[] { "ffmpeg", "espeak-ng", "apertium", "redis-server", "initdb", "chromium" })
            Program(name, "exit 0");
    }

    /// <summary>What the dummy of .NET was told, a line a call.</summary>
    public string[] Calls() => File.Exists(Path.Combine(Root, "called")) ? File.ReadAllLines(Path.Combine(Root, "called")) : [];

    public Process Start(string arguments, string? from = null, params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo(Path.Combine(Root, "octavia"), arguments.Split(' '))
        {
            WorkingDirectory = from ?? Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = Path.Combine(Root, "bin");
        start.Environment["OCTAVIA_TOOLS"] = Root;
        start.Environment["OCTAVIA_CHROMIUM"] = Path.Combine(Root, "bin/chromium");
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public async Task<ScriptResult> RunAsync(string arguments, string? from = null, params (string Name, string Value)[] settings)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var process = Start(arguments, from, settings);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return new ScriptResult(process.ExitCode, (await output).Trim(), (await error).Trim());
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static string Find(string name) => Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(f => Path.Combine(f, name)).First(File.Exists);
}
