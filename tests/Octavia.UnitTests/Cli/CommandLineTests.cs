using System.Text.Json;
using Xunit;
using static Octavia.UnitTests.Cli.CliProcess;

namespace Octavia.UnitTests.Cli;

/// <summary>The command line as a process, as people run it.</summary>
public sealed class CommandLineTests
{
    [Fact]
    public async Task The_doctor_finds_this_machine_fit()
    {
        var result = await RunAsync("doctor", "--from", "en", "--to", "es", "--json");
        Assert.Equal(0, result.ExitCode);
        using var report = JsonDocument.Parse(result.Output);
        Assert.True(report.RootElement.GetProperty("ok").GetBoolean());
        Assert.Equal(
            ["recognition", "translation en-es", "speech es"],
            report.RootElement.GetProperty("engines").EnumerateArray().Select(engine => engine.GetProperty("task").GetString()));
        Assert.Contains(report.RootElement.GetProperty("tools").EnumerateArray(), tool => tool.GetProperty("name").GetString() == "ffmpeg" && tool.GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task The_doctor_says_what_is_wrong_when_the_main_job_cannot_run()
    {
        var result = await RunAsync("doctor", "--from", "de", "--to", "ja");
        Assert.Equal(4, result.ExitCode);
        Assert.Contains("Not ready to dub", result.Output);
        Assert.Contains("German to Japanese cannot be translated here", result.Output);
    }

    [Fact]
    public async Task The_doctor_tells_which_keys_are_set_and_shows_none()
    {
        var result = await RunInAsync(["Octavia__OpenAI__ApiKey=hidden", "Octavia__ElevenLabs__ApiKey=hidden"], "doctor", "--from", "en", "--to", "es", "--json");
        Assert.DoesNotContain("hidden", result.Output + result.Error);
        using var report = JsonDocument.Parse(result.Output);
        Assert.Equal(
            ["openai True key set", "anthropic False not set", "elevenlabs True key set"],
            report.RootElement.GetProperty("keys").EnumerateArray().Select(key => $"{key.GetProperty("name")} {key.GetProperty("ok")} {key.GetProperty("detail")}"));
        Assert.Contains(report.RootElement.GetProperty("engines").EnumerateArray(), engine => engine.GetProperty("engine").GetString() == "elevenlabs");
    }

    [Theory]
    [InlineData("Octavia__Cloud__Timeout=0:00:00", "Octavia__Cloud__Timeout")]
    [InlineData("Octavia__Cloud__Rest=-1", "Octavia__Cloud__Rest")]
    [InlineData("Octavia__Cloud__FirstPause=soon", "is no duration: soon")]
    public async Task Refuses_a_duration_of_the_environment_that_cannot_be(string setting, string sentence)
    {
        var result = await RunInAsync([setting], "doctor");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(sentence, result.Error);
    }

    [Fact]
    public async Task Lists_models_and_tells_where_one_is()
    {
        var list = await RunAsync("models", "list");
        Assert.Contains("whisper-small", list.Output);
        Assert.Equal((0, list.Output), (list.ExitCode, (await RunAsync("models")).Output));
        var path = await RunAsync("models", "path", "kokoro");
        Assert.Equal(0, path.ExitCode);
        Assert.True(File.Exists(Path.Combine(path.Output.Trim(), "voices.tsv")));
    }

    [Theory]
    [InlineData(2, "no language that Octavia knows", "doctor", "--to", "klingon")]
    [InlineData(2, "There is no model of that name", "models", "add", "nothing")]
    [InlineData(2, "which is yours to change", "models", "remove", "kokoro")]
    [InlineData(4, "put config.json", "models", "add", "opus-mt-en-es")]
    [InlineData(2, "confirm that you have it (--i-have-consent)", "dub", "nothing.mp4", "--to", "es", "--clone-voices")]
    [InlineData(2, "--preview takes seconds", "dub", "nothing.mp4", "--to", "es", "--preview", "40-10")]
    [InlineData(2, "Unrecognized command", "frobnicate")]
    [InlineData(2, "Required argument missing", "models", "add")]
    public async Task Fails_with_a_number_and_a_sentence(int exitCode, string sentence, params string[] arguments)
    {
        var result = await RunAsync(arguments);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(sentence, result.Error);
    }
}
