using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;
using Octavia.Dubbing;
using Octavia.Dubbing.Media;

namespace Octavia.Cli;

/// <summary>Starts the contenders as a user would and takes the time of the whole process.</summary>
sealed class BenchProcess
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(30);
    readonly string _root;
    readonly string _from;
    readonly string _to;
    readonly string? _chain;

    BenchProcess(string root, string from, string to, string? chain) => (_root, _from, _to, _chain) = (root, from, to, chain);

    /// <summary>Whether the plain chain can be run.</summary>
    public bool HasChain => _chain is not null;

    /// <summary>Folder of the solution, above the program; the working folder when there is none.</summary>
    public static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Octavia.sln")))
                return folder.FullName;
        return Directory.GetCurrentDirectory();
    }

    /// <summary>Prepares the contenders: the chain's packages are installed into <c>.tools/</c> once.</summary>
    public static async Task<BenchProcess> CreateAsync(string root, string from, string to, CancellationToken cancellationToken)
    {
        var source = Path.Combine(root, "..", "shared", "bench", "plain-chain");
        var tools = Path.Combine(root, ".tools", "plain-chain");
        if (!Directory.Exists(source) || !ChildProcess.Exists("node") || !ChildProcess.Exists("npm")) return new BenchProcess(root, from, to, null);
        Directory.CreateDirectory(tools);
        foreach (var file in Directory.GetFiles(source)) await CopyAsync(file, Path.Combine(tools, Path.GetFileName(file)), cancellationToken);
        if (!Directory.Exists(Path.Combine(tools, "node_modules")))
            await RunAsync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", tools], cancellationToken);
        return new BenchProcess(root, from, to, Path.Combine(tools, "chain.mjs"));
    }

    /// <summary>Dubs a clip in a process of its own.</summary>
    public async Task<(double Seconds, JsonNode Report)> DubAsync(string input, CancellationToken cancellationToken)
    {
        var output = Directory.CreateTempSubdirectory("octavia-bench");
        try
        {
            string[] dub = ["dub", input, "--from", _from, "--to", _to, "--out", output.FullName, "--json"];
            var watch = Stopwatch.StartNew();
            // Started by `dotnet octavia.dll` the program is an argument; started as itself it is not.
            var host = Environment.ProcessPath!;
            var self = Path.GetFileNameWithoutExtension(host) == "dotnet" ? [Assembly.GetExecutingAssembly().Location, .. dub] : dub;
            var run = await RunAsync(host, self, cancellationToken);
            return (watch.Elapsed.TotalSeconds, JsonNode.Parse(run.Output)!["results"]![0]!["report"]!);
        }
        finally
        {
            output.Delete(recursive: true);
        }
    }

    /// <summary>Runs the plain chain on a clip; null where it cannot be run.</summary>
    public async Task<double?> ChainAsync(string input, CancellationToken cancellationToken)
    {
        if (_chain is null) return null;
        var output = Path.Combine(Path.GetTempPath(), $"octavia-chain-{Environment.ProcessId}{(Path.GetExtension(input) == ".webm" ? ".mkv" : ".mp4")}");
        try
        {
            var watch = Stopwatch.StartNew();
            await RunAsync("node", [_chain, input, _from, _to, output, Path.Combine(_root, "models")], cancellationToken);
            return watch.Elapsed.TotalSeconds;
        }
        finally
        {
            File.Delete(output);
        }
    }

    static async Task CopyAsync(string from, string to, CancellationToken cancellationToken) =>
        await File.WriteAllBytesAsync(to, await File.ReadAllBytesAsync(from, cancellationToken), cancellationToken);

    static async Task<ChildResult> RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        var run = await ChildProcess.RunAsync(program, arguments, Limit, cancellationToken: cancellationToken);
        return run.ExitCode == 0 ? run : throw new DubbingException(new Failure(
            "bench.failed", FailureKind.Engine, $"{Path.GetFileName(program)} {arguments[0]} ended with {run.ExitCode}: {run.Error}"));
    }
}
