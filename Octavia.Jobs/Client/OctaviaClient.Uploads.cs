using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Octavia.Jobs.Client;

/// <summary>Uploads that go on after a broken connection: the tus protocol.</summary>
public sealed partial class OctaviaClient
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Longest time in which nothing moves, after which <see cref="UploadResumablyAsync"/> gives up.</summary>
    public TimeSpan LongestOutage { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Sends a file; when the connection breaks, or the service is started again, it goes on from what has arrived.</summary>
    /// <param name="content">The file, in which any place can be read.</param>
    /// <param name="filename">For people.</param>
    /// <param name="fileType"><c>video</c>, <c>audio</c>, <c>subtitles</c> or <c>text</c>.</param>
    /// <param name="ct">Stops it.</param>
    /// <returns>The file's id.</returns>
    public async Task<Guid> UploadResumablyAsync(Stream content, string filename, string fileType = "video", CancellationToken ct = default)
    {
        var address = await BeginUploadAsync(content.Length, filename, fileType, ct);
        var (reached, sent, clock) = (0L, 0L, Stopwatch.StartNew());
        while (true)
        {
            try
            {
                using var state = await SendAsync(Tus(HttpMethod.Head, address), HttpCompletionOption.ResponseContentRead, ct);
                if (FileOf(state) is { } made) return made;
                content.Position = long.Parse(state.Headers.GetValues("Upload-Offset").Single(), CultureInfo.InvariantCulture);
                if (content.Position > reached) (reached, clock) = (content.Position, Stopwatch.StartNew());
                if (await SendRestAsync(address, content, ct) is { } file) return file;
            }
            catch (Exception e) when (MayPass(e))
            {
                // What is sent anew moves nothing; what was sent for the first time did until just now.
                if (content.Position > sent) (sent, clock) = (content.Position, Stopwatch.StartNew());
                else if (clock.Elapsed >= LongestOutage) throw;
                await Task.Delay(Pause, ct);
            }
        }
    }

    async Task<Uri> BeginUploadAsync(long length, string filename, string fileType, CancellationToken ct)
    {
        using var request = Tus(HttpMethod.Post, new Uri("api/v1/upload/tus", UriKind.Relative));
        request.Headers.Add("Upload-Length", length.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("Upload-Metadata", $"filename {Base64(filename)},file_type {Base64(fileType)}");
        using var response = await SendAsync(request, HttpCompletionOption.ResponseContentRead, ct);
        return response.Headers.Location!;
    }

    async Task<Guid?> SendRestAsync(Uri address, Stream content, CancellationToken ct)
    {
        using var request = Tus(HttpMethod.Patch, address);
        request.Headers.Add("Upload-Offset", content.Position.ToString(CultureInfo.InvariantCulture));
        request.Content = new RestContent(content) { Headers = { ContentType = new MediaTypeHeaderValue("application/offset+octet-stream") } };
        using var response = await SendAsync(request, HttpCompletionOption.ResponseContentRead, ct);
        return FileOf(response);
    }

    static HttpRequestMessage Tus(HttpMethod method, Uri address) => new(method, address) { Headers = { { "Tus-Resumable", "1.0.0" } } };

    static Guid? FileOf(HttpResponseMessage response) => response.Headers.TryGetValues(FileId, out var values) ? Guid.Parse(values.Single()) : null;

    static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    // 409, 423: something of a connection that broke has arrived after it was asked for, or still arrives.
    static bool MayPass(Exception e) => e is HttpRequestException or IOException
        || e is OctaviaApiException { Status: >= HttpStatusCode.InternalServerError or HttpStatusCode.Conflict or HttpStatusCode.Locked or HttpStatusCode.TooManyRequests };

    /// <summary>A stream from where it stands, which is still open when the request is over.</summary>
    sealed class RestContent(Stream content) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => content.CopyToAsync(stream);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            content.CopyToAsync(stream, cancellationToken);

        protected override bool TryComputeLength(out long length)
        {
            length = content.Length - content.Position;
            return true;
        }
    }
}
