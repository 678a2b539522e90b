using System.Globalization;
using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Octavia.Jobs.Client;
using Octavia.Jobs.Queue;
using Xunit;

namespace Octavia.ServiceTests;

public class StreamTests(ServiceSystem system)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_stream_begins_with_the_job_as_it_is_and_ends_with_its_end()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateQueuedJobAsync();
        using var limit = new CancellationTokenSource(Patience);
        await using var events = client.FollowAsync(job.Id, limit.Token).GetAsyncEnumerator(limit.Token);
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(JobStatus.Queued, events.Current.Status);

        var lease = await system.TakeAsync(job.Id);
        await NewsAsync();
        Assert.Equal((JobStatus.Processing, 1), (events.Current.Status, events.Current.Attempt));
        Assert.NotNull(events.Current.StartedAt);
        lease.Publish(JobPhase.Translating, 42, "Line 3 of 7");
        await NewsAsync();
        Assert.Equal((JobPhase.Translating, 42.0, "Line 3 of 7"), (events.Current.Phase, events.Current.ProgressPercentage, events.Current.CurrentStep));

        await lease.CompleteAsync("jobs/right", lease.Job.JobMetadata, 1, limit.Token);
        await NewsAsync();
        Assert.Equal((JobStatus.Completed, 100.0, "jobs/right"), (events.Current.Status, events.Current.ProgressPercentage, events.Current.OutputFile));
        Assert.False(await events.MoveNextAsync());

        // After a silence the same is told again.
        async Task NewsAsync()
        {
            var known = (events.Current.Status, events.Current.ProgressPercentage);
            do Assert.True(await events.MoveNextAsync());
            while ((events.Current.Status, events.Current.ProgressPercentage) == known);
        }
    }

    [Fact]
    public async Task Who_comes_late_sees_the_latest_event_not_the_older_row()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateQueuedJobAsync();
        (await system.TakeAsync(job.Id)).Publish(JobPhase.Synthesizing, 66, "Speaking");
        Assert.Equal(0, (await client.GetAsync(job.Id)).ProgressPercentage);
        using var limit = new CancellationTokenSource(Patience);
        Assert.Equal(66, (await client.FollowAsync(job.Id, limit.Token).FirstAsync(limit.Token)).ProgressPercentage);
    }

    [Fact]
    public async Task Silence_is_broken_by_a_heartbeat()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateQueuedJobAsync();
        var seen = 0;
        await foreach (var state in client.FollowAsync(job.Id, new CancellationTokenSource(Patience).Token))
        {
            Assert.Equal(JobStatus.Queued, state.Status);
            if (++seen == 2) break;
        }
        Assert.Equal(2, seen);
    }

    [Fact]
    public async Task A_browser_brings_its_token_in_the_address_and_comes_back_where_it_was()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateQueuedJobAsync();
        var lease = await system.TakeAsync(job.Id);
        using var http = system.Http();
        var address = $"api/v1/jobs/{job.Id}/stream?token={client.AccessToken}";

        var (id, first) = await FirstEventAsync(http, address, null);
        Assert.Equal(JobStatus.Processing, first.Status);
        lease.Publish(JobPhase.Transcribing, 12, "Listening");
        var (next, second) = await FirstEventAsync(http, address, id);
        Assert.Equal(12, second.ProgressPercentage);
        Assert.True(next > id);

        await client.CancelAsync(job.Id);
        var (last, third) = await FirstEventAsync(http, address, next);
        Assert.Equal(JobStatus.Cancelled, third.Status);
        using var over = await http.SendAsync(Request(address, last));
        Assert.Equal(HttpStatusCode.NoContent, over.StatusCode);
    }

    [Fact]
    public async Task The_end_is_shown_also_when_an_event_of_the_worker_is_newer()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateQueuedJobAsync();
        var lease = await system.TakeAsync(job.Id);
        using var limit = new CancellationTokenSource(Patience);
        await using var events = client.FollowAsync(job.Id, limit.Token).GetAsyncEnumerator(limit.Token);
        Assert.True(await events.MoveNextAsync());
        var ahead = lease.Job.ToEvent() with { Revision = lease.Job.Revision + 1_000_000, ProgressPercentage = 50 };
        system.Events.Publish(job.Id, ahead);
        while (events.Current.ProgressPercentage < 50) Assert.True(await events.MoveNextAsync());
        await client.CancelAsync(job.Id);
        while (events.Current.Status != JobStatus.Cancelled) Assert.True(await events.MoveNextAsync(), "The stream ended before the job.");
        Assert.False(await events.MoveNextAsync());

        using var http = system.Http();
        var (_, last) = await FirstEventAsync(http, $"api/v1/jobs/{job.Id}/stream?token={client.AccessToken}", ahead.Revision);
        Assert.Equal(JobStatus.Cancelled, last.Status);
    }

    [Fact]
    public async Task A_stream_ends_with_the_session_of_who_listens()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateQueuedJobAsync();
        var lease = await system.TakeAsync(job.Id);
        using var limit = new CancellationTokenSource(Patience);
        await using var events = client.FollowAsync(job.Id, limit.Token).GetAsyncEnumerator(limit.Token);
        Assert.True(await events.MoveNextAsync());
        await client.LogoutAsync(limit.Token);
        // However much there is to tell.
        var percentage = 0;
        var next = events.MoveNextAsync().AsTask();
        while (!next.IsCompleted || await next)
        {
            if (next.IsCompleted) next = events.MoveNextAsync().AsTask();
            lease.Publish(JobPhase.Translating, ++percentage % 100, "Line");
            await Task.Delay(20, limit.Token);
        }
    }

    [Fact]
    public async Task The_token_counts_in_the_address_of_a_stream_only()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateQueuedJobAsync();
        using var http = system.Http();
        using var response = await http.GetAsync($"api/v1/jobs/{job.Id}?token={client.AccessToken}");
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    static HttpRequestMessage Request(string address, long? lastEventId)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (lastEventId is { } id) request.Headers.Add("Last-Event-ID", id.ToString(CultureInfo.InvariantCulture));
        return request;
    }

    static async Task<(long Id, JobResponse Job)> FirstEventAsync(HttpClient http, string address, long? lastEventId)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var response = await http.SendAsync(Request(address, lastEventId), HttpCompletionOption.ResponseHeadersRead, limit.Token);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        await using var stream = await response.Content.ReadAsStreamAsync(limit.Token);
        var parser = SseParser.Create(stream, (_, data) => JsonSerializer.Deserialize<JobResponse>(data, OctaviaClient.Json)!);
        await foreach (var item in parser.EnumerateAsync(limit.Token)) return (long.Parse(parser.LastEventId, CultureInfo.InvariantCulture), item.Data);
        throw new InvalidOperationException("The stream ended without an event.");
    }
}
