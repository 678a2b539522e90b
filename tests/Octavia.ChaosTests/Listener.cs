using System.Globalization;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;

namespace Octavia.ChaosTests;

/// <summary>Somebody who watches a job over HTTP. It reads no more of an event than it needs: the machine under load is this one.</summary>
sealed class Listener
{
    readonly TaskCompletionSource connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    long seen;

    public Task Connected => connected.Task;

    public int Events { get; private set; }

    /// <summary>Milliseconds from the publishing of each event to its arrival here: an event's id is the time of its publishing.</summary>
    public List<double> Latencies { get; } = [];

    public bool SawTheEnd { get; private set; }

    public string? Error { get; private set; }

    public async Task ListenAsync(HttpClient http, Guid jobId, CancellationToken ct)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"api/v1/jobs/{jobId}/stream");
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            response.EnsureSuccessStatusCode();
            await using var stream = await response.Content.ReadAsStreamAsync(ct);
            var events = SseParser.Create(stream, (_, data) => data.IndexOf("\"status\":\"completed\""u8) >= 0);
            await foreach (var e in events.EnumerateAsync(ct)) Hear(e);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            Error = $"{e.GetType().Name}: {e.Message}";
        }
        finally
        {
            connected.TrySetResult();
        }
    }

    void Hear(SseItem<bool> e)
    {
        // The first is the job as it stood when it was queued, and of silence the same is told again: no event is that old.
        if (Events++ > 0 && e.EventId is { } id && long.Parse(id, CultureInfo.InvariantCulture) is var published && published > seen)
        {
            Latencies.Add(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - published);
            seen = published;
        }
        SawTheEnd |= e.Data;
        connected.TrySetResult();
    }
}
