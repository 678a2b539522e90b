using System.Text.Json.Nodes;
using Octavia.Dubbing.Media;
using Xunit;

namespace Octavia.UnitTests.Cli;

/// <summary>The command line as a process, without network and without what this user has downloaded or set.</summary>
static class CliProcess
{
    static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Octavia.Cli.dll");

    /// <summary>Runs a command to its end.</summary>
    public static Task<ChildResult> RunAsync(params string[] arguments) => RunInAsync([], arguments);

    /// <summary>As <see cref="RunAsync"/>, with changes of the environment: <c>PATH=...</c>.</summary>
    public static Task<ChildResult> RunInAsync(string[] environment, params string[] arguments) =>
        ChildProcess.RunAsync("env", Command(environment, arguments), TimeSpan.FromMinutes(5), cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>Arguments of <c>env</c>.</summary>
    public static string[] Command(string[] environment, string[] arguments) =>
    [
        "Octavia__Models__Offline=true", $"Octavia__Models__Cache={Path.Combine(Path.GetTempPath(), "octavia-no-models")}", "Octavia__OpenAI__ApiKey=", "Octavia__OpenAI__Endpoint=", "Octavia__Anthropic__ApiKey=", "Octavia__Anthropic__Endpoint=", "Octavia__ElevenLabs__ApiKey=",
        .. environment, "dotnet", Program, .. arguments,
    ];

    /// <summary>Language tags of a file's tracks of a type.</summary>
    public static async Task<string[]> LanguagesAsync(string path, string type)
    {
        var run = await ChildProcess.RunAsync("ffprobe", ["-v", "error", "-show_streams", "-of", "json", path]);
        return [.. JsonNode.Parse(run.Output)!["streams"]!.AsArray().Where(s => (string?)s!["codec_type"] == type).Select(s => (string)s!["tags"]!["language"]!)];
    }
}
