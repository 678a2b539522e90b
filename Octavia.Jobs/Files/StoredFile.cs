using Octavia.Jobs.Accounts;

namespace Octavia.Jobs.Files;

public enum FileType
{
    Video,
    Audio,
    Subtitles,
    Text,
}

/// <summary>A file that a user brought.</summary>
public sealed class StoredFile : IOwned
{
    public Guid Id { get; init; }

    public Guid UserId { get; init; }

    public FileType FileType { get; init; }

    /// <summary>Blob in the container <c>media</c>.</summary>
    public required string StoragePath { get; init; }

    public required string Filename { get; init; }

    public long SizeBytes { get; init; }

    /// <summary>Length of the media; of subtitles and text, about how long their words take to say.</summary>
    public double MediaSeconds { get; init; }

    /// <summary>W3C trace context of the upload: the trace that a job of this file continues.</summary>
    public string? TraceParent { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}
