using System.Diagnostics;
using Xunit;

namespace Octavia.ServiceTests.Hosting;

/// <summary>The script <c>octavia</c>: what it says when something is missing, when it builds, how it sums the results of tests.</summary>
public sealed class ScriptTests : IDisposable
{
    // Debian's tools on a machine where all is installed but what the test names.
    private const string Missing = "for last; do :; done; case \" $MISSING \" in *\" $last \"*) ;; *) echo install ok installed ;; esac";
    private const string Known = "case \" $KNOWN \" in *\" $2 \"*) exit 0 ;; *) exit 100 ;; esac";

    private readonly ScriptFolder _script = new();

    public void Dispose() => _script.Dispose();

    [Fact]
    public async Task Says_where_to_get_the_SDK_when_there_is_none()
    {
        var result = await _script.RunAsync("up");
        Assert.Equal((1, "The .NET SDK is missing: install 10.0.400 or a later 10.0 from https://dot.net/download, then run this again."), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task Says_which_SDK_is_too_old()
    {
        _script.Program("dotnet", "[ \"$1\" = --list-sdks ] && printf '8.0.100 [/sdk]\\n9.0.300 [/sdk]\\n'");
        var result = await _script.RunAsync("up");
        Assert.Equal(1, result.ExitCode);
        Assert.Equal("Octavia needs the .NET SDK 10.0.400 or a later 10.0, here is 8.0.100 9.0.300: install it from https://dot.net/download.", result.Error);
    }

    [Fact]
    public async Task Asks_for_the_package_that_only_root_may_install()
    {
        AddDebian("exit 0");
        _script.Program("id", "echo 1000");
        var result = await _script.RunAsync("up", null, ("MISSING", "redis-server apertium-spa-ita"), ("KNOWN", "redis-server"));
        Assert.Equal((1, "Only root may install what is missing: run 'sudo apt-get install redis-server', then this again."), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task Goes_on_without_a_package_that_this_release_does_not_have()
    {
        AddDebian("exit 1");
        _script.Program("id", "echo 1000");
        var result = await _script.RunAsync("up", null, ("MISSING", "apertium-spa-ita"), ("KNOWN", ""));
        Assert.Equal((0, "Building Octavia.sln"), (result.ExitCode, result.Error));
        Assert.Contains("run --no-build -c Release --project Octavia.AppHost --", _script.Calls());
    }

    [Fact]
    public async Task Installs_what_is_missing_and_known()
    {
        AddDebian("echo \"$*\" >> \"${0%/bin/*}/called\"");
        _script.Program("id", "echo 0");
        var result = await _script.RunAsync("up", null, ("MISSING", "redis-server apertium-spa-ita"), ("KNOWN", "redis-server"));
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("-qq -o Dpkg::Use-Pty=0 install --no-install-recommends redis-server", _script.Calls());
    }

    [Fact]
    public async Task Says_what_is_missing_on_a_system_without_apt()
    {
        _script.AddEverything();
        File.Delete(Path.Combine(_script.Root, "bin/ffmpeg"));
        var result = await _script.RunAsync("up");
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("Missing: ffmpeg. Install them with this system's own package manager", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_how_much_disk_is_needed()
    {
        _script.AddEverything();
        _script.Program("df", "printf 'Filesystem Blocks Used Available\\n/dev/disk 100 90 10\\n'");
        var result = await _script.RunAsync("up");
        Assert.Equal((1, "Only 10 MB are free on this disk: make room for 3000 MB."), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task Demands_a_browser_for_the_tests()
    {
        _script.AddEverything();
        var result = await _script.RunAsync("test", null, ("OCTAVIA_CHROMIUM", "/nowhere/chromium"));
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("The browser tests need Chromium, and /nowhere/chromium is not there", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Builds_again_when_a_source_or_the_kind_of_build_has_changed()
    {
        _script.AddEverything();
        async Task<bool> BuildsAsync(params (string Name, string Value)[] settings) =>
            (await _script.RunAsync("doctor", null, settings)).Error.StartsWith("Building Octavia.Cli/Octavia.Cli.csproj", StringComparison.Ordinal);

        Assert.True(await BuildsAsync());
        Assert.False(await BuildsAsync());
        Assert.True(await BuildsAsync(("UseAspire", "true")));
        Assert.True(await BuildsAsync());
        foreach (var name in new[] { "Source.cs", "service.proto", "embedded.sha256", "Octavia.sln" })
        {
            await File.WriteAllTextAsync(Path.Combine(_script.Root, name), "", TestContext.Current.CancellationToken);
            Assert.True(await BuildsAsync(), name);
            Assert.False(await BuildsAsync(), name);
        }
    }

    [Fact]
    public async Task Takes_folders_from_where_the_caller_stands()
    {
        _script.AddEverything();
        _script.Program("dotnet", "[ \"$1\" != run ] || echo \"$OCTAVIA_DATA $OCTAVIA_TOOLS\"");
        var elsewhere = Directory.CreateDirectory(Path.Combine(_script.Root, "elsewhere")).FullName;
        var result = await _script.RunAsync("up", elsewhere, ("OCTAVIA_DATA", "data"), ("OCTAVIA_TOOLS", "/tools"));
        Assert.Equal($"{elsewhere}/data /tools", result.Output);
    }

    [Fact]
    public async Task Sums_the_results_of_all_runs()
    {
        AddTestRuns("UnitTests 8 passed=2 skipped=1", "ServiceTests 8 passed=0", "BrowserTests 0 passed=3", "EndToEndTests 8 passed=0");
        var result = await _script.RunAsync("test Kokoro");
        Assert.Equal((0, "5 passed, 0 failed, 1 skipped"), (result.ExitCode, result.Output));
        Assert.Contains(_script.Calls(), c => c.EndsWith("UnitTests.xml -method *Kokoro*", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Counts_a_run_that_crashed_or_ended_badly_as_a_failure()
    {
        AddTestRuns("UnitTests 137 torn", "ServiceTests 134", "BrowserTests 3 passed=1 skipped=1", "EndToEndTests 1 passed=1 failed=2 errors=1");
        var result = await _script.RunAsync("test");
        Assert.Equal((1, "2 passed, 6 failed, 1 skipped"), (result.ExitCode, result.Output));
        Assert.Contains("Octavia.UnitTests ended with exit code 137 and left no results.", result.Error, StringComparison.Ordinal);
        Assert.Contains("Octavia.ServiceTests ended with exit code 134 and left no results.", result.Error, StringComparison.Ordinal);
        Assert.Contains("Octavia.BrowserTests ended with exit code 3.", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Finds_no_success_where_no_test_ran()
    {
        AddTestRuns("UnitTests 8 passed=0", "ServiceTests 8 passed=0", "BrowserTests 8 passed=0", "EndToEndTests 8 passed=0");
        var result = await _script.RunAsync("test Nothing");
        Assert.Equal((1, "0 passed, 0 failed, 0 skipped"), (result.ExitCode, result.Output));
    }

    [Theory]
    [InlineData("chaos --seed 7 phases")]
    [InlineData("load")]
    public async Task Runs_what_is_too_long_for_every_day(string command)
    {
        _script.AddEverything();
        Assert.Equal(0, (await _script.RunAsync(command)).ExitCode);
        Assert.Contains($"artifacts/bin/Octavia.ChaosTests/release/Octavia.ChaosTests.dll {command}", _script.Calls());
    }

    [Theory]
    [InlineData("-INT")]
    [InlineData("-TERM")]
    public async Task Ends_the_tests_when_it_is_told_to_end(string signal)
    {
        _script.AddEverything();
        _script.Program("dotnet", "case $1 in *Tests.dll) echo $$; exec sleep 300 ;; esac");
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var script = _script.Start("test");
        var tests = await script.StandardOutput.ReadLineAsync(limit.Token);
        using (var kill = Process.Start("kill", [signal, $"{script.Id}"]))
            await kill.WaitForExitAsync(limit.Token);
        await script.WaitForExitAsync(limit.Token);

        Assert.Equal(130, script.ExitCode);
        Assert.False(Directory.Exists($"/proc/{tests}"));
    }

    private void AddDebian(string aptGet)
    {
        _script.AddEverything();
        _script.Program("dpkg-query", Missing);
        _script.Program("apt-cache", Known);
        _script.Program("apt-get", aptGet);
    }

    /// <summary>A dummy of .NET that writes the records of test runs: <c>PROJECT EXIT-CODE COUNT=NUMBER...</c>, or half a record, or none.</summary>
    private void AddTestRuns(params string[] runs)
    {
        _script.AddEverything();
        var cases = runs.Select(r => r.Split(' ')).Select(r =>
        {
            var record = r[^1] == "torn" ? "<assemblies>" : $"<assemblies><assembly name=\"{r[0]}\" {string.Join(' ', r[2..].Select(c => c.Replace("=", "=\"", StringComparison.Ordinal) + "\""))}><errors /></assembly></assemblies>";
            return $"*{r[0]}.dll) {(r.Length > 2 ? $"echo '{record}' > \"$5\"; " : "")}exit {r[1]} ;;";
        });
        _script.Program("dotnet", $"echo \"$*\" >> \"${{0%/bin/*}}/called\"; case $1 in {string.Join(' ', cases)} esac");
    }
}
