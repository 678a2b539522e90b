using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Xunit;
using static Octavia.ServiceTests.Assertions;

namespace Octavia.ServiceTests;

/// <summary>The words of tus 1.0.0.</summary>
static class TusRequests
{
    public static async Task<(HttpResponseMessage Response, string Address)> CreateAsync(HttpClient http, long length, params (string Name, string Value)[] metadata)
    {
        var response = await http.SendAsync(Creation(length, metadata));
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return (response, $"{response.Headers.Location}");
    }

    public static HttpRequestMessage Creation(long length, params (string Name, string Value)[] metadata)
    {
        var request = Speaking(new(HttpMethod.Post, "api/v1/upload/tus") { Headers = { { "Upload-Length", $"{length}" } } });
        if (metadata.Length > 0) request.Headers.Add("Upload-Metadata", Metadata(metadata));
        return request;
    }

    public static string Metadata(params (string Name, string Value)[] metadata) =>
        string.Join(',', metadata.Select(x => $"{x.Name} {Convert.ToBase64String(Encoding.UTF8.GetBytes(x.Value))}".TrimEnd()));

    public static HttpRequestMessage Speaking(HttpRequestMessage request)
    {
        request.Headers.Add("Tus-Resumable", "1.0.0");
        return request;
    }

    public static HttpRequestMessage Piece(string address, long offset) => new(HttpMethod.Patch, address) { Headers = { { "Upload-Offset", $"{offset}" } } };

    public static Task<HttpResponseMessage> PatchAsync(HttpClient http, string address, long offset, byte[] piece) => SendAsync(http, Piece(address, offset), piece);

    /// <summary>The same, and again while another request sends to the upload.</summary>
    public static async Task<HttpResponseMessage> PatchWhenFreeAsync(HttpClient http, string address, long offset, byte[] piece)
    {
        while (true)
        {
            var response = await PatchAsync(http, address, offset, piece);
            if (response.StatusCode != HttpStatusCode.Locked) return response;
            using (response) await Task.Delay(response.Headers.RetryAfter!.Delta!.Value);
        }
    }

    public static Task<HttpResponseMessage> HeadAsync(HttpClient http, string address) => http.SendAsync(Speaking(new(HttpMethod.Head, address)));

    public static async Task<long> OffsetAsync(HttpClient http, string address)
    {
        using var state = await HeadAsync(http, address);
        return long.Parse(Header(state, "Upload-Offset")!, CultureInfo.InvariantCulture);
    }

    public static Task<HttpResponseMessage> SendAsync(HttpClient http, HttpRequestMessage request, byte[] piece) => SendAsync(http, request, new ByteArrayContent(piece));

    public static Task<HttpResponseMessage> SendAsync(HttpClient http, HttpRequestMessage request, HttpContent piece)
    {
        if (!request.Headers.Contains("Tus-Resumable")) Speaking(request);
        request.Content = piece;
        piece.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
        return http.SendAsync(request);
    }

    public static async Task AssertAsync(HttpStatusCode status, string code, Func<Task<HttpResponseMessage>> send)
    {
        using var response = await send();
        Assert.Equal((status, "1.0.0"), (response.StatusCode, Header(response, "Tus-Resumable")));
        await AssertProblemAsync(response, code);
    }

    public static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? Assert.Single(values) : null;

    /// <summary>Sends half of what it has and says so, and the rest when it may.</summary>
    public sealed class HeldContent(byte[] bytes, SemaphoreSlim half, SemaphoreSlim go) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(bytes.AsMemory(0, bytes.Length / 2));
            await stream.FlushAsync();
            half.Release();
            await go.WaitAsync();
            await stream.WriteAsync(bytes.AsMemory(bytes.Length / 2));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = bytes.Length;
            return true;
        }
    }
}
