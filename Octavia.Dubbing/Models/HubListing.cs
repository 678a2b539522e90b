using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Octavia.Dubbing.Models;

/// <summary>A file to fetch and what proves that it came whole.</summary>
/// <param name="Path">Relative to the model's folder.</param>
/// <param name="Url">Where it is.</param>
/// <param name="Size">Bytes; null when not known.</param>
/// <param name="Sha256">Of its content; null when <paramref name="GitId"/> stands instead.</param>
/// <param name="GitId">Git's id of it (SHA-1 over a header and the content), which the hub has for small files.</param>
sealed record RemoteFile(string Path, Uri Url, long? Size, string? Sha256, string? GitId = null);

/// <summary>What the model hub says of a repository: one revision, with size and hash of every file.</summary>
static class HubListing
{
    /// <summary>The files wanted, at the newest revision.</summary>
    /// <returns>Null when the hub has no such repository, or one without these files.</returns>
    /// <exception cref="HttpRequestException">The hub cannot be reached or refuses.</exception>
    public static async Task<IReadOnlyList<RemoteFile>?> FindAsync(
        HttpClient http, Uri hub, string repository, IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(new Uri(hub, $"api/models/{repository}?blobs=true"), cancellationToken);
        // The hub answers 401 for a repository that does not exist: it might be somebody's private one.
        if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Unauthorized) return null;
        response.EnsureSuccessStatusCode();
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        var listing = Parse(text) ?? throw new HttpRequestException("The model hub sent a listing that cannot be read.");
        var files = listing.Siblings.ToDictionary(file => file.Path);
        var wanted = paths.ToList();
        return wanted.All(files.ContainsKey)
            ? [.. wanted.Select(path => Remote(files[path], new Uri(hub, $"{repository}/resolve/{listing.Revision}/{path}")))]
            : null;
    }

    static RemoteFile Remote(Sibling file, Uri url) => new(file.Path, url, file.Lfs?.Size ?? file.Size, file.Lfs?.Sha256, file.BlobId);

    static Listing? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<Listing>(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    sealed record Listing(
        [property: JsonPropertyName("sha"), JsonRequired] string Revision,
        [property: JsonPropertyName("siblings"), JsonRequired] IReadOnlyList<Sibling> Siblings);

    sealed record Sibling(
        [property: JsonPropertyName("rfilename"), JsonRequired] string Path,
        [property: JsonPropertyName("size")] long? Size,
        [property: JsonPropertyName("blobId")] string? BlobId,
        [property: JsonPropertyName("lfs")] Lfs? Lfs);

    sealed record Lfs([property: JsonPropertyName("sha256")] string? Sha256, [property: JsonPropertyName("size")] long? Size);
}
