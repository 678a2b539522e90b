using System.Text.Json.Nodes;
using Octavia.Dubbing.Media;
using Octavia.UnitTests.Media;
using Xunit;
using static Octavia.UnitTests.Cli.CliProcess;

namespace Octavia.UnitTests.Cli;

public class DubCommandTests(TestMedia media)
{
    [Fact]
    public async Task With_json_a_dub_is_one_object_and_everything_that_it_names_is_there()
    {
        var output = Folder();
        var run = await RunAsync("dub", media.Clip, "--to", "es", "--out", Path.Combine(output, "deep", "out"), "--json");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var json = JsonNode.Parse(run.Output)!;
        Assert.True((bool)json["ok"]!);
        var result = Assert.Single(json["results"]!.AsArray())!;
        var files = result["files"]!.AsArray().Select(file => (string)file!["path"]!).ToList();
        Assert.All(files, file => Assert.True(new FileInfo(file).Length > 0, file));
        Assert.Equal(files.Order(), Directory.EnumerateFileSystemEntries(Path.Combine(output, "deep", "out"), "*", SearchOption.AllDirectories).Order());

        var report = result["report"]!;
        var version = Assert.Single(report["versions"]!.AsArray())!;
        Assert.True((bool)report["picture"]!["untouched"]!);
        Assert.Equal(("en", "es", 2, 2), ((string?)report["source_language"], (string?)version["language"], (int)version["lines"]!["total"]!, (int)version["lines"]!["placed"]!));
        Assert.True((double)report["real_time_factor"]! > 0);
        Assert.Equal((2, 0), ((int)report["quote"]!["lines"]!, (double)report["quote"]!["usd"]!));
        Assert.InRange((double)report["quote"]!["seconds"]!, 0.1, (double)report["elapsed_seconds"]! + 0.1);
        Assert.True((double)report["quote"]!["quoted"]!["seconds"]! > 0);
        Assert.NotEmpty(report["notes"]!.AsArray());

        var dub = (string)result["output"]!;
        var (before, after) = (await MediaProbe.ProbeAsync(media.Clip, default), await MediaProbe.ProbeAsync(dub, default));
        Assert.Equal(await PictureHash.ComputeAsync(before, before, default), await PictureHash.ComputeAsync(after, before, default));
        Assert.Equal(["spa", "eng"], await LanguagesAsync(dub, "audio"));
        Assert.Equal(["spa", "eng"], await LanguagesAsync(dub, "subtitle"));
    }

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
    [InlineData("mute.mp4", 3, "--to", "es")]
    [InlineData("silent.mp4", 3, "--to", "es")]
    [InlineData("cut-faststart.mp4", 3, "--to", "es")]
    [InlineData("clip.mp4", 2, "--to", "en", "--from", "en")]
    [InlineData("clip.mp4", 2, "--to", "klingon")]
    public async Task A_refusal_leaves_nothing_behind(string name, int exitCode, params string[] options)
    {
        var folder = Folder();
        var run = await RunAsync(["dub", media.At(name), "--out", Path.Combine(folder, "a", "out"), .. options]);
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories));
        Assert.True(Directory.Exists(folder));
    }

    [Theory]
    [InlineData("dub")]
    [InlineData("dub", "x.mp4")]
    [InlineData("dub", "x.mp4", "--to", "klingon")]
    [InlineData("dub", "x.mp4", "--to", "es,klingon")]
    [InlineData("dub", "x.mp4", "--to", "es,fr,Spanish")]
    [InlineData("dub", "x.mp4", "--to", "es,")]
    [InlineData("dub", "x.mp4", "--to", "es", "--quality", "perfect")]
    [InlineData("dub", "x.mp4", "--to", "es", "--model-size", "huge")]
    [InlineData("dub", "x.mp4", "--to", "es", "--tone", "rude")]
    [InlineData("dub", "", "--to", "es")]
    [InlineData("dub", "x.mp4", "--to", "es", "--out", "")]
    [InlineData("dub", "a/clip.mp4", "b/clip.webm", "--to", "es")]
    public async Task Wrong_use_is_told_apart_and_as_json_where_that_was_asked_for(params string[] arguments)
    {
        var run = await RunAsync(arguments);
        Assert.Equal(2, run.ExitCode);
        Assert.NotEmpty(run.Error);
        var json = await RunAsync([.. arguments, "--json"]);
        Assert.Equal((2, ""), (json.ExitCode, json.Error));
        Assert.False((bool)JsonNode.Parse(json.Output)!["ok"]!);
    }

    [Fact]
    public async Task A_dry_run_says_what_it_would_take_and_writes_nothing()
    {
        var folder = Folder();
        string[] arguments = ["dub", media.Clip, media.At("mute.mp4"), "--to", "es,fr", "--from", "en", "--out", Path.Combine(folder, "out"), "--dry-run"];
        var json = await RunInAsync(["Octavia__OpenAI__ApiKey=secret"], [.. arguments, "--json"]);
        Assert.Equal((3, ""), (json.ExitCode, json.Error));
        var results = JsonNode.Parse(json.Output)!["results"]!.AsArray();
        var quote = results[0]!["quote"]!;
        Assert.Equal((await MediaProbe.ProbeAsync(media.Clip, default)).DurationSeconds, (double)quote["media_seconds"]!, 0.1);
        Assert.True((int)quote["lines"]! > 0 && (double)quote["seconds"]! > 0 && (double)quote["usd"]! > 0);
        Assert.Equal(
            ["recognition ", "translation es", "speech es", "translation fr", "speech fr", "mixing es", "mixing fr"],
            quote["parts"]!.AsArray().Select(part => $"{part!["part"]} {part["language"]}"));
        Assert.Equal(("input.no_audio", 3), ((string?)results[1]!["error"]!["code"], (int)results[1]!["exit_code"]!));

        var text = await RunAsync(arguments);
        Assert.Equal(3, text.ExitCode);
        Assert.Contains("money  none (every engine runs on this machine)", text.Output, StringComparison.Ordinal);
        Assert.Equal("mute.mp4: mute.mp4 has no sound track that can be read, so there is nothing to dub.", text.Error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [Theory]
    [InlineData("--dry-run")]
    [InlineData("--json")]
    public async Task A_model_size_that_is_not_here_says_how_to_get_it(string option)
    {
        var run = await RunAsync("dub", media.Clip, "--to", "es", "--model-size", "medium", "--out", Path.Combine(Folder(), "out"), option);
        Assert.Equal(4, run.ExitCode);
        Assert.Contains("octavia models add whisper-medium", run.Output + run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("voice,voz\nvoice,son\n", "glossary.invalid", "Line 2 of the glossary")]
    [InlineData(null, "glossary.missing", "There is no file")]
    public async Task A_glossary_that_cannot_be_used_is_refused_before_the_work(string? text, string code, string message)
    {
        var glossary = Path.Combine(Folder(), "terms.csv");
        if (text is not null) await File.WriteAllTextAsync(glossary, text);
        var run = await RunAsync("dub", "x.mp4", "--to", "es", "--glossary", glossary, "--tone", "formal", "--json");
        Assert.Equal((2, ""), (run.ExitCode, run.Error));
        var error = JsonNode.Parse(run.Output)!["error"]!;
        Assert.Equal(code, (string?)error["code"]);
        Assert.StartsWith(message, (string?)error["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_setting_is_told_as_json_too()
    {
        var run = await RunInAsync(["Octavia__Models__Hub=nowhere"], "dub", "x.mp4", "--to", "es", "--json");
        Assert.Equal(2, run.ExitCode);
        Assert.Equal("configuration.address", (string?)JsonNode.Parse(run.Output)!["error"]!["code"]);
    }

    [Fact]
    public async Task A_long_name_of_wide_letters_is_no_obstacle()
    {
        var folder = Folder();
        var input = Path.Combine(folder, new string('映', 80) + ".mp4");
        File.Copy(media.At("mute.mp4"), input);
        Assert.Equal(3, (await RunAsync("dub", input, "--to", "es", "--out", Path.Combine(folder, "out"))).ExitCode);
    }

    [Fact]
    public async Task Without_its_programs_it_says_which_are_missing()
    {
        var folder = Folder();
        foreach (var program in new[] { "dotnet", "ffmpeg", "ffprobe", "setpriv" }) File.CreateSymbolicLink(Path.Combine(folder, program), Find(program));
        var run = await RunInAsync([$"PATH={folder}"], "dub", media.Clip, "--to", "es", "--from", "en", "--out", Path.Combine(folder, "out"));
        Assert.Equal(4, run.ExitCode);
        Assert.Contains("apt-get install", run.Error);
        Assert.Contains("espeak-ng", run.Error);
    }

    [Fact]
    public async Task Without_Apertium_and_any_other_translator_a_program_is_missing()
    {
        var folder = Folder();
        var run = await RunInAsync([$"APERTIUM_DATADIR={folder}"], "dub", media.Clip, "--to", "es", "--from", "en", "--out", Path.Combine(folder, "out"));
        Assert.Equal(4, run.ExitCode);
        Assert.Contains("apt-get install apertium", run.Error);
    }

    string Folder() => Directory.CreateDirectory(media.At($"cli-{Guid.NewGuid():N}")).FullName;

    static string Find(string program) =>
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(folder => Path.Combine(folder, program)).First(File.Exists);
}
