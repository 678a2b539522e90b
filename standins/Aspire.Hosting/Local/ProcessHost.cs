using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Aspire.Hosting.Local;

/// <summary>
/// Starts every child from one thread that lives as long as the AppHost. The kernel's death signal (<c>setpriv --pdeathsig</c>)
/// follows the thread that forked, so a pool thread that ends would take the child with it.
/// </summary>
internal sealed class ProcessHost : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];

    public ProcessHost() => new Thread(Work) { IsBackground = true, Name = "children" }.Start();

    public Task<ChildProcess> StartAsync(ProcessSpec spec, IReadOnlyDictionary<string, string> environment, Action<string> log)
    {
        var started = new TaskCompletionSource<ChildProcess>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                started.SetResult(new ChildProcess(spec, environment, log));
            }
            catch (Exception failure)
            {
                started.SetException(failure);
            }
        });
        return started.Task;
    }

    /// <summary>Runs a program to its end.</summary>
    public async Task RunAsync(ProcessSpec spec, CancellationToken cancellationToken)
    {
        var output = new ConcurrentQueue<string>();
        var child = await StartAsync(spec, new Dictionary<string, string>(), output.Enqueue);
        await using var killed = cancellationToken.Register(() => child.Send(StopSignal.Kill));
        var exitCode = await child.Exit.WaitAsync(cancellationToken);
        if (exitCode != 0)
            throw new DistributedApplicationException($"{Path.GetFileName(spec.FileName)} ended with {exitCode}: {string.Join(" ", output)}");
    }

    public void Dispose() => _work.CompleteAdding();

    private void Work()
    {
        foreach (var action in _work.GetConsumingEnumerable())
            action();
    }
}

/// <summary>A running child in a session of its own, so that Ctrl+C in the terminal reaches only the AppHost, which stops all in order.</summary>
internal sealed class ChildProcess
{
    private readonly ProcessSpec _spec;

    public ChildProcess(ProcessSpec spec, IReadOnlyDictionary<string, string> environment, Action<string> log)
    {
        _spec = spec;
        var start = new ProcessStartInfo("setsid", CommandLine(spec))
        {
            WorkingDirectory = spec.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var exit = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        Exit = exit.Task;
        process.OutputDataReceived += (_, line) => Forward(line.Data, log);
        process.ErrorDataReceived += (_, line) => Forward(line.Data, log);
        // Not WaitForExitAsync: that also waits for the pipes, which a grandchild can hold open.
        process.Exited += (_, _) =>
        {
            // At once: as long as one of the group lives its number is nobody else's, later it can be.
            _ = Kill(-process.Id, (int)StopSignal.Kill);
            exit.TrySetResult(process.ExitCode);
        };
        process.Start();
        Id = process.Id;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (spec.StandardInput is { } text)
            process.StandardInput.Write(text);
        process.StandardInput.Close();
    }

    public int Id { get; }

    /// <summary>The exit code, once the process has ended; what it left behind in its group is killed then.</summary>
    public Task<int> Exit { get; }

    public void Send(StopSignal signal)
    {
        if (!Exit.IsCompleted)
            _ = Kill(Id, (int)signal);
    }

    /// <summary>Asks, waits, then kills.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        Send(_spec.Stop);
        try
        {
            await Exit.WaitAsync(patience);
        }
        catch (TimeoutException)
        {
            Send(StopSignal.Kill);
            await Exit;
        }
    }

    private static void Forward(string? line, Action<string> log)
    {
        if (line is not null)
            log(line);
    }

    private static List<string> CommandLine(ProcessSpec spec)
    {
        var line = new List<string> { "setpriv", "--pdeathsig", spec.OnParentDeath switch { StopSignal.Interrupt => "INT", StopSignal.Terminate => "TERM", _ => "KILL" } };
        if (spec.User is { } user)
            line.AddRange([$"--reuid={user}", $"--regid={user}", "--init-groups", "--inh-caps=-all", "--reset-env"]);
        return [.. line, "--", spec.FileName, .. spec.Arguments];
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);
}
