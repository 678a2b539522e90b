using Octavia.Dubbing.Media;

namespace Octavia.Dubbing.LipSync;

/// <summary>A program on this machine: exit code 0 with a file, or 3 where there is no face.</summary>
sealed class LipSyncProgram(LipSyncOptions options) : ILipSync
{
    const int NoFace = 3;

    public string Name => Path.GetFileName(options.Command!);

    public async Task<bool> RunAsync(string picture, string speech, string output, CancellationToken cancellationToken)
    {
        var arguments = options.Arguments.Select(argument => argument.Replace("{picture}", picture).Replace("{speech}", speech).Replace("{output}", output));
        var run = await ChildProcess.RunAsync(options.Command!, [.. arguments], options.Timeout, cancellationToken: cancellationToken);
        return run.ExitCode switch
        {
            0 => true,
            NoFace => false,
            _ => throw LipSyncFailure.Of($"{Name} ended with {run.ExitCode}{(LastLine(run.Error) is { Length: > 0 } line ? $" ({line})" : "")}"),
        };
    }

    static string LastLine(string error) => error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() is { } line ? line[..Math.Min(line.Length, 200)] : "";
}
