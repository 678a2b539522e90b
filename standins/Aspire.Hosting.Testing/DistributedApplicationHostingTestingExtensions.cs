using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Testing;

public static class DistributedApplicationHostingTestingExtensions
{
    public static HttpClient CreateHttpClient(this DistributedApplication app, string resourceName, string? endpointName = null) =>
        new() { BaseAddress = app.GetEndpoint(resourceName, endpointName) };

    public static ValueTask<string?> GetConnectionStringAsync(
        this DistributedApplication app, string resourceName, CancellationToken cancellationToken = default) =>
        Find(app, resourceName) is IResourceWithConnectionString resource
            ? resource.GetConnectionStringAsync(cancellationToken)
            : throw new ArgumentException($"'{resourceName}' has no connection string.", nameof(resourceName));

    public static Uri GetEndpoint(this DistributedApplication app, string resourceName, string? endpointName = null)
    {
        var resource = Find(app, resourceName) as IResourceWithEndpoints
            ?? throw new ArgumentException($"'{resourceName}' has no endpoints.", nameof(resourceName));
        return new Uri(new EndpointReference(resource, endpointName ?? "http").Url);
    }

    private static IResource Find(DistributedApplication app, string name) =>
        app.Services.GetRequiredService<IDistributedApplicationBuilder>().Resources.FirstOrDefault(r => r.Name == name)
        ?? throw new ArgumentException($"There is no resource '{name}'.", nameof(name));
}
