using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local;

namespace Aspire.Hosting;

public static class ProjectResourceBuilderExtensions
{
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new()
    {
        var profiles = Path.Combine(Path.GetDirectoryName(new TProject().ProjectPath)!, "Properties", "launchSettings.json");
        return File.Exists(profiles)
            ? throw new DistributedApplicationException($"Aspire would read {profiles}, the stand-in does not: delete it, or pass launchProfileName: null.")
            : builder.AddProject<TProject>(name, launchProfileName: null);
    }

    /// <summary>Launch profiles are not read here: ports come from <c>WithHttpEndpoint</c>, variables from <c>WithEnvironment</c>.</summary>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(
        this IDistributedApplicationBuilder builder, string name, string? launchProfileName) where TProject : IProjectMetadata, new()
    {
        var project = new TProject();
        if (launchProfileName is not null)
            throw new DistributedApplicationException($"'{name}' asks for the launch profile '{launchProfileName}', which the stand-in does not read.");
        return builder.AddResource(new ProjectResource(name))
            .WithAnnotation(project)
            .WithAnnotation(new ProcessAnnotation((replica, _) => Task.FromResult(ProjectProcess.Describe(replica, project))))
            .WithEnvironment(context => ProjectProcess.AddDefaults(builder, context.EnvironmentVariables));
    }

    public static IResourceBuilder<ProjectResource> WithReplicas(this IResourceBuilder<ProjectResource> builder, int replicas)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(replicas);
        return builder.WithAnnotation(new ReplicaAnnotation(replicas), ResourceAnnotationMutationBehavior.Replace);
    }
}
