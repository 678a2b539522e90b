using CliWrap;

namespace Octavia.Api.Uploads;

/// <summary>Programs that work on what strangers bring: they die with this process and get so much memory, where the machine has the means for that.</summary>
static class BoundProgram
{
    const string Memory = "--data=1073741824";

    public static Command Wrap(string program, IEnumerable<string> arguments)
    {
        string[] line = [.. Before("setpriv", "--pdeathsig", "KILL", "--"), .. Before("prlimit", Memory, "--"), program, .. arguments];
        return Cli.Wrap(line[0]).WithArguments(line[1..]).WithValidation(CommandResultValidation.None);
    }

    // The death signal comes with the end of the thread that started the program, and pool threads retire: this one waits for it.
    public static Task<CommandResult> RunAsync(Command command, CancellationToken ct) => Task.Factory.StartNew(
        () => command.ExecuteAsync(ct).Task.GetAwaiter().GetResult(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Where a program is; null where it is not.</summary>
    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    static string[] Before(string program, params string[] arguments) => Find(program) is { } found ? [found, .. arguments] : [];
}
