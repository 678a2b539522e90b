using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;

namespace Octavia.Jobs.Batches;

/// <summary>Jobs that were asked for together.</summary>
public sealed class Batch : IOwned
{
    public Guid Id { get; init; }

    public Guid UserId { get; init; }

    public required string Name { get; init; }

    public JobType JobType { get; init; }

    /// <summary>What is done with each input.</summary>
    public required CreateJobRequest Options { get; init; }

    /// <summary>Whether its jobs are started by themselves.</summary>
    public bool Starts { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public List<BatchItem> Items { get; init; } = [];
}

/// <summary>
/// One input of a batch. Its id is that of its import and of its job too, so that neither is made twice, whoever dies on the way.
/// </summary>
public sealed class BatchItem : IOwned
{
    public Guid Id { get; init; }

    public Guid UserId { get; init; }

    public Guid BatchId { get; init; }

    public int Position { get; init; }

    /// <summary>The file, or the address.</summary>
    public required string Name { get; init; }

    public string? Url { get; init; }

    /// <summary>Of an address once it is fetched.</summary>
    public Guid? FileId { get; set; }

    public BatchItemState State { get; set; }

    /// <summary>When somebody is to look after it next; null when it needs nobody any more. Who takes it moves it on, so nobody else does.</summary>
    public DateTimeOffset? Due { get; set; }

    public string? ErrorCode { get; set; }

    public string? ErrorMessage { get; set; }
}
