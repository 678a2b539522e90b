using System.ComponentModel;
using System.Text;
using CliWrap;

namespace Octavia.Dubbing.Speech;

/// <summary>espeak-ng as a separate program: text on standard input, never in the arguments.</summary>
static class Espeak
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Runs espeak-ng once and returns what it wrote.</summary>
    /// <exception cref="DubbingException"><c>tool.missing</c>, <c>tool.timeout</c> or <c>tool.failed</c>.</exception>
    public static async Task<byte[]> RunAsync(IReadOnlyList<string> arguments, string input, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(Limit);
        using var output = new MemoryStream();
        var errors = new StringBuilder();
        try
        {
            var result = await Cli.Wrap("espeak-ng")
                .WithArguments(arguments)
                .WithStandardInputPipe(PipeSource.FromBytes(Encoding.UTF8.GetBytes(input)))
                .WithStandardOutputPipe(PipeTarget.ToStream(output))
                .WithStandardErrorPipe(PipeTarget.ToStringBuilder(errors))
                .WithValidation(CommandResultValidation.None)
                .ExecuteAsync(limited.Token);
            return result.IsSuccess
                ? output.ToArray()
                : throw Failed("tool.failed", FailureKind.Engine, $"espeak-ng ended with {result.ExitCode}: {errors.ToString().Trim()}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed("tool.timeout", FailureKind.Engine, $"espeak-ng took longer than {Limit.TotalSeconds} s; try a shorter text.");
        }
        catch (Win32Exception missing)
        {
            throw Failed("tool.missing", FailureKind.MissingTool, "espeak-ng cannot be started; install the package espeak-ng.", missing);
        }
    }

    static DubbingException Failed(string code, FailureKind kind, string message, Exception? inner = null) =>
        new(new Failure(code, kind, message), inner);
}
