using Xunit;

namespace Octavia.ServiceTests.Hosting;

/// <summary>The whole system, started by the AppHost: however that ends, nothing that it started is left.</summary>
public sealed class AppHostDeathTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("octavia-death-").FullName;
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromMinutes(3));

    public void Dispose()
    {
        _timeout.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    [Theory]
    [InlineData("-INT")]
    [InlineData("-TERM")]
    public async Task Stops_everything_in_order_when_told_to_end(string signal)
    {
        using var host = AppHostProcess.Start(_data, []);
        await StartedAsync(host);
        await host.SignalAsync(signal, _timeout.Token);
        await host.WaitForExitAsync(_timeout.Token);

        Assert.Equal(0, host.ExitCode);
        Assert.Empty(host.Children());
        Assert.False(File.Exists(Path.Combine(_data, "postgres-data/pgdata/postmaster.pid")));
    }

    [Fact]
    public async Task Leaves_no_child_behind_when_it_is_killed()
    {
        using var host = AppHostProcess.Start(_data, [], ("OCTAVIA_LOGS", Path.Combine(_data, "logs")));
        await StartedAsync(host);
        await host.SignalAsync("-KILL", _timeout.Token);
        await NobodyIsLeftAsync(host);
    }

    [Fact]
    public async Task Stops_everything_in_order_when_the_dotnet_run_before_it_is_killed()
    {
        using var host = AppHostProcess.StartByDotnetRun(_data);
        await StartedAsync(host);
        await host.SignalAsync("-KILL", _timeout.Token);
        await NobodyIsLeftAsync(host);
        Assert.False(File.Exists(Path.Combine(_data, "postgres-data/pgdata/postmaster.pid")));
    }

    private async Task StartedAsync(AppHostProcess host)
    {
        await host.WaitForLinesAsync(["All resources are healthy", "  API reference ", "  Web page "], _timeout.Token);
        // Postgres, Redis, Azurite, the API, two workers and the web pages at least.
        Assert.True(host.Children().Count >= 7, string.Join(Environment.NewLine, host.Children()));
    }

    private async Task NobodyIsLeftAsync(AppHostProcess host)
    {
        while (host.Children() is { Count: > 0 } left)
        {
            Assert.False(_timeout.IsCancellationRequested, string.Join(Environment.NewLine, left));
            await Task.Delay(50, CancellationToken.None);
        }
    }
}
