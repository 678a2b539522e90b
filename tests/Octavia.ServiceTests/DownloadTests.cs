using System.Net;
using System.Net.Http.Headers;
using Octavia.Jobs.Client;
using Xunit;
using static Octavia.ServiceTests.Assertions;

namespace Octavia.ServiceTests;

public class DownloadTests(ServiceSystem system)
{
    [Fact]
    public async Task A_result_is_served_whole_in_ranges_and_by_artifact()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateCompletedJobAsync(system);
        using var http = system.Http(client);
        var address = $"api/v1/download/{job.Id}";

        using (var whole = await http.GetAsync(address))
        {
            Assert.Equal("the dubbed film", await whole.Content.ReadAsStringAsync());
            Assert.Equal(("video/mp4", "holiday.es.mp4"), (whole.Content.Headers.ContentType!.MediaType, whole.Content.Headers.ContentDisposition!.FileName));
            Assert.Equal("bytes", whole.Headers.AcceptRanges.Single());
        }

        using (var part = await http.SendAsync(new(HttpMethod.Get, address) { Headers = { Range = new RangeHeaderValue(4, 9) } }))
        {
            Assert.Equal((HttpStatusCode.PartialContent, "dubbed"), (part.StatusCode, await part.Content.ReadAsStringAsync()));
            Assert.Equal("bytes 4-9/15", part.Content.Headers.ContentRange!.ToString());
        }

        using (var beyond = await http.SendAsync(new(HttpMethod.Get, address) { Headers = { Range = new RangeHeaderValue(100, null) } }))
            Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.StatusCode);
        using (var head = await http.SendAsync(new(HttpMethod.Head, address)))
            Assert.Equal(15, head.Content.Headers.ContentLength);

        Assert.Equal("hola", await TextAsync(client, job.Id, "subtitles"));
        Assert.Equal("hello", await http.GetStringAsync(address + "?artifact=subtitles&language=en"));
        Assert.Equal("hola vtt", await http.GetStringAsync(address + "?artifact=subtitles&format=vtt"));
        Assert.Equal("{}", await TextAsync(client, job.Id, "report"));
        await RefusesAsync(HttpStatusCode.NotFound, "artifact.not_found", () => client.DownloadAsync(job.Id, "poster"));
        Assert.Equal(["video", "subtitles", "report"], (await client.GetAsync(job.Id)).Artifacts);
    }

    [Fact]
    public async Task There_is_no_result_before_the_end()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateQueuedJobAsync();
        await RefusesAsync(HttpStatusCode.Conflict, "job.not_completed", () => client.DownloadAsync(job.Id));
    }

    static async Task<string> TextAsync(OctaviaClient client, Guid id, string artifact)
    {
        using var response = await client.DownloadAsync(id, artifact);
        return await response.Content.ReadAsStringAsync();
    }
}
