using System.Net;
using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Octavia.ServiceTests.Hosting;

/// <summary>Order, restarts, data and failures, on shell scripts and real servers.</summary>
public sealed class OrchestrationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("octavia-orchestration-").FullName;
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromSeconds(60));

    public void Dispose()
    {
        _timeout.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Waits_for_the_database_and_for_the_end_of_the_step_before()
    {
        await using var builder = DistributedApplicationTestingBuilder.Create();
        var database = builder.AddPostgres("postgres").AddDatabase("octavia");
        var media = builder.AddAzureStorage("storage").RunAsEmulator().AddBlobContainer("media");
        var step = Shell(builder, "step", "echo step $ConnectionStrings__octavia >> order; sleep 0.5; echo done >> order")
            .WithReference(database).WaitFor(database)
            .WithReference(media).WaitFor(media);
        Shell(builder, "service", "echo service >> order; sleep 60").WaitForCompletion(step);
        await using var app = await StartAsync(builder);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("service", _timeout.Token);

        Assert.Equal([$"step {await app.GetConnectionStringAsync("octavia", _timeout.Token)}", "done", "service"], await LinesAsync("order", 3));
    }

    [Fact]
    public async Task Does_not_start_what_waits_for_a_step_that_fails()
    {
        await using var builder = DistributedApplicationTestingBuilder.Create();
        var step = Shell(builder, "step", "exit 3");
        Shell(builder, "service", "echo started >> order").WaitForCompletion(step);
        await using var app = await StartAsync(builder);

        await app.ResourceNotifications.WaitForResourceAsync("service", KnownResourceStates.FailedToStart, _timeout.Token);
        await Assert.ThrowsAsync<DistributedApplicationException>(
            () => app.ResourceNotifications.WaitForResourceHealthyAsync("service", _timeout.Token));
        Assert.False(File.Exists(Path.Combine(_folder, "order")));
    }

    [Fact]
    public async Task Shows_the_process_and_starts_it_again_only_when_told()
    {
        await using var builder = DistributedApplicationTestingBuilder.Create();
        Shell(builder, "service", "sleep 60");
        await using var app = await StartAsync(builder);
        var first = await app.ResourceNotifications.WaitForResourceHealthyAsync("service", _timeout.Token);
        var pid = Pid(first);
        Assert.Contains("sleep", await File.ReadAllTextAsync($"/proc/{pid}/cmdline", _timeout.Token), StringComparison.Ordinal);

        System.Diagnostics.Process.GetProcessById(pid).Kill();
        var end = await app.ResourceNotifications.WaitForResourceAsync(
            "service", e => e.Snapshot.State?.Text == KnownResourceStates.Finished, _timeout.Token);
        Assert.Equal(137, end.Snapshot.ExitCode);
        await Task.Delay(500, _timeout.Token);
        Assert.True(app.ResourceNotifications.TryGetCurrentState(first.ResourceId, out var still));
        Assert.Equal(KnownResourceStates.Finished, still.Snapshot.State?.Text);

        Assert.True((await app.ResourceCommands.ExecuteCommandAsync(first.ResourceId, KnownResourceCommands.StartCommand, _timeout.Token)).Success);
        var second = await app.ResourceNotifications.WaitForResourceHealthyAsync("service", _timeout.Token);
        Assert.NotEqual(pid, Pid(second));

        Assert.False((await app.ResourceCommands.ExecuteCommandAsync(first.ResourceId, KnownResourceCommands.StartCommand, _timeout.Token)).Success);
        Assert.True((await app.ResourceCommands.ExecuteCommandAsync("service", KnownResourceCommands.RestartCommand, _timeout.Token)).Success);
        var third = await app.ResourceNotifications.WaitForResourceHealthyAsync("service", _timeout.Token);
        Assert.NotEqual(Pid(second), Pid(third));
        Assert.False(Directory.Exists($"/proc/{Pid(second)}"));
    }

    [Fact]
    public async Task Keeps_volumes_and_passwords_from_run_to_run()
    {
        for (var run = 1; run <= 2; run++)
        {
            await using var builder = DistributedApplicationTestingBuilder.Create($"--OCTAVIA_DATA={_folder}");
            builder.AddPostgres("postgres").WithDataVolume().AddDatabase("octavia");
            builder.AddRedis("redis").WithDataVolume().WithPersistence(TimeSpan.FromSeconds(1));
            await using var app = await StartAsync(builder);
            await app.ResourceNotifications.WaitForResourceHealthyAsync("octavia", _timeout.Token);
            await app.ResourceNotifications.WaitForResourceHealthyAsync("redis", _timeout.Token);

            await using var postgres = NpgsqlDataSource.Create((await app.GetConnectionStringAsync("octavia", _timeout.Token))!);
            await postgres.CreateCommand("CREATE TABLE IF NOT EXISTS runs (id int); INSERT INTO runs VALUES (1)").ExecuteNonQueryAsync(_timeout.Token);
            Assert.Equal((long)run, await postgres.CreateCommand("SELECT count(*) FROM runs").ExecuteScalarAsync(_timeout.Token));

            await using var redis = await ConnectionMultiplexer.ConnectAsync((await app.GetConnectionStringAsync("redis", _timeout.Token))!);
            Assert.Equal(run, await redis.GetDatabase().StringIncrementAsync("runs"));
        }
    }

    [Fact]
    public async Task Says_which_port_is_taken()
    {
        using var taker = new TcpListener(IPAddress.Loopback, 0);
        taker.Start();
        var port = ((IPEndPoint)taker.LocalEndpoint).Port;
        await using var builder = DistributedApplicationTestingBuilder.Create("--DcpPublisher:RandomizePorts=false");
        Shell(builder, "service", "sleep 60").WithHttpEndpoint(port: port);
        await using var app = await builder.BuildAsync(_timeout.Token);

        var failure = await Assert.ThrowsAsync<DistributedApplicationException>(() => app.StartAsync(_timeout.Token));
        Assert.StartsWith($"Port {port} of 'service' is taken by another program", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gives_each_replica_a_port_and_counts_any_answer_as_health()
    {
        await using var builder = DistributedApplicationTestingBuilder.Create();
        var redis = builder.AddRedis("redis");
        var service = builder.AddProject<Projects.Octavia_Web>("service").WithReplicas(2).WithHttpEndpoint().WithHttpHealthCheck("/health")
            .WithReference(redis).WaitFor(redis);
        Shell(builder, "caller", "echo $services__service__http__0 > address; sleep 60").WithReference(service);
        await using var app = await StartAsync(builder);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("service", _timeout.Token);

        var replicas = new Dictionary<string, ResourceEvent>();
        await foreach (var update in app.ResourceNotifications.WatchAsync(_timeout.Token))
        {
            if (update.Resource.Name == "service" && update.Snapshot.HealthStatus == HealthStatus.Healthy)
                replicas[update.ResourceId] = update;
            if (replicas.Count == 2)
                break;
        }

        Assert.Equal(2, replicas.Values.Select(r => Assert.Single(r.Snapshot.Urls).Url).Distinct().Count());
        Assert.Equal(2, replicas.Values.Select(Pid).Distinct().Count());
        Assert.Equal([app.GetEndpoint("service").ToString().TrimEnd('/')], await LinesAsync("address", 1));
    }

    private static int Pid(ResourceEvent state) => Assert.IsType<int>(state.Snapshot.Properties.Single(p => p.Name == "executable.pid").Value);

    private IResourceBuilder<ExecutableResource> Shell(IDistributedApplicationBuilder builder, string name, string script) =>
        builder.AddExecutable(name, "sh", _folder, "-c", script);

    private async Task<DistributedApplication> StartAsync(IDistributedApplicationTestingBuilder builder)
    {
        var app = await builder.BuildAsync(_timeout.Token);
        await app.StartAsync(_timeout.Token);
        return app;
    }

    private async Task<string[]> LinesAsync(string name, int count)
    {
        var path = Path.Combine(_folder, name);
        while (!File.Exists(path) || (await File.ReadAllLinesAsync(path, _timeout.Token)).Length < count)
            await Task.Delay(50, _timeout.Token);
        return await File.ReadAllLinesAsync(path, _timeout.Token);
    }
}
