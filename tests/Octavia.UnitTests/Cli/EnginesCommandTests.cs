using Octavia.Dubbing;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Models;
using Xunit;
using static Octavia.UnitTests.Cli.CliProcess;

namespace Octavia.UnitTests.Cli;

public class EnginesCommandTests
{
    [Fact]
    public async Task The_reference_is_what_the_code_says()
    {
        var run = await RunAsync("engines", "--markdown");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var written = await File.ReadAllTextAsync(TestFiles.At("docs/engines.md"));
        Assert.True(run.Output.TrimEnd() == written.TrimEnd(), "docs/engines.md is out of date: ./octavia engines --markdown > docs/engines.md");
        var options = new EngineOptions();
        Assert.All(new EngineCatalog(options, new ModelStore(options.Models)).List(), engine => Assert.Contains($"| `{engine.Name}` | {engine.Description} |", written, StringComparison.Ordinal));
        Assert.All(QualitySettings.All, quality => Assert.Contains($"| `{quality.Quality.ToString().ToLowerInvariant()}` |", written, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Each_engine_says_whether_it_can_run_and_why_not()
    {
        var run = await RunInAsync(["Octavia__OpenAI__ApiKey=secret", "Octavia__Prices__translation/openai/gpt-4o-mini=1/2"], "engines", "--to", "de");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var lines = run.Output.Split('\n');
        Assert.Equal("For English to German:", lines[0]);
        Assert.Contains(lines, line => line.Contains("ok  openai: chat model gpt-4o-mini; a key is set; $1.00 a million tokens read, $2.00 written", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("-  kokoro: Kokoro-82M, natural voices; it does not speak German", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("ok  espeak:", StringComparison.Ordinal));
        Assert.DoesNotContain("secret", run.Output, StringComparison.Ordinal);
    }
}
