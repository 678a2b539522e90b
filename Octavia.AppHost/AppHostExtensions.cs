using System.Globalization;
using Microsoft.Extensions.Hosting;

namespace Octavia.AppHost;

internal static class AppHostExtensions
{
    /// <summary>The local port of a service: <c>Ports__web=9000</c> in the environment, else the default. In the cloud the platform chooses.</summary>
    public static int? Port(this IDistributedApplicationBuilder builder, string service, int fallback)
    {
        if (!builder.ExecutionContext.IsRunMode)
            return null;
        return builder.Configuration[$"Ports:{service}"] switch
        {
            null or "" => fallback,
            { } text when int.TryParse(text, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= ushort.MaxValue => port,
            { } text => throw new DistributedApplicationException($"Ports__{service} is '{text}': set it to a number from 1 to 65535."),
        };
    }

    /// <summary>A service runs in the AppHost's own environment, since no launch profile says otherwise.</summary>
    public static IResourceBuilder<ProjectResource> WithHostEnvironment(this IResourceBuilder<ProjectResource> project) =>
        project.ApplicationBuilder.ExecutionContext.IsRunMode
            ? project.WithEnvironment("DOTNET_ENVIRONMENT", project.ApplicationBuilder.Environment.EnvironmentName)
                .WithEnvironment("ASPNETCORE_ENVIRONMENT", project.ApplicationBuilder.Environment.EnvironmentName)
            : project;

    /// <summary>The API fetches videos of web pages on a developer's own machine, which trusts its user; elsewhere an operator decides.</summary>
    public static IResourceBuilder<ProjectResource> WithVideoSites(this IResourceBuilder<ProjectResource> api) =>
        api.ApplicationBuilder.ExecutionContext.IsRunMode ? api.WithEnvironment("Uploads__VideoSites", "true") : api;
}
