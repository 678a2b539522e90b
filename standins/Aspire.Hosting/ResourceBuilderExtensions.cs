using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting;

public static class ResourceBuilderExtensions
{
    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name) where T : IResourceWithEndpoints =>
        new(builder.Resource, name);

    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, params string[] args) where T : IResourceWithArgs =>
        builder.WithAnnotation(new ArgumentsAnnotation(args));

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, Action<EnvironmentCallbackContext> callback)
        where T : IResourceWithEnvironment =>
        builder.WithAnnotation(new EnvironmentCallbackAnnotation(context =>
        {
            callback(context);
            return Task.CompletedTask;
        }));

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value)
        where T : IResourceWithEnvironment => builder.WithEnvironment(c => c.EnvironmentVariables[name] = value ?? "");

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, Func<string> callback)
        where T : IResourceWithEnvironment => builder.WithEnvironment(c => c.EnvironmentVariables[name] = callback());

    public static IResourceBuilder<T> WithEnvironment<T>(
        this IResourceBuilder<T> builder, string name, IResourceBuilder<ParameterResource> parameter)
        where T : IResourceWithEnvironment => builder.WithEnvironment(c => c.EnvironmentVariables[name] = parameter.Resource);

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, EndpointReference endpointReference)
        where T : IResourceWithEnvironment => builder.WithEnvironment(c => c.EnvironmentVariables[name] = endpointReference);

    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder,
        IResourceBuilder<IResourceWithConnectionString> source,
        string? connectionName = null,
        bool optional = false)
        where TDestination : IResourceWithEnvironment =>
        builder.WithAnnotation(new EnvironmentCallbackAnnotation(async context =>
        {
            var value = await source.Resource.GetConnectionStringAsync();
            if (value is null && !optional)
                throw new DistributedApplicationException($"'{source.Resource.Name}' has no connection string for '{builder.Resource.Name}'.");
            if (value is not null)
                context.EnvironmentVariables[$"ConnectionStrings__{connectionName ?? source.Resource.Name}"] = value;
        }));

    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment =>
        builder.WithEnvironment(context =>
        {
            foreach (var endpoint in source.Resource.All<EndpointAnnotation>())
                context.EnvironmentVariables[$"services__{source.Resource.Name}__{endpoint.Name}__0"] =
                    new EndpointReference(source.Resource, endpoint.Name);
        });

    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport
    {
        // A database also waits for its server. The blob service of a container is in no list and has no state of its own.
        for (var parent = dependency.Resource as IResourceWithParent; parent is not null; parent = parent.Parent as IResourceWithParent)
        {
            if (builder.ApplicationBuilder.Resources.Contains(parent.Parent))
                builder.WithAnnotation(new WaitAnnotation(parent.Parent, WaitType.WaitUntilHealthy));
        }

        return builder.WithAnnotation(new WaitAnnotation(dependency.Resource, WaitType.WaitUntilHealthy));
    }

    public static IResourceBuilder<T> WaitForCompletion<T>(
        this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, int exitCode = 0)
        where T : IResourceWithWaitSupport => builder.WithAnnotation(new WaitAnnotation(dependency.Resource, WaitType.WaitForCompletion, exitCode));

    public static IResourceBuilder<T> WithHttpEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null, bool? isProxied = null)
        where T : IResourceWithEndpoints
    {
        var endpoint = name ?? "http";
        if (builder.GetEndpoint(endpoint).Exists)
            throw new DistributedApplicationException($"Endpoint with name '{endpoint}' already exists on '{builder.Resource.Name}'.");
        return builder.WithAnnotation(new EndpointAnnotation(endpoint, "http", port ?? targetPort) { PortVariable = env });
    }

    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder) where T : IResourceWithEndpoints
    {
        foreach (var endpoint in builder.Resource.All<EndpointAnnotation>())
            endpoint.IsExternal = true;
        return builder;
    }

    public static IResourceBuilder<T> WithHealthCheck<T>(this IResourceBuilder<T> builder, string key) where T : IResource =>
        builder.WithAnnotation(new HealthCheckAnnotation(key));

    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, string? endpointName = null)
        where T : IResourceWithEndpoints
    {
        var endpoint = builder.GetEndpoint(endpointName ?? "http");
        var check = new HttpHealthCheck(endpoint, path ?? "/", statusCode ?? 200);
        return builder.WithLocalHealthCheck($"{builder.Resource.Name}_{endpoint.EndpointName}_{path ?? "/"}_{statusCode ?? 200}_check", check.CheckAsync);
    }

    public static IResourceBuilder<T> WithUrlForEndpoint<T>(
        this IResourceBuilder<T> builder, string endpointName, Action<ResourceUrlAnnotation> callback) where T : IResource =>
        builder.WithAnnotation(new UrlCallbackAnnotation(endpointName, callback));

    internal static IResourceBuilder<T> WithLocalHealthCheck<T>(
        this IResourceBuilder<T> builder, string key, Func<CancellationToken, Task<string?>> problem) where T : IResource
    {
        builder.ApplicationBuilder.Services.AddHealthChecks().AddAsyncCheck(key, token => LocalHealth.RunAsync(problem, token));
        return builder.WithHealthCheck(key);
    }
}
