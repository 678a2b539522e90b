using CliWrap;
using CliWrap.Buffered;
using Octavia.Tests.Running;
using Xunit;

namespace Octavia.EndToEndTests;

[Collection(nameof(WorkingSystem))]
public class DemoTests(WorkingSystem system)
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    // The program as it was built beside these tests, in the same configuration.
    internal static readonly string Program = Path.GetFullPath(
        Path.Combine("..", "..", "Octavia.Cli", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "Octavia.Cli.dll"),
        AppContext.BaseDirectory);

    [Fact]
    public async Task The_demo_makes_an_account_and_saves_the_dubbed_video()
    {
        var folder = Path.Combine(Folder(), "deep", "out");
        var email = NewEmail();
        var video = await Media.VideoAsync(seconds: 6);
        var run = await RunAsync(video, email, folder);
        Assert.Equal((0, ""), (run.ExitCode, run.StandardError));
        Assert.StartsWith($"Made the account {email}", run.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("progress?job_id=", run.StandardOutput, StringComparison.Ordinal);
        var result = Assert.Single(Directory.EnumerateFileSystemEntries(folder));
        Assert.Equal((Path.GetFileNameWithoutExtension(video) + ".es.mp4", result), (Path.GetFileName(result), run.StandardOutput.TrimEnd().Split('\n')[^1]));
        var probe = await Probe.OfAsync(result);
        Assert.Contains("video", probe.Streams[0], StringComparison.Ordinal);
        Assert.Equal(["audio spa", "audio eng"], probe.Streams.Where(x => x.StartsWith("audio", StringComparison.Ordinal)));
        Assert.InRange(probe.Seconds, 5.5, 7);
    }

    [Fact]
    public async Task The_demo_says_in_one_sentence_that_a_file_cannot_be_used()
    {
        var folder = Folder();
        var email = NewEmail();
        var text = Path.Combine(Folder(), "text.mp4");
        await File.WriteAllTextAsync(text, string.Join(' ', Enumerable.Repeat("This is a text, not a film.", 200)));
        // The second time the account is there already.
        foreach (var file in new[] { text, await Media.SilentVideoAsync() })
        {
            var run = await RunAsync(file, email, folder);
            Assert.Equal(3, run.ExitCode);
            Assert.Matches(@"^octavia: [A-Z][^\n]{15,}[.]\n$", run.StandardError);
        }
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [Fact]
    public async Task The_demo_takes_a_key_in_place_of_an_account()
    {
        var folder = Folder();
        var user = await system.CreateUserAsync();
        var key = await user.CreateKeyAsync("demo");
        using var limit = new CancellationTokenSource(Patience);
        using var api = system.Http();
        var run = await Cli.Wrap("dotnet")
            .WithArguments([
                Program, "demo", "--video-path", await Media.VideoAsync(), "--to", "es", "--from", "en", "--quality", "fast",
                "--out", folder, "--api", api.BaseAddress!.ToString()])
            .WithEnvironmentVariables(new Dictionary<string, string?> { ["OCTAVIA_API_KEY"] = key.Key })
            .WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync(limit.Token);
        Assert.Equal((0, ""), (run.ExitCode, run.StandardError));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder));
        Assert.Equal(1, (await user.ListAsync()).Total);
    }

    async Task<BufferedCommandResult> RunAsync(string file, string email, string folder)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var api = system.Http();
        return await Cli.Wrap("dotnet")
            .WithArguments([
                Program, "demo", "--email", email, "--video-path", file, "--to", "es", "--from", "en", "--quality", "fast",
                "--out", folder, "--api", api.BaseAddress!.ToString()])
            .WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync(limit.Token);
    }

    static string Folder() => TempFolders.Create("demo");

    static string NewEmail() => $"user-{Guid.NewGuid():N}@example.org";
}
