using System.Text;
using CliWrap;
using Octavia.Dubbing.Media;

namespace Octavia.Dubbing.Speech;

/// <summary>espeak-ng as a separate program: text on standard input, never in the arguments.</summary>
static class Espeak
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Runs espeak-ng once and returns what it wrote.</summary>
    /// <exception cref="DubbingException"><c>tool.missing</c>, <c>tool.timeout</c> or <c>tool.failed</c>.</exception>
    public static async Task<byte[]> RunAsync(IReadOnlyList<string> arguments, string input, CancellationToken cancellationToken)
    {
        using var output = new MemoryStream();
        var text = PipeSource.FromBytes(Encoding.UTF8.GetBytes(input));
        var result = await ChildProcess.RunAsync("espeak-ng", arguments, Limit, text, PipeTarget.ToStream(output), cancellationToken);
        return result.ExitCode == 0
            ? output.ToArray()
            : throw new DubbingException(new Failure(
                "tool.failed", FailureKind.Engine, $"espeak-ng ended with {result.ExitCode}; check its installation: {result.Error.Trim()}"));
    }
}
