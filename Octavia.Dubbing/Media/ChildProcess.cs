using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text;
using CliWrap;

namespace Octavia.Dubbing.Media;

/// <summary>How a child process ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Standard output as UTF-8; empty when it went elsewhere.</param>
/// <param name="Error">The last 8,000 characters of standard error.</param>
public sealed record ChildResult(int ExitCode, string Output, string Error);

/// <summary>
/// The one way to run a program: argument list, no terminal, both pipes drained, a time limit, the whole tree killed on cancel,
/// and dead when this process dies.
/// </summary>
public static class ChildProcess
{
    const int KeptError = 8_000;
    static readonly ConcurrentDictionary<string, string?> Programs = new();
    static readonly BlockingCollection<Action> Starts = StartThread();

    /// <summary>Runs a program to its end; a non-zero exit is not an error here.</summary>
    /// <param name="program">Name on the PATH, or a whole path.</param>
    /// <param name="arguments">Arguments, passed as they are.</param>
    /// <param name="limit">Longest run; null for none.</param>
    /// <param name="input">What it reads; null for nothing.</param>
    /// <param name="output">Where its output goes; null to keep it as text.</param>
    /// <param name="cancellationToken">Kills it.</param>
    /// <exception cref="DubbingException"><c>tool.missing</c>; <c>tool.timeout</c>.</exception>
    public static async Task<ChildResult> RunAsync(
        string program,
        IReadOnlyList<string> arguments,
        TimeSpan? limit = null,
        PipeSource? input = null,
        PipeTarget? output = null,
        CancellationToken cancellationToken = default)
    {
        using var lifetime = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (limit is { } longest) lifetime.CancelAfter(longest);
        var text = new StringBuilder();
        var error = new Tail(KeptError);
        var command = Command(program, arguments)
            .WithStandardInputPipe(input ?? PipeSource.Null)
            .WithStandardOutputPipe(output ?? PipeTarget.ToStringBuilder(text, Encoding.UTF8))
            .WithStandardErrorPipe(PipeTarget.ToDelegate(error.Add, Encoding.UTF8));
        try
        {
            var result = await (await StartAsync(command, lifetime.Token));
            return new ChildResult(result.ExitCode, text.ToString(), error.ToString());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DubbingException(new Failure(
                "tool.timeout", FailureKind.UnusableInput, $"{program} took longer than {limit!.Value.TotalSeconds:0} s over this file and was stopped; the file may be damaged."));
        }
    }

    /// <summary>Starts a program whose output is read as it comes; it waits while nobody reads.</summary>
    /// <exception cref="DubbingException"><c>tool.missing</c>.</exception>
    public static ChildOutput Open(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19, useSynchronizationContext: false));
        var lifetime = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var target = PipeTarget.Create((stdout, token) => stdout.CopyToAsync(pipe.Writer, token));
        var completion = CompleteAsync(RunAsync(program, arguments, output: target, cancellationToken: lifetime.Token), pipe.Writer);
        return new ChildOutput(pipe.Reader.AsStream(), completion, lifetime);
    }

    /// <summary>Whether a program is on the PATH.</summary>
    public static bool Exists(string program) => Find(program) is not null;

    static async Task<ChildResult> CompleteAsync(Task<ChildResult> run, PipeWriter writer)
    {
        try
        {
            var result = await run;
            await writer.CompleteAsync();
            return result;
        }
        catch (Exception e)
        {
            await writer.CompleteAsync(e);
            throw;
        }
    }

    static Command Command(string program, IReadOnlyList<string> arguments)
    {
        var path = Find(program) ?? throw new DubbingException(new Failure(
            "tool.missing", FailureKind.MissingTool, $"The program {program} is not on this machine; install it (Debian: apt-get install {Package(program)})."));
        return Find("setpriv") is { } setpriv
            ? Cli.Wrap(setpriv).WithArguments(["--pdeathsig", "KILL", "--", path, .. arguments]).WithValidation(CommandResultValidation.None)
            : Cli.Wrap(path).WithArguments(arguments).WithValidation(CommandResultValidation.None);
    }

    static string Package(string program) => program == "ffprobe" ? "ffmpeg" : program;

    static string? Find(string program) => Programs.GetOrAdd(program, static name =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name)).Prepend(Path.IsPathRooted(name) ? name : "").FirstOrDefault(File.Exists));

    static Task<CommandTask<CommandResult>> StartAsync(Command command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var started = new TaskCompletionSource<CommandTask<CommandResult>>(TaskCreationOptions.RunContinuationsAsynchronously);
        Starts.Add(
            () =>
            {
                try
                {
                    started.SetResult(command.ExecuteAsync(cancellationToken));
                }
                catch (Exception e)
                {
                    started.SetException(e);
                }
            },
            cancellationToken);
        return started.Task;
    }

    // The death signal follows the thread that started the child, and pool threads retire: one thread starts them all and never ends.
    static BlockingCollection<Action> StartThread()
    {
        var starts = new BlockingCollection<Action>();
        new Thread(() =>
        {
            foreach (var start in starts.GetConsumingEnumerable()) start();
        })
        {
            IsBackground = true,
            Name = "child processes",
        }.Start();
        return starts;
    }

    sealed class Tail(int length)
    {
        readonly StringBuilder _text = new();

        public void Add(string line)
        {
            _text.AppendLine(line.Length > length ? line[..length] : line);
            if (_text.Length > length) _text.Remove(0, _text.Length - length);
        }

        public override string ToString() => _text.ToString().Trim();
    }
}

/// <summary>The output of a running child, read as it comes. Disposing kills the child.</summary>
public sealed class ChildOutput(Stream stream, Task<ChildResult> completion, CancellationTokenSource lifetime) : IAsyncDisposable
{
    /// <summary>Standard output.</summary>
    public Stream Stream => stream;

    /// <summary>Ends with the child; read <see cref="Stream"/> to its end first.</summary>
    public Task<ChildResult> Completion => completion;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await lifetime.CancelAsync();
        await completion.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        await stream.DisposeAsync();
        lifetime.Dispose();
    }
}
