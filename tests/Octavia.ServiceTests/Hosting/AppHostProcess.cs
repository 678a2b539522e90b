using System.Diagnostics;
using System.Threading.Channels;

namespace Octavia.ServiceTests.Hosting;

/// <summary>The AppHost as a process of its own, with a data folder of its own.</summary>
internal sealed class AppHostProcess : IDisposable
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly Process _process;

    private AppHostProcess(string data, string program, IEnumerable<string> arguments, IEnumerable<(string Name, string Value)> settings)
    {
        Data = data;
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["OCTAVIA_DATA"] = data;
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => _lines.Writer.TryWrite(line.Data ?? "");
        _process.Start();
        _process.BeginOutputReadLine();
        Error = _process.StandardError.ReadToEndAsync();
    }

    public string Data { get; }

    public int ExitCode => _process.ExitCode;

    /// <summary>What it says on standard error, once it has ended.</summary>
    public Task<string> Error { get; }

    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Name;

    /// <summary>Its assembly, from its own folder: the copy beside the tests lacks what the tests do not need.</summary>
    private static string Assembly => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../Octavia.AppHost", Configuration, "Octavia.AppHost.dll"));

    private static string Dotnet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? Environment.ProcessPath switch
    {
        { } path when Path.GetFileName(path) == "dotnet" => path,
        _ => "dotnet",
    };

    public static AppHostProcess Start(string data, IEnumerable<string> arguments, params (string Name, string Value)[] settings) =>
        new(data, Dotnet, [Assembly, "--DcpPublisher:RandomizePorts=true", .. arguments], settings);

    /// <summary>As a person starts it: <c>dotnet run</c> stands before it.</summary>
    public static AppHostProcess StartByDotnetRun(string data) => new(
        data, Dotnet, ["run", "--no-build", "-c", Configuration, "--project", "Octavia.AppHost", "--", "--DcpPublisher:RandomizePorts=true"], []);

    /// <summary>Waits until each of these was said, in whatever order: what is logged and what is printed may overtake each other.</summary>
    public async Task WaitForLinesAsync(string[] parts, CancellationToken cancellationToken)
    {
        var missing = parts.ToList();
        while (missing.Count > 0)
        {
            var line = await _lines.Reader.ReadAsync(cancellationToken);
            missing.RemoveAll(part => line.Contains(part, StringComparison.Ordinal));
        }
    }

    public async Task SignalAsync(string signal, CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", [signal, $"{_process.Id}"]);
        await kill.WaitForExitAsync(cancellationToken);
    }

    public Task WaitForExitAsync(CancellationToken cancellationToken) => _process.WaitForExitAsync(cancellationToken);

    /// <summary>Whoever was told of the data folder, in its environment or its arguments, and is not this process.</summary>
    public List<string> Children() => [.. Directory.GetDirectories("/proc")
        .Where(d => int.TryParse(Path.GetFileName(d), out var pid) && pid != _process.Id)
        .Where(d => Read(d, "environ").Contains(Data, StringComparison.Ordinal) || Read(d, "cmdline").Contains(Data, StringComparison.Ordinal))
        .Select(d => $"{Path.GetFileName(d)} {Read(d, "cmdline").Replace('\0', ' ')}")];

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    private static string Read(string process, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, file));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is another user's.
            return "";
        }
    }
}
