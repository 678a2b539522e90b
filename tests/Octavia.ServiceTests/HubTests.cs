using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Octavia.Jobs.Client;
using Xunit;

namespace Octavia.ServiceTests;

public class HubTests(ServiceSystem system)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task The_hub_tells_what_the_stream_tells()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateQueuedJobAsync();
        var lease = await system.TakeAsync(job.Id);
        using var limit = new CancellationTokenSource(Patience);
        await using var hub = await ConnectAsync(client.AccessToken);
        await using var told = Follow(hub, job.Id, 0, limit.Token);
        await using var streamed = client.FollowAsync(job.Id, limit.Token).GetAsyncEnumerator(limit.Token);
        // Each waits for both, so that neither passes over one.
        var percentages = new List<double>();
        for (var step = 0; step <= 5; step++)
        {
            if (step > 0) lease.Publish(JobPhase.Translating, 10 * step, $"Line {step}");
            do Assert.True(await told.MoveNextAsync() && await streamed.MoveNextAsync());
            while (told.Current.ProgressPercentage < 10 * step);
            while (streamed.Current.Revision < told.Current.Revision) Assert.True(await streamed.MoveNextAsync());
            Assert.Equivalent(streamed.Current, told.Current, strict: true);
            percentages.Add(told.Current.ProgressPercentage);
        }
        Assert.Equal([0, 10, 20, 30, 40, 50], percentages);
        await client.CancelAsync(job.Id);
        while (!told.Current.IsOver) Assert.True(await told.MoveNextAsync());
        while (!streamed.Current.IsOver) Assert.True(await streamed.MoveNextAsync());
        Assert.Equivalent(streamed.Current, told.Current, strict: true);
        Assert.False(await told.MoveNextAsync());
    }

    [Fact]
    public async Task Who_comes_back_goes_on_where_it_was()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateQueuedJobAsync();
        var lease = await system.TakeAsync(job.Id);
        using var limit = new CancellationTokenSource(Patience);
        JobResponse last;
        await using (var hub = await ConnectAsync(client.AccessToken))
        {
            await using var first = Follow(hub, job.Id, 0, limit.Token);
            Assert.True(await first.MoveNextAsync());
            last = first.Current;
        }
        lease.Publish(JobPhase.Transcribing, 12, "Listening");
        await using var again = await ConnectAsync(client.AccessToken);
        await using (var next = Follow(again, job.Id, last.Revision, limit.Token))
        {
            Assert.True(await next.MoveNextAsync());
            Assert.Equal(12, next.Current.ProgressPercentage);
            Assert.True(next.Current.Revision > last.Revision);
            await client.CancelAsync(job.Id);
            while (!next.Current.IsOver) Assert.True(await next.MoveNextAsync());
            last = next.Current;
        }
        // Seen already.
        await using var over = Follow(again, job.Id, last.Revision, limit.Token);
        Assert.False(await over.MoveNextAsync());
    }

    [Fact]
    public async Task Nobody_follows_what_belongs_to_others()
    {
        var (owner, other) = (await system.CreateUserAsync(), await system.CreateUserAsync());
        var job = await owner.CreateQueuedJobAsync();
        using var limit = new CancellationTokenSource(Patience);
        await using var hub = await ConnectAsync(other.AccessToken);
        foreach (var id in new[] { job.Id, Guid.NewGuid() })
        {
            await using var jobs = Follow(hub, id, 0, limit.Token);
            var error = await Assert.ThrowsAsync<HubException>(() => jobs.MoveNextAsync().AsTask());
            Assert.EndsWith("job.not_found: There is no such job.", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task It_ends_with_the_session_of_who_listens()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateQueuedJobAsync();
        using var limit = new CancellationTokenSource(Patience);
        await using var hub = await ConnectAsync(client.AccessToken);
        await using var jobs = Follow(hub, job.Id, 0, limit.Token);
        Assert.True(await jobs.MoveNextAsync());
        await client.LogoutAsync(limit.Token);
        while (await jobs.MoveNextAsync()) Assert.Equal(JobStatus.Queued, jobs.Current.Status);
        // The connection that is left is worth nothing.
        await using var again = Follow(hub, job.Id, 0, limit.Token);
        var error = await Assert.ThrowsAsync<HubException>(() => again.MoveNextAsync().AsTask());
        Assert.Contains("auth.session_over", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_follows_so_many_jobs_at_once()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateQueuedJobAsync();
        using var limit = new CancellationTokenSource(Patience);
        await using var hub = await ConnectAsync(client.AccessToken);
        var open = new List<IAsyncEnumerator<JobResponse>>();
        for (var i = 0; i < 100; i++)
        {
            open.Add(Follow(hub, job.Id, 0, limit.Token));
            Assert.True(await open[i].MoveNextAsync());
        }
        await using (var more = Follow(hub, job.Id, 0, limit.Token))
        {
            var error = await Assert.ThrowsAsync<HubException>(() => more.MoveNextAsync().AsTask());
            Assert.Contains("hub.too_many_streams", error.Message, StringComparison.Ordinal);
        }
        await client.CancelAsync(job.Id, limit.Token);
        foreach (var jobs in open)
        {
            while (await jobs.MoveNextAsync()) Assert.Equal(job.Id, jobs.Current.Id);
            await jobs.DisposeAsync();
        }
        // Those that have ended count no more.
        await using var again = Follow(hub, job.Id, 0, limit.Token);
        Assert.True(await again.MoveNextAsync());
    }

    [Fact]
    public async Task A_token_in_the_address_counts_for_the_handshake_of_a_browser_only()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateQueuedJobAsync();
        var (key, link) = ((await client.CreateKeyAsync("script")).Key!, (await client.LinkAsync(job.Id)).Token);
        await using (var browser = await ConnectAsync(token: null, inAddress: client.AccessToken))
        {
            using var limit = new CancellationTokenSource(Patience);
            await using var jobs = Follow(browser, job.Id, 0, limit.Token);
            Assert.True(await jobs.MoveNextAsync());
        }
        // A key stands in the header, as everywhere.
        await using (await ConnectAsync(key)) { }
        foreach (var wrong in new[] { null, "nonsense", key, link })
        {
            var refused = await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync(token: null, inAddress: wrong));
            Assert.Contains("401", refused is WebSocketException ? refused.Message : refused.ToString(), StringComparison.Ordinal);
        }
        using var http = system.Http();
        foreach (var path in new[] { "hubs/jobs", "hubs/jobs/negotiate?negotiateVersion=1", "api/v1/credits" })
        {
            using var request = new HttpRequestMessage(path.Contains("negotiate", StringComparison.Ordinal) ? HttpMethod.Post : HttpMethod.Get, path + (path.Contains('?') ? "&" : "?") + $"access_token={client.AccessToken}");
            using var response = await http.SendAsync(request);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        }
    }

    async Task<HubConnection> ConnectAsync(string? token, string? inAddress = null)
    {
        using var http = system.Http();
        var hub = new HubConnectionBuilder()
            .WithUrl(new Uri(http.BaseAddress!, "hubs/jobs" + (inAddress is null ? "" : $"?access_token={inAddress}")), options =>
            {
                options.SkipNegotiation = true;
                options.Transports = HttpTransportType.WebSockets;
                if (token is not null) options.AccessTokenProvider = () => Task.FromResult<string?>(token);
            })
            .AddJsonProtocol(options => options.PayloadSerializerOptions = OctaviaClient.Json)
            .Build();
        await hub.StartAsync();
        return hub;
    }

    static IAsyncEnumerator<JobResponse> Follow(HubConnection hub, Guid jobId, long lastRevision, CancellationToken ct) =>
        hub.StreamAsync<JobResponse>("Follow", jobId, lastRevision, ct).GetAsyncEnumerator(ct);
}
