using System.Collections.Immutable;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Local;

/// <summary>What a replica is told: its references, its ports, its name in the telemetry.</summary>
internal static class ProcessEnvironment
{
    public static async Task<IReadOnlyDictionary<string, string>> ForAsync(Replica replica, CancellationToken cancellationToken)
    {
        var context = new EnvironmentCallbackContext();
        foreach (var annotation in replica.Resource.All<EnvironmentCallbackAnnotation>())
            await annotation.Callback(context);

        var environment = new Dictionary<string, string>();
        foreach (var (name, value) in context.EnvironmentVariables)
        {
            environment[name] = value is IValueProvider provider
                ? await provider.GetValueAsync(cancellationToken) ?? ""
                : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        }

        AddPorts(replica, environment);
        if (replica.Resource is ProjectResource)
        {
            environment["OTEL_SERVICE_NAME"] = replica.Resource.Name;
            environment["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={replica.Id[(replica.Resource.Name.Length + 1)..]}";
        }

        return environment;
    }

    /// <summary>The addresses for people, as the AppHost wants them shown.</summary>
    public static ImmutableArray<UrlSnapshot> Urls(Replica replica) => [.. replica.Resource.All<EndpointAnnotation>().Select(endpoint =>
    {
        var url = new ResourceUrlAnnotation { Url = Address(endpoint, replica) };
        foreach (var change in replica.Resource.All<UrlCallbackAnnotation>().Where(c => c.EndpointName == endpoint.Name))
            change.Callback(url);
        return new UrlSnapshot(endpoint.Name, url.Url, IsInternal: !endpoint.IsExternal) { DisplayProperties = new(url.DisplayText ?? "") };
    })];

    private static void AddPorts(Replica replica, Dictionary<string, string> environment)
    {
        var endpoints = replica.Resource.All<EndpointAnnotation>().ToList();
        foreach (var endpoint in endpoints.Where(e => e.PortVariable is not null))
            environment[endpoint.PortVariable!] = endpoint.ReplicaPorts[replica.Index].ToString(CultureInfo.InvariantCulture);

        var own = endpoints.Where(e => e.PortVariable is null && e.UriScheme == "http").Select(e => Address(e, replica)).ToList();
        if (replica.Resource is ProjectResource && own.Count > 0)
            environment["ASPNETCORE_URLS"] = string.Join(';', own);
    }

    private static string Address(EndpointAnnotation endpoint, Replica replica) =>
        $"{endpoint.UriScheme}://{endpoint.TargetHost}:{endpoint.ReplicaPorts[replica.Index]}";
}
