using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Octavia.AppHost;

internal static class AppHostExtensions
{
    /// <summary>The local port of a service: <c>Ports__web=9000</c> in the environment, else the default. In the cloud the platform chooses.</summary>
    public static int? Port(this IDistributedApplicationBuilder builder, string service, int fallback) =>
        builder.ExecutionContext.IsRunMode ? builder.Configuration.GetValue($"Ports:{service}", fallback) : null;

    /// <summary>A service runs in the AppHost's own environment, since no launch profile says otherwise.</summary>
    public static IResourceBuilder<ProjectResource> WithHostEnvironment(this IResourceBuilder<ProjectResource> project) =>
        project.ApplicationBuilder.ExecutionContext.IsRunMode
            ? project.WithEnvironment("DOTNET_ENVIRONMENT", project.ApplicationBuilder.Environment.EnvironmentName)
                .WithEnvironment("ASPNETCORE_ENVIRONMENT", project.ApplicationBuilder.Environment.EnvironmentName)
            : project;
}
