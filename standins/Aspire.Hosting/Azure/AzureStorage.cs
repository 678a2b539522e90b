using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Azure;
using Aspire.Hosting.Local;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting
{
    public static class AzureStorageExtensions
    {
        public static IResourceBuilder<AzureStorageResource> AddAzureStorage(this IDistributedApplicationBuilder builder, string name) =>
            builder.AddResource(new AzureStorageResource(name));

        public static IResourceBuilder<AzureStorageResource> RunAsEmulator(
            this IResourceBuilder<AzureStorageResource> builder,
            Action<IResourceBuilder<AzureStorageEmulatorResource>>? configureContainer = null)
        {
            var application = builder.ApplicationBuilder;
            var local = new AzuriteProcess(
                builder.Resource, DataFolder.Of(application), application.Configuration["OCTAVIA_TOOLS"], application.AppHostDirectory);
            builder.WithAnnotation(new EndpointAnnotation("blob", "http", port: null) { TargetHost = "127.0.0.1" })
                .WithAnnotation(new ProcessAnnotation(local.PrepareAsync) { Missing = local.Missing })
                .WithLocalHealthCheck($"{builder.Resource.Name}_check", local.CheckAsync);
            configureContainer?.Invoke(application.CreateResourceBuilder(new AzureStorageEmulatorResource(builder.Resource)));
            return builder;
        }

        public static IResourceBuilder<AzureStorageEmulatorResource> WithDataVolume(
            this IResourceBuilder<AzureStorageEmulatorResource> builder, string? name = null, bool isReadOnly = false) =>
            builder.WithAnnotation(new VolumeAnnotation(name ?? $"{builder.Resource.Name}-data"));

        public static IResourceBuilder<AzureBlobStorageResource> AddBlobs(this IResourceBuilder<AzureStorageResource> builder, string name)
        {
            var blobs = new AzureBlobStorageResource(name, builder.Resource);
            return builder.ApplicationBuilder.AddResource(blobs)
                .WithAnnotation(new MadeInParentAnnotation(builder.Resource, _ => Task.CompletedTask));
        }

        public static IResourceBuilder<AzureBlobStorageContainerResource> AddBlobContainer(
            this IResourceBuilder<AzureStorageResource> builder, string name, string? blobContainerName = null)
        {
            var blobs = new AzureBlobStorageResource($"{builder.Resource.Name}-blobs", builder.Resource);
            var container = new AzureBlobStorageContainerResource(name, blobContainerName ?? name, blobs);
            return builder.ApplicationBuilder.AddResource(container)
                .WithAnnotation(new MadeInParentAnnotation(builder.Resource, token => AzuriteProcess.CreateAsync(container, token)))
                .WithLocalHealthCheck($"{name}_check", token => AzuriteProcess.CheckAsync(container, token));
        }
    }
}

namespace Aspire.Hosting.Azure
{
    public class AzureStorageResource : Resource, IResourceWithEndpoints
    {
        internal AzureStorageResource(string name) : base(name)
        {
        }

        public bool IsEmulator => this.Last<ProcessAnnotation>() is not null;
    }

    /// <summary>The emulator side of the storage resource, for <c>RunAsEmulator</c>'s callback: same name, same annotations.</summary>
    public class AzureStorageEmulatorResource(AzureStorageResource innerResource) : ContainerResource(innerResource.Name)
    {
        public override ResourceAnnotationCollection Annotations => innerResource.Annotations;
    }

    public class AzureBlobStorageResource(string name, AzureStorageResource storage)
        : Resource(name), IResourceWithParent<AzureStorageResource>, IResourceWithConnectionString
    {
        public AzureStorageResource Parent { get; } = storage;

        ValueTask<string?> IResourceWithConnectionString.GetConnectionStringAsync(CancellationToken cancellationToken) =>
            ValueTask.FromResult<string?>(
                $"DefaultEndpointsProtocol=http;AccountName={AzuriteProcess.Account};AccountKey={AzuriteProcess.PublicKey};" +
                $"BlobEndpoint={new EndpointReference(Parent, "blob").Url}/{AzuriteProcess.Account};");
    }

    public class AzureBlobStorageContainerResource(string name, string blobContainerName, AzureBlobStorageResource parent)
        : Resource(name), IResourceWithParent<AzureBlobStorageResource>, IResourceWithConnectionString
    {
        public AzureBlobStorageResource Parent { get; } = parent;

        public string BlobContainerName { get; } = blobContainerName;

        async ValueTask<string?> IResourceWithConnectionString.GetConnectionStringAsync(CancellationToken cancellationToken) =>
            $"{await Parent.AskConnectionStringAsync(cancellationToken)};ContainerName={BlobContainerName}";
    }
}
