using System.Net;
using System.Net.Http.Headers;
using Octavia.Jobs.Client;
using Octavia.ServiceDefaults;
using Octavia.Tests.Running;
using Xunit;

namespace Octavia.EndToEndTests;

/// <summary>What is on its way in while the API is started again.</summary>
[Collection(nameof(WorkingSystem))]
public class IntakeTests(WorkingSystem system)
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_half_upload_and_an_import_go_on_after_a_restart_of_the_API()
    {
        using var limit = new CancellationTokenSource(Patience);
        var user = await system.CreateUserAsync();
        await using var site = await Site.StartAsync();
        var import = await user.BeginImportAsync(new ImportRequest(site.Address("slow.mp4")), limit.Token);
        var video = await File.ReadAllBytesAsync(await Media.VideoAsync(), limit.Token);
        using var http = system.Http(user);
        using var creation = Speaking(new(HttpMethod.Post, "api/v1/upload/tus") { Headers = { { "Upload-Length", $"{video.Length}" } } });
        using var created = await http.SendAsync(creation, limit.Token);
        var address = $"{created.Headers.Location}";
        using (var first = await PatchAsync(http, address, 0, video[..5000], limit.Token)) Assert.Equal(HttpStatusCode.NoContent, first.StatusCode);
        while (site.Waiting == 0) await Task.Delay(50, limit.Token);

        Assert.Equal(0, await system.RestartAsync(ResourceNames.Api, limit.Token));

        using var state = await http.SendAsync(Speaking(new(HttpMethod.Head, address)), limit.Token);
        Assert.Equal("5000", Assert.Single(state.Headers.GetValues("Upload-Offset")));
        using var last = await PatchAsync(http, address, 5000, video[5000..], limit.Token);
        var file = Guid.Parse(Assert.Single(last.Headers.GetValues(OctaviaClient.FileId)));
        await user.CreateAsync(JobType.Transcribe, new() { FileId = file }, ct: limit.Token);

        site.Release();
        while (!import.IsOver)
        {
            await Task.Delay(200, limit.Token);
            import = await user.FindImportAsync(import.Id, limit.Token);
        }
        Assert.Equal((ImportStatus.Completed, (long)video.Length), (import.Status, import.File?.SizeBytes));
    }

    [Fact]
    public async Task Without_the_program_for_video_sites_a_page_is_refused_in_words()
    {
        var user = await system.CreateUserAsync();
        await using var site = await Site.StartAsync();
        var refusal = await Assert.ThrowsAsync<OctaviaApiException>(() => user.ImportAsync(new ImportRequest(site.Address("watch"))));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "import.video_site"), (refusal.Status, refusal.Code));
        Assert.Contains("yt-dlp", refusal.Message, StringComparison.Ordinal);
    }

    static Task<HttpResponseMessage> PatchAsync(HttpClient http, string address, long offset, byte[] piece, CancellationToken ct)
    {
        var content = new ByteArrayContent(piece) { Headers = { ContentType = new MediaTypeHeaderValue("application/offset+octet-stream") } };
        return http.SendAsync(Speaking(new(HttpMethod.Patch, address) { Headers = { { "Upload-Offset", $"{offset}" } }, Content = content }), ct);
    }

    static HttpRequestMessage Speaking(HttpRequestMessage request)
    {
        request.Headers.Add("Tus-Resumable", "1.0.0");
        return request;
    }
}
