using Azure;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

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

    /// <summary>What has come of an upload that is sent piece by piece.</summary>
    public static string PartPath(Guid userId, Guid uploadId) => $"{PartsPath(userId)}{uploadId}";

    /// <summary>The same of all such uploads of one user.</summary>
    public static string PartsPath(Guid userId) => $"uploads/{userId}/parts/";

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

    /// <summary>Makes an empty blob that pieces are added to.</summary>
    public Task BeginAsync(string path, CancellationToken ct) => container.GetAppendBlobClient(path).CreateAsync(new AppendBlobCreateOptions(), ct);

    /// <summary>Bytes of a blob; null when there is none.</summary>
    public async Task<long?> LengthAsync(string path, CancellationToken ct)
    {
        try
        {
            return (await container.GetBlobClient(path).GetPropertiesAsync(cancellationToken: ct)).Value.ContentLength;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Adds a piece where the blob is so long just now: of two who add at the same place, the store takes one.</summary>
    /// <returns>Whether it was added.</returns>
    public async Task<bool> AppendAsync(string path, long position, Stream piece, CancellationToken ct)
    {
        var here = new AppendBlobRequestConditions { IfAppendPositionEqual = position };
        try
        {
            await container.GetAppendBlobClient(path).AppendBlockAsync(piece, new AppendBlobAppendBlockOptions { Conditions = here }, ct);
            return true;
        }
        catch (RequestFailedException e) when (e.Status is 404 or 412)
        {
            return false;
        }
    }

    public Task DeleteAsync(string path, CancellationToken ct) => container.DeleteBlobIfExistsAsync(path, cancellationToken: ct);

    public async Task DeleteFolderAsync(string prefix, CancellationToken ct)
    {
        await foreach (var path in ListAsync(prefix, ct)) await DeleteAsync(path, ct);
    }
}
