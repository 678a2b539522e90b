namespace Aspire.Hosting.ApplicationModel;

public sealed class EndpointAnnotation : IResourceAnnotation
{
    internal EndpointAnnotation(string name, string uriScheme, int? port)
    {
        Name = name;
        UriScheme = uriScheme;
        Port = port;
    }

    public string Name { get; set; }

    public string UriScheme { get; set; }

    public int? Port { get; set; }

    public string TargetHost { get; set; } = "localhost";

    public bool IsExternal { get; set; }

    /// <summary>The environment variable that tells the process its port.</summary>
    internal string? PortVariable { get; init; }

    /// <summary>One port a replica, given when the application starts.</summary>
    internal IReadOnlyList<int> ReplicaPorts { get; set; } = [];
}

public sealed class EndpointReference(IResourceWithEndpoints owner, string endpointName) : IValueProvider
{
    public IResourceWithEndpoints Resource { get; } = owner;

    public string EndpointName { get; } = endpointName;

    public EndpointAnnotation EndpointAnnotation => Resource.All<EndpointAnnotation>().FirstOrDefault(e => e.Name == EndpointName)
        ?? throw new InvalidOperationException($"The resource '{Resource.Name}' has no endpoint '{EndpointName}'.");

    public bool Exists => Resource.All<EndpointAnnotation>().Any(e => e.Name == EndpointName);

    public bool IsAllocated => EndpointAnnotation.ReplicaPorts.Count > 0;

    public string Scheme => EndpointAnnotation.UriScheme;

    public string Host => EndpointAnnotation.TargetHost;

    public int Port => IsAllocated
        ? EndpointAnnotation.ReplicaPorts[0]
        : throw new InvalidOperationException($"The endpoint '{EndpointName}' of '{Resource.Name}' has no port before the application starts.");

    public string Url => $"{Scheme}://{Host}:{Port}";

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<string?>(Url);
}
