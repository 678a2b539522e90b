using System.CommandLine;
using System.CommandLine.Parsing;
using Octavia.Dubbing;

namespace Octavia.Cli;

/// <summary>The command line: its commands, and the one place that turns a failure into an exit code and a line on standard error.</summary>
static class CommandLine
{
    /// <summary>Runs a command line.</summary>
    /// <returns>0, or the number of a <see cref="FailureKind"/>.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Octavia dubs videos: the same picture, speaking another language.");
        root.Subcommands.Add(DubCommand.Create());
        root.Subcommands.Add(AdminCommand.Create());
        root.Subcommands.Add(BenchCommand.Create());
        root.Subcommands.Add(DemoCommand.Create());
        root.Subcommands.Add(DoctorCommand.Create());
        root.Subcommands.Add(EnginesCommand.Create());
        root.Subcommands.Add(ModelsCommand.Create());
        root.Subcommands.Add(ScoreCommand.Create());

        var parsed = root.Parse(args);
        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            // After Ctrl+C a command has this long to stop its children and write what it has.
            ProcessTerminationTimeout = TimeSpan.FromSeconds(10),
        };
        var json = parsed.GetResult("--json") is OptionResult { Implicit: false };
        try
        {
            if (json && parsed.Errors.Count > 0)
                return Fail(new Failure("usage", FailureKind.Usage, string.Join(" ", parsed.Errors.Select(error => error.Message))), json);
            var exitCode = await parsed.InvokeAsync(configuration);
            return parsed.Errors.Count > 0 ? (int)FailureKind.Usage : exitCode;
        }
        catch (DubbingException e)
        {
            return Fail(e.Failure, json);
        }
        catch (OperationCanceledException)
        {
            return Fail(new Failure("cancelled", FailureKind.Cancelled, "Stopped."), json);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fail(new Failure(DubCommand.Unwritable, FailureKind.Usage, e.Message), json);
        }
    }

    static int Fail(Failure failure, bool json)
    {
        if (json) JsonOutput.Write(failure);
        else Console.Error.WriteLine($"octavia: {failure.Message}");
        return (int)failure.Kind;
    }
}
