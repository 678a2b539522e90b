using System.Text.Json.Nodes;
using Octavia.Dubbing.Media;
using Octavia.UnitTests.Media;
using Xunit;

namespace Octavia.UnitTests.Cli;

public class DubInterruptTests(TestMedia media)
{
    [Fact]
    public async Task Ctrl_C_stops_it_and_the_same_command_goes_on()
    {
        var output = Directory.CreateDirectory(media.At("interrupted")).FullName;
        string[] command = ["dub", media.Clip, "--from", "en", "--to", "es", "--out", output];
        Assert.Equal(130, await InterruptAsync(command));
        Assert.Equal([".octavia"], Directory.GetFileSystemEntries(output).Select(Path.GetFileName));

        // Words that nobody said show whether what was recognised is recognised again.
        var path = Assert.Single(Directory.GetFiles(Path.Combine(output, ".octavia"), "script.json", SearchOption.AllDirectories));
        var script = JsonNode.Parse(await File.ReadAllTextAsync(path))!;
        script["utterances"]![0]!["text"] = "The house is red.";
        await File.WriteAllTextAsync(path, script.ToJsonString());
        var run = await CliProcess.RunAsync(command);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("La casa es roja.", await File.ReadAllTextAsync(Path.Combine(output, "clip.es.srt")));
        Assert.False(Directory.Exists(Path.Combine(output, ".octavia")));
    }

    [Fact]
    public async Task A_preview_leaves_what_the_whole_goes_on_from()
    {
        var output = Directory.CreateDirectory(media.At("previewed")).FullName;
        string[] command = ["dub", media.Clip, "--from", "en", "--to", "es", "--out", output];
        var preview = await CliProcess.RunAsync([.. command, "--preview", "7"]);
        Assert.Equal((0, ""), (preview.ExitCode, preview.Error));
        Assert.True(File.Exists(Path.Combine(output, "clip.preview.es.mp4")));
        Assert.True(Directory.Exists(Path.Combine(output, ".octavia")));
        var whole = await CliProcess.RunAsync(command);
        Assert.Equal((0, ""), (whole.ExitCode, whole.Error));
        Assert.False(Directory.Exists(Path.Combine(output, ".octavia")));
        var report = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(output, "clip.report.json")))!;
        Assert.Equal(1, (int)report["versions"]![0]!["lines"]!["reused"]!);
    }

    // The shell makes way for the program, so its id is the program's; it tells it first.
    static async Task<int> InterruptAsync(string[] command)
    {
        await using var run = ChildProcess.Open("sh", ["-c", "echo $$; exec env \"$@\"", "sh", .. CliProcess.Command([], command)], default);
        using var lines = new StreamReader(run.Stream);
        var id = await lines.ReadLineAsync();
        var interrupted = false;
        while (await lines.ReadLineAsync() is { } line)
        {
            if (interrupted || !System.Text.RegularExpressions.Regex.IsMatch(line, "Recognised [1-9]|Translated|Spoke")) continue;
            interrupted = true;
            await ChildProcess.RunAsync("kill", ["-INT", id!]);
        }
        return (await run.Completion).ExitCode;
    }
}
