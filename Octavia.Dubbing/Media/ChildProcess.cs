using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text;
using CliWrap;

namespace Octavia.Dubbing.Media;

/// <summary>How a child process ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Standard output as UTF-8; empty when it went elsewhere.</param>
/// <param name="Error">The last 8,000 bytes of standard error.</param>
public sealed record ChildResult(int ExitCode, string Output, string Error);

/// <summary>
/// The one way to run a program: argument list, no terminal, both pipes drained, a time limit, the whole tree killed on cancel,
/// and dead when this process dies. ffmpeg and ffprobe, which read what strangers made, have limits of memory and of what they write.
/// </summary>
public static class ChildProcess
{
    const int KeptError = 8_000;
    const int MostOutput = 4 << 20;
    // Hours of the largest picture, encoded again.
    const long LargestFile = 64L << 30;
    static readonly ConcurrentDictionary<string, string?> Programs = new();
    static readonly BlockingCollection<Action> Starts = StartThread();

    /// <summary>Runs a program to its end; a non-zero exit is not an error here.</summary>
    /// <param name="program">Name on the PATH, or a whole path.</param>
    /// <param name="arguments">Arguments, passed as they are.</param>
    /// <param name="limit">Longest run; null for none.</param>
    /// <param name="input">What it reads; null for nothing.</param>
    /// <param name="output">Where its output goes; null to keep it as text, 4 MiB at most.</param>
    /// <param name="cancellationToken">Kills it.</param>
    /// <exception cref="DubbingException"><c>tool.missing</c>; <c>tool.timeout</c>; <c>tool.too_much</c>.</exception>
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
        using var text = new MemoryStream();
        var error = new byte[KeptError];
        var errorLength = 0;
        var tooMuch = false;
        var command = Command(program, arguments)
            .WithStandardInputPipe(input ?? PipeSource.Null)
            .WithStandardOutputPipe(output ?? PipeTarget.Create(KeepAsync))
            .WithStandardErrorPipe(PipeTarget.Create(async (stderr, token) => errorLength = await KeepTailAsync(stderr, error, token)));
        try
        {
            var result = await (await StartAsync(command, lifetime.Token));
            return new ChildResult(result.ExitCode, Text(text.GetBuffer().AsSpan(0, (int)text.Length)), Text(error.AsSpan(0, errorLength)).Trim());
        }
        catch (OperationCanceledException) when (tooMuch)
        {
            throw DubbingException.Unusable("tool.too_much", $"{program} found too much in this file and was stopped; convert the file with another program first.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw DubbingException.Unusable(
                "tool.timeout", $"{program} took longer than {limit!.Value.TotalSeconds:0} s over this file and was stopped; the file may be damaged.");
        }

        // A hostile file can make a program talk without end.
        async Task KeepAsync(Stream stdout, CancellationToken token)
        {
            var buffer = new byte[1 << 14];
            while (await stdout.ReadAsync(buffer, token) is > 0 and var read)
            {
                tooMuch |= text.Length + read > MostOutput;
                if (tooMuch) await lifetime.CancelAsync();
                else text.Write(buffer, 0, read);
            }
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
        List<string> line = [path, .. arguments];
        if (MemoryOf(program) is { } memory && Find("prlimit") is { } prlimit) line.InsertRange(0, [prlimit, $"--data={memory}", $"--fsize={LargestFile}", "--core=0"]);
        if (Find("setpriv") is { } setpriv) line.InsertRange(0, [setpriv, "--pdeathsig", "KILL", "--"]);
        return Cli.Wrap(line[0]).WithArguments(line[1..]).WithValidation(CommandResultValidation.None);
    }

    // Most bytes of its own that a program may hold; null for no limit. A few kilobytes of file can ask for a picture of a gigabyte in each of
    // hundreds of tracks: that run is to fail, not the machine.
    static long? MemoryOf(string program)
    {
        var half = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
        return program switch
        {
            "ffmpeg" => Math.Clamp(half, 1L << 30, 16L << 30),
            "ffprobe" => Math.Clamp(half, 1L << 30, 2L << 30),
            _ => null,
        };
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

    // The end of what a program says, in bounded memory whatever the length of its lines.
    static async Task<int> KeepTailAsync(Stream stream, byte[] kept, CancellationToken cancellationToken)
    {
        var length = 0;
        var buffer = new byte[kept.Length];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            var old = Math.Min(length, kept.Length - read);
            kept.AsSpan(length - old, old).CopyTo(kept);
            buffer.AsSpan(0, read).CopyTo(kept.AsSpan(old));
            length = old + read;
        }
        return length;
    }

    static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);
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
