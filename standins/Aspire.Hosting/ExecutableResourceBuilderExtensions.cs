using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local;

namespace Aspire.Hosting;

public static class ExecutableResourceBuilderExtensions
{
    public static IResourceBuilder<ExecutableResource> AddExecutable(
        this IDistributedApplicationBuilder builder, string name, string command, string workingDirectory, params string[]? args)
    {
        var directory = Path.GetFullPath(workingDirectory, builder.AppHostDirectory);
        return builder.AddResource(new ExecutableResource(name, command, directory))
            .WithArgs(args ?? [])
            .WithAnnotation(new ProcessAnnotation((_, _) => Task.FromResult(new ProcessSpec(command, [], directory))));
    }
}
