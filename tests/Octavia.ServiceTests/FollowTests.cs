using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Octavia.Jobs.Client;
using Xunit;

namespace Octavia.ServiceTests;

/// <summary>A stream whose other end is gone without a word.</summary>
public class FollowTests
{
    static readonly JobResponse Queued = new()
    {
        Id = Guid.NewGuid(),
        JobType = JobType.Translate,
        Status = JobStatus.Queued,
        ProgressPercentage = 0,
        SourceLanguage = "en",
        Attempt = 1,
        CreatedAt = DateTimeOffset.UnixEpoch,
    };

    [Fact]
    public async Task Who_follows_gives_up_on_a_silent_stream()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var service = builder.Build();
        service.MapGet("/api/v1/jobs/{id}/stream", async (HttpContext context) =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync($"data: {JsonSerializer.Serialize(Queued, OctaviaClient.Json)}\n\n");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        await service.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(service.Urls.Single()) };
        var client = new OctaviaClient(http) { LongestSilence = TimeSpan.FromSeconds(1) };

        await using var jobs = client.FollowAsync(Guid.NewGuid()).GetAsyncEnumerator();
        Assert.True(await jobs.MoveNextAsync());
        await Assert.ThrowsAsync<HttpRequestException>(() => jobs.MoveNextAsync().AsTask());
    }
}
