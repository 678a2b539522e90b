using System.Globalization;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;

namespace Octavia.ChaosTests;

/// <summary>Somebody who watches a job over HTTP. It reads no more of an event than it needs: the machine under load is this one.</summary>
sealed class Listener
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    readonly TaskCompletionSource connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    long seen;

    public Task Connected => connected.Task;

    public int Events { get; private set; }

    /// <summary>Milliseconds from the publishing of each event to its arrival here: an event's id is the time of its publishing.</summary>
    public List<double> Latencies { get; } = [];

    public bool SawTheEnd { get; private set; }

    /// <summary>How often it had to come back, and why the last time.</summary>
    public int Broken { get; private set; }

    public string? Error { get; private set; }

    /// <summary>Listens until the end of the job. As an EventSource it comes back when a stream breaks, and says what it has seen.</summary>
    public async Task ListenAsync(HttpClient http, Guid jobId, CancellationToken ct)
    {
        while (!SawTheEnd)
        {
            try
            {
                await StreamAsync(http, jobId, ct);
                if (!SawTheEnd) Error = "The stream ended before the job.";
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                Error = $"{e.GetType().Name}: {e.Message}";
            }
            if (SawTheEnd) return;
            Broken++;
            await Task.Delay(Pause, ct);
        }
    }

    async Task StreamAsync(HttpClient http, Guid jobId, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"api/v1/jobs/{jobId}/stream");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (seen > 0) request.Headers.TryAddWithoutValidation("Last-Event-ID", $"{seen}");
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        response.EnsureSuccessStatusCode();
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        var events = SseParser.Create(stream, (_, data) => data.IndexOf("\"status\":\"completed\""u8) >= 0);
        await foreach (var e in events.EnumerateAsync(ct)) Hear(e);
    }

    void Hear(SseItem<bool> e)
    {
        // The first is the job as it stood before, and after a silence the same is told again: no news is that old.
        if (e.EventId is { } id && long.Parse(id, CultureInfo.InvariantCulture) is var published && published > seen)
        {
            if (Events > 0) Latencies.Add(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - published);
            seen = published;
        }
        Events++;
        SawTheEnd |= e.Data;
        connected.TrySetResult();
    }
}
