using Octavia.Api.Operations;

namespace Octavia.Api.Uploads;

/// <summary>What a user sends, on disk until it is accepted or refused.</summary>
sealed class TempFile : IAsyncDisposable
{
    readonly FileStream stream;

    public TempFile()
    {
        var folder = Directory.CreateTempSubdirectory("octavia-upload-");
        Location = Path.Combine(folder.FullName, "content");
        stream = new FileStream(
            Location, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, 1 << 16, FileOptions.Asynchronous);
    }

    public string Location { get; }

    public long Length => stream.Length;

    /// <summary>Bytes that have come so far, for whoever watches.</summary>
    public long Received { get; set; }

    /// <summary>Bytes that are to come, as far as the sender says; null where it does not.</summary>
    public long? Expected { get; set; }

    /// <summary>Takes all of a stream. What is above the limit is read and thrown away, so that the sender gets to read the refusal.</summary>
    public async Task FillAsync(Stream source, long limit, CancellationToken ct)
    {
        var buffer = new byte[1 << 16];
        long total = 0;
        for (int read; (read = await source.ReadAsync(buffer, ct)) > 0;)
        {
            total += read;
            Received = Math.Max(Received, Math.Min(total, limit));
            if (total <= limit) await stream.WriteAsync(buffer.AsMemory(0, read), ct);
            else if (total > 2 * limit) break;
        }
        if (total > limit) throw TooLarge(limit);
        await stream.FlushAsync(ct);
    }

    public Stream Rewound()
    {
        stream.Position = 0;
        return stream;
    }

    public static Refusal TooLarge(long limit) => new(
        StatusCodes.Status413PayloadTooLarge, "upload.too_large", $"The file is too large: {limit >> 20} MB at most. Cut or compress it and try again.");

    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(Location)!, recursive: true);
    }
}
