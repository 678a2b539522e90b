using System.Reflection;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Local;

/// <summary>A project runs as <c>dotnet</c> with the assembly that building the AppHost has built: no second build, no wrapper process.</summary>
internal static class ProjectProcess
{
    public static ProcessSpec Describe(Replica replica, IProjectMetadata project)
    {
        var type = project.GetType();
        var assembly = type.Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(a => a.Key == $"standin:{type.Name}")?.Value
            ?? throw new DistributedApplicationException($"'{replica.Resource.Name}' has no built assembly: reference its project from the AppHost.");
        return File.Exists(assembly)
            ? new ProcessSpec(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [assembly], Path.GetDirectoryName(project.ProjectPath)!)
            : throw new DistributedApplicationException($"'{replica.Resource.Name}' is not built: {assembly} is missing.");
    }

    /// <summary>As Aspire sets them for .NET projects.</summary>
    public static void AddDefaults(IDistributedApplicationBuilder builder, Dictionary<string, object> environment)
    {
        environment["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "in_memory";
        // The AppHost's own addresses are not the service's.
        environment["ASPNETCORE_URLS"] = "";
        environment["Logging__Console__FormatterName"] = "simple";
        environment["Logging__Console__FormatterOptions__SingleLine"] = "true";
        builder.Resources.OfType<DashboardResource>().SingleOrDefault()?.AddTelemetryTo(environment);
    }
}
