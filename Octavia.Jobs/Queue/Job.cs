using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Progress;

namespace Octavia.Jobs.Queue;

public sealed class Job : IOwned
{
    public Guid Id { get; init; }

    public Guid UserId { get; init; }

    public JobType JobType { get; init; }

    public JobStatus Status { get; set; }

    public JobPhase? Phase { get; set; }

    public double ProgressPercentage { get; set; }

    public string? CurrentStep { get; set; }

    public required string InputFile { get; init; }

    public string? OutputFile { get; set; }

    public string? ErrorCode { get; set; }

    public string? ErrorMessage { get; set; }

    public required JobMetadata JobMetadata { get; set; }

    /// <summary>Apart from the metadata, which every event carries. Null for none.</summary>
    public IReadOnlyList<GlossaryTerm>? Glossary { get; init; }

    /// <summary>Raised at each take-over; every write of a worker carries the one that it started with, so a worker that lost its job writes nothing.</summary>
    public int Attempt { get; set; }

    /// <summary>Take-overs since the job was last queued: what limits retries.</summary>
    public int Tries { get; set; }

    /// <summary>The open credit hold. A queue entry names it, so an entry of an earlier queueing takes nothing.</summary>
    public Guid? HoldId { get; set; }

    /// <summary>The lane that it was last queued in, by the plan of its owner then.</summary>
    public string? Lane { get; set; }

    /// <summary>Number of the latest event, in milliseconds of Unix time where it is not already higher: what <c>Last-Event-ID</c> speaks of.</summary>
    public long Revision { get; set; }

    /// <summary>W3C trace context that the worker continues.</summary>
    public string? TraceParent { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? QueuedAt { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? CompletedAt { get; set; }

    /// <summary>Whether what it waits for, or works on, is a part that is dubbed first.</summary>
    public bool IsPreview => JobMetadata.Preview is { Running: true };

    public JobEvent ToEvent() => new(Revision, Attempt, Status, Phase, ProgressPercentage, CurrentStep);
}
