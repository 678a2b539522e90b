using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Azure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Local;

/// <summary>Starts every resource once what it waits for is there, and stops them in reverse.</summary>
internal sealed partial class Orchestrator(
    IDistributedApplicationBuilder builder,
    ResourceNotificationService notifications,
    HealthMonitor health,
    ProcessHost processes,
    ResourceLog output,
    DataFolder data,
    ILogger<DistributedApplication> logger) : IHostedService, IDisposable
{
    // A service has nothing to lose: what it did not finish is taken up again. A server writes its data down first.
    private static readonly TimeSpan ServicePatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ServerPatience = TimeSpan.FromSeconds(15);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _tasks = [];
    private ImmutableArray<Replica> _replicas = [];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Check();
        Ports.Allocate(builder.Resources, builder.Configuration.GetValue<bool>("DcpPublisher:RandomizePorts"));
        _replicas = [.. builder.Resources.Where(r => r is not ParameterResource).SelectMany(Replicas)];
        LogStarting();
        foreach (var group in _replicas.GroupBy(r => r.Resource))
        {
            var replicas = group.ToList();
            _tasks.AddRange(replicas.Select(r => Run(() => StartWhenReadyAsync(r, _stopping.Token))));
            _tasks.Add(Run(() => health.WatchAsync(group.Key, replicas, _stopping.Token)));
        }

        _tasks.Add(Run(() => AnnounceAsync(_stopping.Token)));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_tasks);

        // What others wait for stops after them.
        var left = _replicas.Where(r => r.Process is not null).ToList();
        while (left.Count > 0)
        {
            var needed = left.SelectMany(r => r.Resource.All<WaitAnnotation>()).Select(w => w.Resource).ToHashSet();
            // All send it their last telemetry, and try for long when it is gone.
            if (left.Exists(r => r.Resource is not DashboardResource))
                needed.UnionWith(left.Select(r => r.Resource).OfType<DashboardResource>());
            var now = left.Where(r => !needed.Contains(r.Resource)).ToList();
            now = now.Count > 0 ? now : left;
            await Task.WhenAll(now.Select(StopAsync));
            left = [.. left.Except(now)];
        }
    }

    /// <summary>The replica of this id, or all replicas of the resource of this name.</summary>
    public IReadOnlyList<Replica> Find(string idOrName)
    {
        var found = _replicas.Where(r => r.Id == idOrName).ToList();
        found = found.Count > 0 ? found : [.. _replicas.Where(r => r.Resource.Name == idOrName)];
        return found.Count > 0 ? found : throw new DistributedApplicationException($"There is no resource '{idOrName}'.");
    }

    public async Task ExecuteAsync(Replica replica, string command, CancellationToken cancellationToken)
    {
        await replica.Turn.WaitAsync(cancellationToken);
        try
        {
            if (command is "stop" or "restart")
                await StopAsync(replica);
            if (command is "start" or "restart")
                await LaunchAsync(replica, cancellationToken);
            if (command is not ("start" or "stop" or "restart"))
                throw new DistributedApplicationException($"'{replica.Id}' has no command '{command}'.");
        }
        finally
        {
            replica.Turn.Release();
        }
    }

    public void Dispose()
    {
        foreach (var replica in _replicas)
            replica.Process?.Send(StopSignal.Kill);
        _stopping.Dispose();
    }

    private static IEnumerable<Replica> Replicas(IResource resource) => Enumerable.Range(0, resource.Replicas()).Select(i => new Replica(
        resource, i, resource is ProjectResource or ExecutableResource ? $"{resource.Name}-{RandomNumberGenerator.GetString("bcdfghjkmnpqrstvwxyz", 8)}" : resource.Name));

    private void Check()
    {
        data.Claim();
        var missing = builder.Resources.SelectMany(r => r.All<ProcessAnnotation>()).Select(p => p.Missing()).OfType<string>().ToList();
        missing.AddRange(new[] { "setsid", "setpriv" }.Where(p => Programs.Find(p) is null)
            .Select(p => $"{p} is missing: install it with 'apt-get install util-linux'."));
        if (missing.Count > 0)
            throw new DistributedApplicationException(string.Join(Environment.NewLine, missing.Distinct()));
    }

    private async Task StartWhenReadyAsync(Replica replica, CancellationToken cancellationToken)
    {
        try
        {
            await SetStateAsync(replica, KnownResourceStates.Waiting);
            await notifications.WaitForDependenciesAsync(replica.Resource, cancellationToken);
            if (replica.Resource.Last<MadeInParentAnnotation>() is { } child)
                await MakeInParentAsync(replica, child, cancellationToken);
            else
                await LaunchAsync(replica, cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(replica.Resource.Name, failure.Message);
            await SetStateAsync(replica, KnownResourceStates.FailedToStart);
        }
    }

    private async Task MakeInParentAsync(Replica replica, MadeInParentAnnotation child, CancellationToken cancellationToken)
    {
        await notifications.WaitForResourceHealthyAsync(child.Parent.Name, cancellationToken);
        await child.MakeAsync(cancellationToken);
        await notifications.PublishUpdateAsync(replica.Resource, replica.Id, s => s with
        {
            State = KnownResourceStates.Running,
            StartTimeStamp = DateTime.UtcNow,
            HealthReports = HealthMonitor.Unknown(replica.Resource),
        });
    }

    private async Task LaunchAsync(Replica replica, CancellationToken cancellationToken)
    {
        var annotation = replica.Resource.Last<ProcessAnnotation>()
            ?? throw new DistributedApplicationException($"The stand-in cannot run '{replica.Resource.Name}' on this machine.");
        if (replica.Process is { Exit.IsCompleted: false })
            throw new DistributedApplicationException($"'{replica.Id}' runs already.");

        // Else the end of the last process could be published after the start of this one.
        await replica.End;
        await SetStateAsync(replica, KnownResourceStates.Starting);
        var spec = await annotation.Prepare(replica, cancellationToken);
        spec = spec with { Arguments = [.. spec.Arguments, .. replica.Resource.All<ArgumentsAnnotation>().SelectMany(a => a.Values)] };
        var environment = await ProcessEnvironment.ForAsync(replica, cancellationToken);
        var child = await processes.StartAsync(spec, environment, output.For(replica));
        replica.Process = child;
        await notifications.PublishUpdateAsync(replica.Resource, replica.Id, s => s with
        {
            State = KnownResourceStates.Running,
            StartTimeStamp = DateTime.UtcNow,
            StopTimeStamp = null,
            ExitCode = null,
            Properties = Facts(replica, spec, child),
            Urls = ProcessEnvironment.Urls(replica),
            EnvironmentVariables = [.. environment.Select(e => new EnvironmentVariableSnapshot(e.Key, e.Value, IsFromSpec: true))],
            HealthReports = HealthMonitor.Unknown(replica.Resource),
        });
        replica.End = PublishExitAsync(replica, child);
    }

    private static ImmutableArray<ResourcePropertySnapshot> Facts(Replica replica, ProcessSpec spec, ChildProcess child) =>
    [
        new("executable.path", spec.FileName),
        new("executable.workDir", spec.WorkingDirectory),
        new("executable.pid", child.Id),
        .. replica.Resource.All<IProjectMetadata>().Select(p => new ResourcePropertySnapshot("project.path", p.ProjectPath)),
    ];

    private async Task PublishExitAsync(Replica replica, ChildProcess child)
    {
        var exitCode = await child.Exit;
        if (exitCode != 0 && !_stopping.IsCancellationRequested)
            LogExited(replica.Id, exitCode.ToString(CultureInfo.InvariantCulture));
        await notifications.PublishUpdateAsync(replica.Resource, replica.Id, s => s with
        {
            State = replica.Resource is ProjectResource or ExecutableResource ? KnownResourceStates.Finished : KnownResourceStates.Exited,
            ExitCode = exitCode,
            StopTimeStamp = DateTime.UtcNow,
        });
    }

    private async Task StopAsync(Replica replica)
    {
        if (replica.Process is not { } child)
            return;
        if (!child.Exit.IsCompleted)
            await SetStateAsync(replica, KnownResourceStates.Stopping);
        await child.StopAsync(replica.Resource is ContainerResource or AzureStorageResource ? ServerPatience : ServicePatience);
        await replica.End;
    }

    /// <summary>Says that the system is there, or, meanwhile, why it is not. The dashboard is no part of it: everything works without.</summary>
    private async Task AnnounceAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_replicas.Select(r => r.Resource).Distinct().Where(r => r is not DashboardResource).Select(async resource =>
        {
            var isStep = builder.Resources.SelectMany(r => r.All<WaitAnnotation>())
                .Any(w => w.Resource == resource && w.WaitType == WaitType.WaitForCompletion);
            bool IsThere(ResourceEvent now) => isStep ? now.Snapshot.ExitCode == 0 : now.Snapshot.HealthStatus == HealthStatus.Healthy;

            var first = await notifications.WaitForResourceAsync(
                resource.Name, e => IsThere(e) || KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text), cancellationToken);
            if (IsThere(first))
                return;
            LogIncomplete(resource.Name);
            // Somebody may start it again.
            await notifications.WaitForResourceAsync(resource.Name, IsThere, cancellationToken);
        }));
        LogHealthy();
        ResourceLog.Announce(Addresses());
    }

    private IEnumerable<(string Name, string Url)> Addresses()
    {
        foreach (var replica in _replicas)
        {
            var urls = notifications.TryGetCurrentState(replica.Id, out var now) ? now.Snapshot.Urls : [];
            foreach (var url in urls.Where(u => !u.IsInternal))
                yield return (url.DisplayProperties.DisplayName is { Length: > 0 } shown ? shown : replica.Resource.Name, url.Url);
        }

        if (_replicas.FirstOrDefault(r => r is { Resource: DashboardResource, Process.Exit.IsCompleted: false })?.Resource is DashboardResource dashboard)
            yield return ("Dashboard", dashboard.LoginUrl);
    }

    private Task SetStateAsync(Replica replica, string state) =>
        notifications.PublishUpdateAsync(replica.Resource, replica.Id, s => s with { State = state });

    private async Task Run(Func<Task> work)
    {
        try
        {
            await Task.Run(work);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The application stops; so does the wait for its resources.
        }
        catch (Exception failure)
        {
            LogBroken(failure);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Distributed application starting.")]
    private partial void LogStarting();

    [LoggerMessage(Level = LogLevel.Information, Message = "All resources are healthy. Press Ctrl+C to shut down.")]
    private partial void LogHealthy();

    [LoggerMessage(Level = LogLevel.Error, Message = "The system is not complete without '{Resource}', which has ended: its lines above say why. Put that right and start again.")]
    private partial void LogIncomplete(string resource);

    [LoggerMessage(Level = LogLevel.Error, Message = "'{Resource}' failed to start: {Reason}")]
    private partial void LogFailed(string resource, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "'{Replica}' ended with exit code {ExitCode}.")]
    private partial void LogExited(string replica, string exitCode);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The stand-in is broken.")]
    private partial void LogBroken(Exception failure);
}
