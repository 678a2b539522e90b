using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The state of every resource: who publishes it, who waits for it, who watches it.</summary>
public class ResourceNotificationService : IDisposable
{
    private readonly ConcurrentDictionary<string, ResourceEvent> _current = new();
    private readonly Lock _gate = new();
    private ImmutableList<Channel<ResourceEvent>> _watchers = [];

    internal ResourceNotificationService()
    {
    }

    internal WaitBehavior DefaultWaitBehavior { get; set; }

    public bool TryGetCurrentState(string resourceId, [NotNullWhen(true)] out ResourceEvent? resourceEvent) =>
        _current.TryGetValue(resourceId, out resourceEvent);

    public Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory) =>
        PublishUpdateAsync(resource, resource.Name, stateFactory);

    public Task PublishUpdateAsync(IResource resource, string resourceId, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        lock (_gate)
        {
            var before = _current.TryGetValue(resourceId, out var known) ? known.Snapshot : Initial(resource);
            var update = new ResourceEvent(resource, resourceId, stateFactory(before));
            _current[resourceId] = update;
            foreach (var watcher in _watchers)
                watcher.Writer.TryWrite(update);
        }

        return Task.CompletedTask;
    }

    /// <summary>The state of every resource now, then each change.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateUnbounded<ResourceEvent>();
        lock (_gate)
        {
            foreach (var known in _current.Values)
                channel.Writer.TryWrite(known);
            _watchers = _watchers.Add(channel);
        }

        try
        {
            await foreach (var update in channel.Reader.ReadAllAsync(cancellationToken))
                yield return update;
        }
        finally
        {
            lock (_gate)
                _watchers = _watchers.Remove(channel);
        }
    }

    public async Task<ResourceEvent> WaitForResourceAsync(
        string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        await foreach (var update in WatchAsync(cancellationToken))
        {
            if (update.Resource.Name == resourceName && predicate(update))
                return update;
        }

        throw new OperationCanceledException($"The application stopped before '{resourceName}' reached the awaited state.");
    }

    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, [targetState ?? KnownResourceStates.Running], cancellationToken);

    public async Task<string> WaitForResourceAsync(string resourceName, IEnumerable<string> targetStates, CancellationToken cancellationToken = default)
    {
        var targets = targetStates.ToHashSet();
        var reached = await WaitForResourceAsync(resourceName, e => targets.Contains(e.Snapshot.State?.Text ?? ""), cancellationToken);
        return reached.Snapshot.State!.Text;
    }

    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceHealthyAsync(resourceName, DefaultWaitBehavior, cancellationToken);

    public async Task<ResourceEvent> WaitForResourceHealthyAsync(
        string resourceName, WaitBehavior waitBehavior, CancellationToken cancellationToken = default)
    {
        var reached = await WaitForResourceAsync(
            resourceName,
            e => e.Snapshot.HealthStatus == HealthStatus.Healthy
                || (waitBehavior == WaitBehavior.StopOnResourceUnavailable && IsOver(e.Snapshot)),
            cancellationToken);
        return reached.Snapshot.HealthStatus == HealthStatus.Healthy
            ? reached
            : throw new DistributedApplicationException(
                $"'{resourceName}' will not become healthy: it is {reached.Snapshot.State!.Text}, exit code {reached.Snapshot.ExitCode?.ToString() ?? "unknown"}.");
    }

    /// <summary>Returns once everything that the resource waits for is there; throws when that cannot happen any more.</summary>
    public Task WaitForDependenciesAsync(IResource resource, CancellationToken cancellationToken) =>
        Task.WhenAll(resource.All<WaitAnnotation>().Select(wait => wait.WaitType switch
        {
            WaitType.WaitForCompletion => WaitForCompletionAsync(resource, wait, cancellationToken),
            _ => WaitForResourceHealthyAsync(wait.Resource.Name, cancellationToken),
        }));

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var watcher in _watchers)
                watcher.Writer.TryComplete();
        }

        GC.SuppressFinalize(this);
    }

    private async Task WaitForCompletionAsync(IResource resource, WaitAnnotation wait, CancellationToken cancellationToken)
    {
        var end = await WaitForResourceAsync(wait.Resource.Name, e => IsOver(e.Snapshot), cancellationToken);
        if (end.Snapshot.State!.Text == KnownResourceStates.FailedToStart || end.Snapshot.ExitCode != wait.ExitCode)
            throw new DistributedApplicationException(
                $"'{resource.Name}' cannot start: '{wait.Resource.Name}' ended with exit code {end.Snapshot.ExitCode?.ToString() ?? "unknown"}, not {wait.ExitCode}.");
    }

    private static bool IsOver(CustomResourceSnapshot snapshot) => KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text);

    private static CustomResourceSnapshot Initial(IResource resource) => new()
    {
        ResourceType = resource switch
        {
            ProjectResource => "Project",
            ExecutableResource => "Executable",
            ContainerResource => "Container",
            ParameterResource => "Parameter",
            _ => resource.GetType().Name.Replace("Resource", "", StringComparison.Ordinal),
        },
        Properties = [],
        CreationTimeStamp = DateTime.UtcNow,
    };
}
