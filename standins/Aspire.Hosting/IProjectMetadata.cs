using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Where a project lies; one class per project reference of the AppHost is generated.</summary>
public interface IProjectMetadata : IResourceAnnotation
{
    string ProjectPath { get; }
}

public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;
