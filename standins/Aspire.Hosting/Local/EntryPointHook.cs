using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Local;

/// <summary>How the testing library takes part while it runs an AppHost's entry point: it flows with the call.</summary>
internal abstract class EntryPointHook
{
    private static readonly AsyncLocal<EntryPointHook?> Flowing = new();

    public static EntryPointHook? Current
    {
        get => Flowing.Value;
        set => Flowing.Value = value;
    }

    public abstract Assembly EntryPoint { get; }

    public abstract void Creating(DistributedApplicationOptions options);

    public abstract void Configure(ConfigurationManager configuration);

    /// <summary>Blocks until the test asks for the application.</summary>
    public abstract void Building(DistributedApplicationBuilder builder);

    public abstract void Built(DistributedApplication application);
}
