using System.Diagnostics;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Octavia.Api.Accounts;
using Octavia.Jobs;
using Octavia.Jobs.Client;
using Octavia.Jobs.Progress;
using Octavia.Jobs.Queue;

namespace Octavia.Api.Jobs;

/// <summary>
/// A job as server-sent events: first as it stands, then at every change, and after silence as it stands again, until it is over.
/// It ends with the session of who listens. Event ids are revisions; who comes back with <c>Last-Event-ID</c> is shown nothing older, but always the end.
/// </summary>
sealed class JobStream(OctaviaDbContext db, JobEvents events, Callers callers, IHostApplicationLifetime lifetime)
{
    static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    public static async Task<Results<ServerSentEventsResult<JobResponse>, NoContent>> FollowAsync(
        Guid id, [FromHeader(Name = "Last-Event-ID")] string? lastEventId, ClaimsPrincipal user, JobStream stream, OctaviaDbContext db, CancellationToken ct)
    {
        var job = await JobsApi.FindAsync(db, id, ct);
        _ = long.TryParse(lastEventId, CultureInfo.InvariantCulture, out var seen);
        // The answer that makes an EventSource stop coming back.
        if (job.Status.IsOver() && seen == job.Revision) return TypedResults.NoContent();
        return TypedResults.ServerSentEvents(stream.ReadAsync(job, seen, user, ct));
    }

    async IAsyncEnumerable<SseItem<JobResponse>> ReadAsync(
        Job job, long seen, ClaimsPrincipal user, [EnumeratorCancellation] CancellationToken ct)
    {
        // Subscribed before the state is read again, so that no event falls between.
        await using var subscription = await events.SubscribeAsync(job.Id);
        var current = await CurrentAsync(job.Id, ct);
        var asked = Stopwatch.StartNew();
        while (current is var (row, revision))
        {
            if (row.IsOver || revision >= seen) yield return new SseItem<JobResponse>(row) { EventId = (seen = revision).ToString(CultureInfo.InvariantCulture) };
            if (row.IsOver) yield break;
            current = await NextAsync(subscription, row, revision, ct);
            if (asked.Elapsed < Heartbeat) continue;
            if (await callers.RoleAsync(user, ct) is null) yield break;
            asked.Restart();
        }
    }

    /// <summary>The job after its next event or a silence. Null when it was deleted, or when the service stops and its clients must go elsewhere.</summary>
    async Task<(JobResponse Job, long Revision)?> NextAsync(
        JobEvents.Subscription subscription, JobResponse row, long revision, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct, lifetime.ApplicationStopping);
        try
        {
            while (true)
            {
                var next = await subscription.NextAsync(Heartbeat, stop.Token);
                // What an event does not tell (times, outputs, errors) changes with the status and the attempt only.
                if (next is null || next.Status.IsOver()) return await CurrentAsync(row.Id, ct);
                if (next.Revision <= revision || next.Attempt < row.Attempt) continue;
                return next.Status == row.Status && next.Attempt == row.Attempt
                    ? (row.With(next), next.Revision)
                    : await CurrentAsync(row.Id, ct);
            }
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>The row, or the latest event where that is newer: the row is written every two seconds only. Null when the job was deleted.</summary>
    async Task<(JobResponse Job, long Revision)?> CurrentAsync(Guid id, CancellationToken ct)
    {
        if (await db.Jobs.AsNoTracking().Where(x => x.Id == id).WithoutGlossary().SingleOrDefaultAsync(ct) is not { } job) return null;
        var latest = job.Status.IsOver() ? null : await events.LatestAsync(id);
        return latest is not null && latest.Revision > job.Revision && latest.Attempt == job.Attempt && !latest.Status.IsOver()
            ? (job.ToResponse().With(latest), latest.Revision)
            : (job.ToResponse(), job.Revision);
    }
}
