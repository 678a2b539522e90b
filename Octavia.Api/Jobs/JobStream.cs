using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using Octavia.Api.Accounts;
using Octavia.Jobs;
using Octavia.Jobs.Client;
using Octavia.Jobs.Progress;
using Octavia.Jobs.Queue;

namespace Octavia.Api.Jobs;

/// <summary>
/// A job as it goes on: first as it stands, then at every change, and after silence as it stands again, until it is over. It ends with the session of
/// who listens. Who comes back with the last revision that it saw is shown nothing older, but always the end.
/// </summary>
sealed class JobStream(OctaviaDbContext db, JobEvents events, Callers callers, IHostApplicationLifetime lifetime)
{
    static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    /// <summary>Null when the job is over and who asks has seen that.</summary>
    /// <exception cref="Operations.Refusal">There is no such job of the user.</exception>
    public async Task<IAsyncEnumerable<JobResponse>?> OpenAsync(Guid id, long seen, ClaimsPrincipal user, CancellationToken ct)
    {
        var job = await JobsApi.FindAsync(db, id, ct);
        return job.Status.IsOver() && seen == job.Revision ? null : ReadAsync(id, seen, user, ct);
    }

    async IAsyncEnumerable<JobResponse> ReadAsync(Guid id, long seen, ClaimsPrincipal user, [EnumeratorCancellation] CancellationToken ct)
    {
        // Subscribed before the state is read again, so that no event falls between.
        await using var subscription = await events.SubscribeAsync(id);
        var current = await CurrentAsync(id, ct);
        var asked = Stopwatch.StartNew();
        while (current is { } job)
        {
            if (job.IsOver || job.Revision >= seen)
            {
                seen = job.Revision;
                yield return job;
            }
            if (job.IsOver) yield break;
            current = await NextAsync(subscription, job, ct);
            if (asked.Elapsed < Heartbeat) continue;
            if (await callers.RoleAsync(user, ct) is null) yield break;
            asked.Restart();
        }
    }

    /// <summary>The job after its next event or a silence. Null when it was deleted, or when the service stops and its clients must go elsewhere.</summary>
    async Task<JobResponse?> NextAsync(JobEvents.Subscription subscription, JobResponse job, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct, lifetime.ApplicationStopping);
        try
        {
            while (true)
            {
                var next = await subscription.NextAsync(Heartbeat, stop.Token);
                // What an event does not tell (times, outputs, errors) changes with the status and the attempt only.
                if (next is null || next.Status.IsOver()) return await CurrentAsync(job.Id, ct);
                if (next.Revision <= job.Revision || next.Attempt < job.Attempt) continue;
                return next.Status == job.Status && next.Attempt == job.Attempt ? job.With(next) : await CurrentAsync(job.Id, ct);
            }
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>The row, or the latest event where that is newer: the row is written every two seconds only. Null when the job was deleted.</summary>
    async Task<JobResponse?> CurrentAsync(Guid id, CancellationToken ct)
    {
        if (await db.Jobs.AsNoTracking().Where(x => x.Id == id).WithoutGlossary().SingleOrDefaultAsync(ct) is not { } job) return null;
        var latest = job.Status.IsOver() ? null : await events.LatestAsync(id);
        return latest is not null && latest.Revision > job.Revision && latest.Attempt == job.Attempt && !latest.Status.IsOver()
            ? job.ToResponse().With(latest)
            : job.ToResponse();
    }
}
