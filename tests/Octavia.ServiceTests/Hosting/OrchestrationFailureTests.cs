using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Xunit;

namespace Octavia.ServiceTests.Hosting;

/// <summary>What ends, fails or is in the way: which sentence it gives and what becomes of the rest.</summary>
public sealed class OrchestrationFailureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("octavia-failure-").FullName;
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(60));

    public void Dispose()
    {
        _timeout.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Ends_what_a_finished_process_has_left_behind_at_once()
    {
        await using var builder = DistributedApplicationTestingBuilder.Create();
        Shell(builder, "step", "sleep 300 & echo $! > left");
        await using var app = await StartAsync(builder);
        await app.ResourceNotifications.WaitForResourceAsync("step", KnownResourceStates.Finished, _timeout.Token);

        var left = (await File.ReadAllTextAsync(Path.Combine(_folder, "left"), _timeout.Token)).Trim();
        while (Lives(left))
            await Task.Delay(20, _timeout.Token);
    }

    [Fact]
    public async Task Publishes_the_end_of_a_process_before_the_start_of_the_next()
    {
        await using var builder = DistributedApplicationTestingBuilder.Create();
        Shell(builder, "service", "exec sleep 300");
        await using var app = await StartAsync(builder);
        var states = StatesAsync(app, "service", count: 16);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("service", _timeout.Token);
        for (var i = 0; i < 4; i++)
            Assert.True((await app.ResourceCommands.ExecuteCommandAsync("service", KnownResourceCommands.RestartCommand, _timeout.Token)).Success);

        var afterFirst = (await states).SkipWhile(s => s != KnownResourceStates.Running).Skip(1).Take(8);
        string[] once = [KnownResourceStates.Stopping, KnownResourceStates.Finished, KnownResourceStates.Starting, KnownResourceStates.Running];
        Assert.Equal([.. once, .. once], afterFirst);
    }

    [Fact]
    public async Task Names_what_has_ended_without_being_healthy()
    {
        await using var builder = DistributedApplicationTestingBuilder.Create();
        var log = LogLines.Of(builder);
        Shell(builder, "good", "exec sleep 300");
        Shell(builder, "bad", "exit 3").WithHttpEndpoint().WithHttpHealthCheck();
        await using var app = await StartAsync(builder);
        Assert.StartsWith("The system is not complete without 'bad'", await log.WaitForAsync("not complete", _timeout.Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Neither_waits_for_the_dashboard_nor_stops_it_before_the_rest()
    {
        var tools = Directory.CreateDirectory(Path.Combine(_folder, "tools/aspire-dashboard")).FullName;
        var dashboard = Path.Combine(tools, "aspire-managed");
        await File.WriteAllTextAsync(dashboard, $"#!/bin/sh\ntrap 'echo dashboard >> {_folder}/order; exit 0' TERM\nwhile :; do sleep 0.05; done\n", _timeout.Token);
        File.SetUnixFileMode(dashboard, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var builder = DistributedApplication.CreateBuilder(
            [$"--OCTAVIA_TOOLS={_folder}/tools", $"--OCTAVIA_DATA={_folder}", $"--OCTAVIA_LOGS={_folder}/logs", "--DcpPublisher:RandomizePorts=true"]);
        var log = LogLines.Of(builder);
        var service = Shell(builder, "service", "trap 'echo service >> order; exit 0' TERM; while :; do sleep 0.05; done");
        Shell(builder, "front", "trap 'sleep 0.3; echo front >> order; exit 0' TERM; while :; do sleep 0.05; done").WaitFor(service);
        await using var app = builder.Build();
        await app.StartAsync(_timeout.Token);

        // Nothing answers at the dashboard's address: it never becomes healthy.
        await log.WaitForAsync("All resources are healthy", _timeout.Token);
        await app.StopAsync(_timeout.Token);
        Assert.Equal(["front", "service", "dashboard"], await File.ReadAllLinesAsync(Path.Combine(_folder, "order"), _timeout.Token));
    }

    [Fact]
    public async Task Says_which_version_of_Postgres_the_data_need()
    {
        var cluster = Directory.CreateDirectory(Path.Combine(_folder, "postgres-data/pgdata")).FullName;
        await File.WriteAllTextAsync(Path.Combine(cluster, "PG_VERSION"), "9\n", _timeout.Token);
        await using var builder = DistributedApplicationTestingBuilder.Create($"--OCTAVIA_DATA={_folder}");
        var log = LogLines.Of(builder);
        builder.AddPostgres("postgres").WithDataVolume();
        await using var app = await StartAsync(builder);

        await app.ResourceNotifications.WaitForResourceAsync("postgres", KnownResourceStates.FailedToStart, _timeout.Token);
        Assert.Contains("is of PostgreSQL 9: install it with 'apt-get install postgresql-9'", await log.WaitForAsync("failed to start", _timeout.Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_a_data_folder_that_another_AppHost_uses()
    {
        await using var first = DistributedApplicationTestingBuilder.Create($"--OCTAVIA_DATA={_folder}");
        await using var running = await StartAsync(first);
        await using var second = DistributedApplicationTestingBuilder.Create($"--OCTAVIA_DATA={_folder}");
        var failure = await Assert.ThrowsAsync<DistributedApplicationException>(() => StartAsync(second));
        Assert.StartsWith($"Octavia runs already with the data in {_folder}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_that_the_data_folder_is_somebody_elses()
    {
        // Opening a folder as a file fails as opening a file of another user does, for root too.
        Directory.CreateDirectory(Path.Combine(_folder, ".lock"));
        await using var builder = DistributedApplicationTestingBuilder.Create($"--OCTAVIA_DATA={_folder}");
        var failure = await Assert.ThrowsAsync<DistributedApplicationException>(() => StartAsync(builder));
        Assert.StartsWith($"{_folder} belongs to another user", failure.Message, StringComparison.Ordinal);
    }

    private static bool Lives(string process)
    {
        try
        {
            // A zombie has ended; whether somebody collects it is not our matter.
            return !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private async Task<List<string>> StatesAsync(DistributedApplication app, string resource, int count)
    {
        var states = new List<string>();
        await foreach (var update in app.ResourceNotifications.WatchAsync(_timeout.Token))
        {
            if (update.Resource.Name == resource && update.Snapshot.State is { Text: var state } && states.LastOrDefault() != state)
                states.Add(state);
            if (states.Count == count)
                break;
        }

        return states;
    }

    private IResourceBuilder<ExecutableResource> Shell(IDistributedApplicationBuilder builder, string name, string script) =>
        builder.AddExecutable(name, "sh", _folder, "-c", script);

    private async Task<DistributedApplication> StartAsync(IDistributedApplicationTestingBuilder builder)
    {
        var app = await builder.BuildAsync(_timeout.Token);
        await app.StartAsync(_timeout.Token);
        return app;
    }
}
