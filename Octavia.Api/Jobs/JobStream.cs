using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Octavia.Jobs;
using Octavia.Jobs.Client;
using Octavia.Jobs.Progress;
using Octavia.Jobs.Queue;

namespace Octavia.Api.Jobs;

/// <summary>
/// A job as server-sent events: first as it stands, then at every change, and after silence as it stands again, until it is over.
/// Event ids are revisions; who comes back with <c>Last-Event-ID</c> is shown nothing older.
/// </summary>
sealed class JobStream(OctaviaDbContext db, JobEvents events)
{
    static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    public static async Task<Results<ServerSentEventsResult<JobResponse>, NoContent>> FollowAsync(
        Guid id, [FromHeader(Name = "Last-Event-ID")] string? lastEventId, JobStream stream, OctaviaDbContext db, CancellationToken ct)
    {
        var job = await JobsApi.FindAsync(db, id, ct);
        _ = long.TryParse(lastEventId, CultureInfo.InvariantCulture, out var seen);
        // The answer that makes an EventSource stop coming back.
        if (IsOver(job.Status) && seen >= job.Revision) return TypedResults.NoContent();
        return TypedResults.ServerSentEvents(stream.ReadAsync(job, seen, ct));
    }

    async IAsyncEnumerable<SseItem<JobResponse>> ReadAsync(Job job, long seen, [EnumeratorCancellation] CancellationToken ct)
    {
        // Subscribed before the state is read again, so that no event falls between.
        await using var subscription = await events.SubscribeAsync(job.Id);
        var current = await CurrentAsync(job.Id, ct);
        while (current is var (row, revision))
        {
            if (revision >= seen) yield return new SseItem<JobResponse>(row) { EventId = (seen = revision).ToString(CultureInfo.InvariantCulture) };
            if (row.IsOver) yield break;
            var next = await subscription.NextAsync(Heartbeat, ct);
            if (next is not null && next.Revision <= revision) continue;
            current = next is not null && !IsOver(next.Status)
                ? (row.With(next), next.Revision)
                : await CurrentAsync(job.Id, ct);
        }
    }

    /// <summary>The row, or the latest event where that is newer: the row is written every two seconds only. Null when the job was deleted.</summary>
    async Task<(JobResponse Job, long Revision)?> CurrentAsync(Guid id, CancellationToken ct)
    {
        if (await db.Jobs.AsNoTracking().SingleOrDefaultAsync(x => x.Id == id, ct) is not { } job) return null;
        var latest = IsOver(job.Status) ? null : await events.LatestAsync(id);
        return latest is not null && latest.Revision > job.Revision && latest.Attempt == job.Attempt && !IsOver(latest.Status)
            ? (job.ToResponse().With(latest), latest.Revision)
            : (job.ToResponse(), job.Revision);
    }

    static bool IsOver(JobStatus status) => status is JobStatus.Completed or JobStatus.Failed or JobStatus.Cancelled;
}
