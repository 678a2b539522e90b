using Aspire.Hosting.Local;

namespace Aspire.Hosting.ApplicationModel;

public sealed class ExecuteCommandResult
{
    public required bool Success { get; init; }

    public string? Message { get; init; }
}

/// <summary>Starts, stops and restarts one replica (by its id) or a resource with a single one (by its name).</summary>
public class ResourceCommandService
{
    private readonly Orchestrator _orchestrator;

    internal ResourceCommandService(Orchestrator orchestrator) => _orchestrator = orchestrator;

    public Task<ExecuteCommandResult> ExecuteCommandAsync(IResource resource, string commandName, CancellationToken cancellationToken = default) =>
        ExecuteCommandAsync(resource.Name, commandName, cancellationToken);

    public async Task<ExecuteCommandResult> ExecuteCommandAsync(string resourceId, string commandName, CancellationToken cancellationToken = default)
    {
        try
        {
            foreach (var replica in _orchestrator.Find(resourceId))
                await _orchestrator.ExecuteAsync(replica, commandName, cancellationToken);
            return new ExecuteCommandResult { Success = true };
        }
        catch (DistributedApplicationException failure)
        {
            return new ExecuteCommandResult { Success = false, Message = failure.Message };
        }
    }
}
