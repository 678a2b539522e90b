namespace Aspire.Hosting.ApplicationModel;

public enum WaitType
{
    WaitUntilHealthy = 0,
    WaitForCompletion = 1,
}

public enum WaitBehavior
{
    WaitOnResourceUnavailable = 0,
    StopOnResourceUnavailable = 1,
}

public sealed class WaitAnnotation(IResource resource, WaitType waitType, int exitCode = 0) : IResourceAnnotation
{
    public IResource Resource { get; } = resource;

    public WaitType WaitType { get; } = waitType;

    public int ExitCode { get; } = exitCode;
}

public sealed class ReplicaAnnotation(int replicas = 1) : IResourceAnnotation
{
    public int Replicas { get; } = replicas;
}

public class HealthCheckAnnotation(string key) : IResourceAnnotation
{
    public string Key { get; } = key;
}

public class EnvironmentCallbackContext
{
    internal EnvironmentCallbackContext()
    {
    }

    /// <summary>Values are text or an <see cref="IValueProvider"/>.</summary>
    public Dictionary<string, object> EnvironmentVariables { get; } = [];
}

public class EnvironmentCallbackAnnotation(Func<EnvironmentCallbackContext, Task> callback) : IResourceAnnotation
{
    public Func<EnvironmentCallbackContext, Task> Callback { get; } = callback;
}

public sealed class ResourceUrlAnnotation : IResourceAnnotation
{
    public required string Url { get; set; }

    public string? DisplayText { get; set; }

    public EndpointReference? Endpoint { get; init; }
}

internal sealed record ArgumentsAnnotation(IReadOnlyList<string> Values) : IResourceAnnotation;

internal sealed record UrlCallbackAnnotation(string EndpointName, Action<ResourceUrlAnnotation> Callback) : IResourceAnnotation;

internal static class Annotated
{
    public static IEnumerable<T> All<T>(this IResource resource) where T : IResourceAnnotation => resource.Annotations.OfType<T>();

    public static T? Last<T>(this IResource resource) where T : IResourceAnnotation => resource.Annotations.OfType<T>().LastOrDefault();

    /// <summary>Databases and blob services show their connection string only through the interface, as in Aspire.</summary>
    public static ValueTask<string?> AskConnectionStringAsync(this IResourceWithConnectionString resource, CancellationToken cancellationToken) =>
        resource.GetConnectionStringAsync(cancellationToken);

    public static int Replicas(this IResource resource) => resource.Last<ReplicaAnnotation>()?.Replicas ?? 1;
}
