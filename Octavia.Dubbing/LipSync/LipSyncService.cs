using System.Net;
using System.Net.Http.Headers;

namespace Octavia.Dubbing.LipSync;

/// <summary>A service: <c>POST</c> of a form with the files <c>picture</c> and <c>speech</c>, answered by 200 with the picture, or 204 where there is no face.</summary>
sealed class LipSyncService(LipSyncOptions options) : ILipSync, IDisposable
{
    // Nobody sends back more than this of a minute of film.
    const long MostBytes = 1L << 30;
    readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(10) }) { Timeout = Timeout.InfiniteTimeSpan };

    public string Name => options.Endpoint!.Host;

    public async Task<bool> RunAsync(string picture, string speech, string output, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.Timeout);
        try
        {
            using var form = new MultipartFormDataContent { { Part(picture, "video/mp4"), "picture", "picture.mp4" }, { Part(speech, "audio/wav"), "speech", "speech.wav" } };
            using var request = new HttpRequestMessage(HttpMethod.Post, options.Endpoint) { Content = form };
            if (!string.IsNullOrEmpty(options.ApiKey)) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.ApiKey);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if (response.StatusCode == HttpStatusCode.NoContent) return false;
            if (response.StatusCode != HttpStatusCode.OK) throw LipSyncFailure.Of($"{Name} answered {(int)response.StatusCode}");
            await SaveAsync(response, output, limit.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw LipSyncFailure.Of(FormattableString.Invariant($"{Name} gave no answer within {options.Timeout.TotalSeconds:0} s"));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw LipSyncFailure.Of($"{Name} is not reached, or broke off");
        }
    }

    async Task SaveAsync(HttpResponseMessage response, string output, CancellationToken cancellationToken)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        await using var file = new FileStream(output, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous);
        var buffer = new byte[1 << 16];
        while (await body.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (file.Length + read > MostBytes) throw LipSyncFailure.Of($"{Name} sent more than {MostBytes >> 20} MiB");
            await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
    }

    static StreamContent Part(string path, string type) =>
        new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous)) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();
}
