using System.Threading.Channels;
using Aspire.Hosting.Testing;
using Hangfire;
using Hangfire.States;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Octavia.Jobs.Queue;
using Octavia.ServiceDefaults;
using Xunit;

namespace Octavia.ServiceTests;

/// <summary>A worker's queue while its disk is low. The worker is the test; the queue is real.</summary>
public class DiskTests(ServiceSystem system)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_worker_without_room_leaves_jobs_to_others_and_goes_on_by_itself()
    {
        using var limit = new CancellationTokenSource(Patience);
        var options = new Options();
        var disk = new DiskSpace(Path.GetTempPath(), options);
        var database = (await system.App.GetConnectionStringAsync(ResourceNames.Database, limit.Token))!;
        var lane = $"test-{Guid.NewGuid():N}";
        var queue = new BackgroundJobClient(HangfireQueue.Storage(database));
        var mine = new Runner();
        using var server = Start(mine, HangfireQueue.Storage(database, () => disk.HasRoom, [lane]), lane);
        Assert.Equal(Enqueue(), await mine.Taken.ReadAsync(limit.Token));
        Assert.Equal(HealthStatus.Healthy, (await disk.CheckHealthAsync(new(), limit.Token)).Status);

        // While it waits for the next one.
        options.CurrentValue = new DiskOptions { MinFreeMegabytes = int.MaxValue };
        var health = await disk.CheckHealthAsync(new(), limit.Token);
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Contains($"{int.MaxValue} MB are the least", health.Description, StringComparison.Ordinal);
        var second = Enqueue();
        await Task.Delay(TimeSpan.FromSeconds(2), limit.Token);
        var other = new Runner();
        using (Start(other, HangfireQueue.Storage(database, () => true, [lane]), lane)) Assert.Equal(second, await other.Taken.ReadAsync(limit.Token));

        var third = Enqueue();
        await Task.Delay(TimeSpan.FromSeconds(2), limit.Token);
        Assert.False(mine.Taken.TryRead(out _));
        options.CurrentValue = new DiskOptions { MinFreeMegabytes = 0 };
        Assert.Equal(third, await mine.Taken.ReadAsync(limit.Token));

        Guid Enqueue()
        {
            var id = Guid.NewGuid();
            queue.Create(Hangfire.Common.Job.FromExpression<IJobRunner>(runner => runner.RunAsync(id, id, CancellationToken.None)), new EnqueuedState(lane));
            return id;
        }
    }

    static BackgroundJobServer Start(Runner runner, JobStorage storage, string lane) =>
        new(new BackgroundJobServerOptions { Queues = [lane], WorkerCount = 1, Activator = runner, StopTimeout = TimeSpan.FromSeconds(1) }, storage);

    sealed class Runner : JobActivator, IJobRunner
    {
        readonly Channel<Guid> taken = Channel.CreateUnbounded<Guid>();

        public ChannelReader<Guid> Taken => taken.Reader;

        public override object ActivateJob(Type jobType) => this;

        public Task RunAsync(Guid jobId, Guid holdId, CancellationToken ct) => taken.Writer.WriteAsync(jobId, ct).AsTask();
    }

    sealed class Options : IOptionsMonitor<DiskOptions>
    {
        public DiskOptions CurrentValue { get; set; } = new() { MinFreeMegabytes = 0 };

        public DiskOptions Get(string? name) => CurrentValue;

        public IDisposable? OnChange(Action<DiskOptions, string?> listener) => null;
    }
}
