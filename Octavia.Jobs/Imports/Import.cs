using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Files;

namespace Octavia.Jobs.Imports;

/// <summary>A file that is fetched from an address. Whoever deletes the row cancels the import.</summary>
public sealed class Import : IOwned
{
    /// <summary>How long one is told of, and the longest that it may take, waiting included.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    public Guid Id { get; init; }

    public Guid UserId { get; init; }

    public required string Url { get; init; }

    public FileType FileType { get; init; }

    public ImportStatus Status { get; set; }

    /// <summary>Raised by each process that takes it; what one writes that lost it to another changes nothing.</summary>
    public int Attempt { get; set; }

    public long BytesReceived { get; set; }

    /// <summary>Null while it is not known.</summary>
    public long? BytesTotal { get; set; }

    /// <summary>What became of it.</summary>
    public Guid? FileId { get; set; }

    /// <summary>Status that the refusal has over HTTP.</summary>
    public int? ErrorStatus { get; set; }

    public string? ErrorCode { get; set; }

    public string? ErrorMessage { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}
