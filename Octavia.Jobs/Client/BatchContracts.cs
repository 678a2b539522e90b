using System.Text.Json.Serialization;

namespace Octavia.Jobs.Client;

/// <summary>One job for each of many inputs, all done the same way.</summary>
public sealed record CreateBatchRequest
{
    /// <summary>For people; null for the first input's name.</summary>
    public string? Name { get; init; }

    public JobType JobType { get; init; } = JobType.VideoTranslate;

    public required IReadOnlyList<BatchInput> Items { get; init; }

    /// <summary>What is done with each: as for a job of its own, without <c>file_id</c> and <c>text</c>.</summary>
    public CreateJobRequest Options { get; init; } = new();

    /// <summary>Whether the jobs are started as soon as their inputs are there and the plan has room; else they wait for somebody to start them.</summary>
    public bool Start { get; init; } = true;
}

/// <summary>An uploaded file, or an address to fetch one from.</summary>
public sealed record BatchInput(Guid? FileId = null, string? Url = null);

[JsonConverter(typeof(JsonStringEnumConverter<BatchItemState>))]
public enum BatchItemState
{
    /// <summary>Its turn has not come: jobs at once and imports at once are limited.</summary>
    [JsonStringEnumMemberName("waiting")] Waiting,

    /// <summary>Its address is fetched.</summary>
    [JsonStringEnumMemberName("fetching")] Fetching,

    /// <summary>There is a job, whose status counts from now on; while that is pending it waits for room in the plan.</summary>
    [JsonStringEnumMemberName("made")] Made,

    /// <summary>It could not be fetched, or no job made of it, or the job not started.</summary>
    [JsonStringEnumMemberName("failed")] Failed,

    [JsonStringEnumMemberName("cancelled")] Cancelled,
}

/// <summary>One input of a batch and what became of it.</summary>
public sealed record BatchItemResponse
{
    /// <summary>Also the id of its job.</summary>
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required BatchItemState State { get; init; }

    /// <summary>While it is fetched.</summary>
    public long? BytesReceived { get; init; }

    public long? BytesTotal { get; init; }

    public string? ErrorCode { get; init; }

    public string? ErrorMessage { get; init; }

    /// <summary>Null before there is one, and after it was deleted.</summary>
    public JobResponse? Job { get; init; }

    /// <summary>Whether nothing more happens to it by itself.</summary>
    [JsonIgnore]
    public bool IsOver => State is BatchItemState.Failed or BatchItemState.Cancelled || (State == BatchItemState.Made && Job is null or { IsOver: true });
}

public sealed record BatchResponse
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required JobType JobType { get; init; }

    /// <summary>Whether its jobs are started by themselves.</summary>
    public required bool Start { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>In the order in which they were given.</summary>
    public IReadOnlyList<BatchItemResponse> Items { get; init; } = [];
}

/// <summary>A batch in a list.</summary>
public sealed record BatchSummary(Guid Id, string Name, JobType JobType, DateTimeOffset CreatedAt, int Items, int Completed, int Failed, bool IsOver);

public sealed record BatchPage(IReadOnlyList<BatchSummary> Items, int Total, int Page, int PageSize);
