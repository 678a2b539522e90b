using System.Text.Json.Nodes;
using Octavia.Dubbing.Media;
using Octavia.UnitTests.Media;
using Xunit;

namespace Octavia.UnitTests.Cli;

public class DubCommandTests(TestMedia media)
{
    [Fact]
    public async Task With_json_there_is_one_object_for_all_inputs_and_the_first_failure_counts()
    {
        var run = await RunAsync("dub", media.At("empty.mp4"), media.At("text.mp4"), "--to", "es", "--out", media.At("cli"), "--json");
        Assert.Equal(3, run.ExitCode);
        var json = JsonNode.Parse(run.Output)!;
        Assert.False((bool)json["ok"]!);
        Assert.Equal(["input.empty", "input.not_media"], json["results"]!.AsArray().Select(result => (string)result!["error"]!["code"]!));
    }

    [Fact]
    public async Task Without_json_the_reason_is_one_line_on_standard_error()
    {
        var run = await RunAsync("dub", media.At("mute.mp4"), "--to", "es", "--out", media.At("cli"));
        Assert.Equal((3, ""), (run.ExitCode, run.Output));
        Assert.Equal("mute.mp4: mute.mp4 has no sound track that can be read, so there is nothing to dub.", run.Error);
    }

    [Theory]
    [InlineData("dub")]
    [InlineData("dub", "x.mp4")]
    [InlineData("dub", "x.mp4", "--to", "klingon")]
    [InlineData("dub", "x.mp4", "--to", "es", "--quality", "perfect")]
    public async Task Wrong_use_is_told_apart(params string[] arguments) => Assert.Equal(2, (await RunAsync(arguments)).ExitCode);

    static Task<ChildResult> RunAsync(params string[] arguments) =>
        ChildProcess.RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "Octavia.Cli.dll"), .. arguments], TimeSpan.FromMinutes(1));
}
