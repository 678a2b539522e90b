using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.SignalR;
using Octavia.Api.Accounts;
using Octavia.Api.Operations;
using Octavia.Jobs;
using Octavia.Jobs.Client;

namespace Octavia.Api.Jobs;

/// <summary>The two ways in which a <see cref="JobStream"/> is told: server-sent events, whose ids are revisions, and a hub of SignalR.</summary>
static class JobEventsApi
{
    public static void AddJobEvents(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<JobStream>();
        builder.Services.AddSignalR(options => options.AddFilter<RefusalFilter>())
            .AddJsonProtocol(options => options.PayloadSerializerOptions = OctaviaClient.Json);
    }

    /// <summary>WebSockets only: without another transport to choose, a client needs no second request, which another replica might answer.</summary>
    public static void MapJobHub(this WebApplication app) =>
        app.MapHub<JobHub>("/hubs/jobs", options =>
        {
            options.Transports = HttpTransportType.WebSockets;
            options.CloseOnAuthenticationExpiration = true;
        });

    public static async Task<Results<ServerSentEventsResult<JobResponse>, NoContent>> FollowAsync(
        Guid id, [FromHeader(Name = "Last-Event-ID")] string? lastEventId, ClaimsPrincipal user, JobStream stream, CancellationToken ct)
    {
        _ = long.TryParse(lastEventId, CultureInfo.InvariantCulture, out var seen);
        return await stream.OpenAsync(id, seen, user, ct) is { } jobs
            ? TypedResults.ServerSentEvents(WithIdsAsync(jobs, ct))
            // The answer that makes an EventSource stop coming back.
            : TypedResults.NoContent();
    }

    static async IAsyncEnumerable<SseItem<JobResponse>> WithIdsAsync(IAsyncEnumerable<JobResponse> jobs, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var job in jobs.WithCancellation(ct))
            yield return new SseItem<JobResponse>(job) { EventId = job.Revision.ToString(CultureInfo.InvariantCulture) };
    }

    /// <summary>What is refused reaches the caller in words; all else stays here.</summary>
    sealed class RefusalFilter : IHubFilter
    {
        public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
        {
            try
            {
                return await next(invocationContext);
            }
            catch (Refusal refusal)
            {
                throw new HubException($"{refusal.Code}: {refusal.Message}");
            }
        }
    }
}

[Authorize]
sealed class JobHub(OctaviaDbContext db, JobStream stream, Callers callers) : Hub
{
    const int MostStreams = 100;

    // Those that this connection has open.
    StrongBox<int> Open => (StrongBox<int>)Context.Items[typeof(JobHub)]!;

    public override Task OnConnectedAsync()
    {
        Context.Items[typeof(JobHub)] = new StrongBox<int>();
        return base.OnConnectedAsync();
    }

    /// <summary>The job until it is over, as <c>GET /jobs/{id}/stream</c> tells it.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="lastRevision">The <c>revision</c> that was seen last; 0 for none.</param>
    /// <param name="cancellationToken">Set when the caller stops listening.</param>
    public async Task<IAsyncEnumerable<JobResponse>> Follow(Guid jobId, long lastRevision, CancellationToken cancellationToken)
    {
        var (user, open) = (Context.User!, Open);
        try
        {
            if (Interlocked.Increment(ref open.Value) > MostStreams)
                throw new Refusal(429, "hub.too_many_streams", $"This connection follows {MostStreams} jobs already, which is the most; stop following one.");
            // The connection was opened with a session that may be over since.
            if (await callers.RoleAsync(user, cancellationToken) is null) throw new Refusal(401, "auth.session_over", "This session is over; log in again.");
            db.OwnerId = user.Id();
            return CountedAsync(await stream.OpenAsync(jobId, lastRevision, user, cancellationToken) ?? AsyncEnumerable.Empty<JobResponse>(), open, cancellationToken);
        }
        catch
        {
            Interlocked.Decrement(ref open.Value);
            throw;
        }
    }

    static async IAsyncEnumerable<JobResponse> CountedAsync(IAsyncEnumerable<JobResponse> jobs, StrongBox<int> open, [EnumeratorCancellation] CancellationToken ct)
    {
        try
        {
            await foreach (var job in jobs.WithCancellation(ct)) yield return job;
        }
        finally
        {
            Interlocked.Decrement(ref open.Value);
        }
    }
}
