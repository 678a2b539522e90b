using Azure;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Octavia.Jobs.Files;

/// <summary>The blob container <c>media</c>: <c>uploads/{user_id}/{file_type}/{file_id}{ext}</c> and <c>jobs/{job_id}/...</c>.</summary>
public sealed class MediaStore(BlobContainerClient container)
{
    public const string ContainerName = "media";

    static readonly StorageTransferOptions Blocks = new()
    {
        InitialTransferSize = 4 << 20,
        MaximumTransferSize = 4 << 20,
        MaximumConcurrency = 2,
    };

    public static string UploadPath(Guid userId, FileType type, Guid fileId, string extension) =>
        $"uploads/{userId}/{type.ToString().ToLowerInvariant()}/{fileId}{extension}";

    /// <summary>Everything that one user uploaded.</summary>
    public static string UserPath(Guid userId) => $"uploads/{userId}/";

    /// <summary>Blobs of one job: its text input, <c>work/</c> (script and takes) and <c>result/</c>.</summary>
    public static string JobPath(Guid jobId, string relative = "") => $"jobs/{jobId}/{relative}";

    /// <summary>Writes a blob block by block; it appears when it is whole, or not at all.</summary>
    public Task SaveAsync(string path, Stream content, string contentType, CancellationToken ct) =>
        container.GetBlobClient(path).UploadAsync(
            content,
            new BlobUploadOptions { HttpHeaders = new BlobHttpHeaders { ContentType = contentType }, TransferOptions = Blocks },
            ct);

    public async Task SaveFileAsync(string path, string file, string contentType, CancellationToken ct)
    {
        await using var content = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16, true);
        await SaveAsync(path, content, contentType, ct);
    }

    public async Task FetchFileAsync(string path, string file, CancellationToken ct)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await container.GetBlobClient(path).DownloadToAsync(file, ct);
    }

    /// <summary>A seekable stream that fetches as it is read, and what the blob says of itself; null when there is none.</summary>
    public async Task<(Stream Content, BlobProperties Properties)?> OpenAsync(string path, CancellationToken ct)
    {
        var blob = container.GetBlobClient(path);
        try
        {
            var properties = await blob.GetPropertiesAsync(cancellationToken: ct);
            var content = await blob.OpenReadAsync(new BlobOpenReadOptions(false) { BufferSize = 1 << 20 }, ct);
            return (content, properties.Value);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    public async IAsyncEnumerable<string> ListAsync(
        string prefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var blob in container.GetBlobsAsync(new GetBlobsOptions { Prefix = prefix }, ct))
            yield return blob.Name;
    }

    /// <summary>Blobs that were last written before a time.</summary>
    public async IAsyncEnumerable<string> ListOldAsync(
        string prefix, DateTimeOffset before, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var blob in container.GetBlobsAsync(new GetBlobsOptions { Prefix = prefix }, ct))
            if (blob.Properties.LastModified < before) yield return blob.Name;
    }

    public Task DeleteAsync(string path, CancellationToken ct) => container.DeleteBlobIfExistsAsync(path, cancellationToken: ct);

    public async Task DeleteFolderAsync(string prefix, CancellationToken ct)
    {
        await foreach (var path in ListAsync(prefix, ct)) await DeleteAsync(path, ct);
    }
}
