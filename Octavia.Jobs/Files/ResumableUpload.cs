using Octavia.Jobs.Accounts;

namespace Octavia.Jobs.Files;

/// <summary>A file that comes piece by piece. What has come is an append blob (<see cref="MediaStore.PartPath"/>), and its length is how far it is.</summary>
public sealed class ResumableUpload : IOwned
{
    public Guid Id { get; init; }

    public Guid UserId { get; init; }

    public FileType FileType { get; init; }

    public required string Filename { get; init; }

    /// <summary>What the sender said of the file, as it was said: it is told again to whoever asks.</summary>
    public required string Metadata { get; init; }

    /// <summary>Bytes of the whole file.</summary>
    public long Length { get; init; }

    /// <summary>What became of it; null while it is not whole, or not looked into.</summary>
    public Guid? FileId { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it goes, whole or not.</summary>
    public DateTimeOffset ExpiresAt { get; init; }
}
