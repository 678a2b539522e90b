using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Octavia.Jobs.Client;

/// <summary>An answer of the API that is no success: the problem's code and its sentence for people.</summary>
public sealed class OctaviaApiException(HttpStatusCode status, string code, string message) : Exception(message)
{
    public HttpStatusCode Status { get; } = status;

    public string Code { get; } = code;
}

/// <summary>The API under <c>/api/v1</c>, typed. One instance serves one user: <see cref="AccessToken"/>, or <see cref="Use"/>.</summary>
public sealed partial class OctaviaClient(HttpClient http)
{
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The header in which a site says for whom it asks.</summary>
    public const string ClientAddress = "X-Forwarded-For";

    /// <summary>A header that makes a request the same one however often it is sent.</summary>
    public const string IdempotencyKey = "Idempotency-Key";

    /// <summary>A header that names the file which an upload in pieces became.</summary>
    public const string FileId = "Octavia-File-Id";

    /// <summary>An access token, or an API key.</summary>
    public string? AccessToken { get; set; }

    /// <summary>Whom a site asks for, so that limits count people; null for oneself.</summary>
    public IPAddress? OnBehalfOf { get; set; }

    public async Task<UploadResponse> UploadAsync(
        Stream content, string filename, string fileType = "video", CancellationToken ct = default)
    {
        using var form = new MultipartFormDataContent { { new StreamContent(content), "file", filename } };
        using var request = Request(HttpMethod.Post, $"upload?file_type={fileType}");
        request.Content = form;
        return await SendAsync<UploadResponse>(request, ct);
    }

    /// <summary>Waits until it is fetched; who stops waiting cancels it.</summary>
    public Task<UploadResponse> ImportAsync(ImportRequest import, CancellationToken ct = default) =>
        SendAsync<UploadResponse>(HttpMethod.Post, "upload/from-url", import, ct);

    /// <summary>Begins an import; <see cref="FindImportAsync"/> tells how far it is.</summary>
    public Task<ImportResponse> BeginImportAsync(ImportRequest import, CancellationToken ct = default) =>
        SendAsync<ImportResponse>(HttpMethod.Post, "upload/from-url?wait=false", import, ct);

    public Task<ImportResponse> FindImportAsync(Guid id, CancellationToken ct = default) =>
        SendAsync<ImportResponse>(HttpMethod.Get, $"upload/imports/{id}", null, ct);

    public Task CancelImportAsync(Guid id, CancellationToken ct = default) => SendAsync(HttpMethod.Delete, $"upload/imports/{id}", null, ct);

    /// <param name="type">What is to be done.</param>
    /// <param name="job">To what, and how.</param>
    /// <param name="key">Of this one wish: sent again with it, it makes no second job.</param>
    /// <param name="ct">Stops waiting.</param>
    public Task<JobResponse> CreateAsync(JobType type, CreateJobRequest job, string? key = null, CancellationToken ct = default)
    {
        var kind = type switch
        {
            JobType.VideoTranslate => "video-translate",
            JobType.Transcribe => "transcribe",
            JobType.Translate => "translate",
            JobType.Synthesize => "synthesize",
            _ => throw new ArgumentOutOfRangeException(nameof(type)),
        };
        return SendAsync<JobResponse>(HttpMethod.Post, $"jobs/{kind}/create", job, key, ct);
    }

    public Task<QuoteResponse> QuoteAsync(Guid id, CancellationToken ct = default) =>
        SendAsync<QuoteResponse>(HttpMethod.Post, $"jobs/{id}/quote", null, ct);

    public Task<JobResponse> ProcessAsync(Guid id, string? key = null, CancellationToken ct = default) =>
        SendAsync<JobResponse>(HttpMethod.Post, $"jobs/{id}/process", null, key, ct);

    /// <summary>Has a part of a video dubbed first; the job is pending again after it, with a file <c>preview</c>.</summary>
    public Task<JobResponse> PreviewAsync(Guid id, PreviewRequest part, string? key = null, CancellationToken ct = default) =>
        SendAsync<JobResponse>(HttpMethod.Post, $"jobs/{id}/preview", part, key, ct);

    public Task<JobResponse> GetAsync(Guid id, CancellationToken ct = default) =>
        SendAsync<JobResponse>(HttpMethod.Get, $"jobs/{id}", null, ct);

    public Task<JobPage> ListAsync(int page = 1, int pageSize = 20, CancellationToken ct = default) =>
        SendAsync<JobPage>(HttpMethod.Get, $"jobs?page={page}&page_size={pageSize}", null, ct);

    public Task<JobResponse> CancelAsync(Guid id, CancellationToken ct = default) =>
        SendAsync<JobResponse>(HttpMethod.Post, $"jobs/{id}/cancel", null, ct);

    public Task DeleteAsync(Guid id, CancellationToken ct = default) => SendAsync(HttpMethod.Delete, $"jobs/{id}", null, ct);

    /// <summary>Addresses of the job's stream and files for a player.</summary>
    public Task<LinkResponse> LinkAsync(Guid id, CancellationToken ct = default) =>
        SendAsync<LinkResponse>(HttpMethod.Post, $"jobs/{id}/link", null, ct);

    public Task<LanguagesResponse> LanguagesAsync(CancellationToken ct = default) =>
        SendAsync<LanguagesResponse>(HttpMethod.Get, "languages", null, ct);

    public Task<CapabilitiesResponse> CapabilitiesAsync(CancellationToken ct = default) =>
        SendAsync<CapabilitiesResponse>(HttpMethod.Get, "capabilities", null, ct);

    /// <summary>
    /// Longest silence of <see cref="FollowAsync"/>: three of the service's heartbeats. A connection whose other end is gone without a word
    /// stays open for ever otherwise.
    /// </summary>
    public TimeSpan LongestSilence { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The job now, then at every change, until it is over.</summary>
    /// <exception cref="HttpRequestException">Nothing came for <see cref="LongestSilence"/>.</exception>
    public async IAsyncEnumerable<JobResponse> FollowAsync(Guid id, [EnumeratorCancellation] CancellationToken ct = default)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await using var events = EventsAsync(id, silence.Token).GetAsyncEnumerator(silence.Token);
        while (await NextAsync(events, silence, ct))
        {
            yield return events.Current;
            if (events.Current.IsOver) yield break;
        }
    }

    async Task<bool> NextAsync(IAsyncEnumerator<JobResponse> events, CancellationTokenSource silence, CancellationToken ct)
    {
        silence.CancelAfter(LongestSilence);
        try
        {
            return await events.MoveNextAsync();
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, "The service went silent; try again.");
        }
        finally
        {
            // Whoever reads takes the time they like.
            silence.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    async IAsyncEnumerable<JobResponse> EventsAsync(Guid id, [EnumeratorCancellation] CancellationToken ct)
    {
        using var request = Request(HttpMethod.Get, $"jobs/{id}/stream");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var response = await SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        var events = SseParser.Create(stream, (_, data) => JsonSerializer.Deserialize<JobResponse>(data, Json)!);
        await foreach (var item in events.EnumerateAsync(ct)) yield return item.Data;
    }

    /// <summary>The result, or one artifact of it, as a stream; the caller disposes the response.</summary>
    public async Task<HttpResponseMessage> DownloadAsync(Guid id, string? artifact = null, CancellationToken ct = default)
    {
        using var request = Request(HttpMethod.Get, $"download/{id}" + (artifact is null ? "" : $"?artifact={artifact}"));
        return await SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
    }

    HttpRequestMessage Request(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, $"api/v1/{path}");
        if (OnBehalfOf is { } address) request.Headers.TryAddWithoutValidation(ClientAddress, address.ToString());
        return request;
    }

    Task<T> SendAsync<T>(HttpMethod method, string path, object? body, CancellationToken ct) => SendAsync<T>(method, path, body, null, ct);

    async Task<T> SendAsync<T>(HttpMethod method, string path, object? body, string? key, CancellationToken ct)
    {
        using var request = Request(method, path);
        if (key is not null) request.Headers.TryAddWithoutValidation(IdempotencyKey, key);
        if (body is not null) request.Content = JsonContent.Create(body, body.GetType(), options: Json);
        return await SendAsync<T>(request, ct);
    }

    async Task SendAsync(HttpMethod method, string path, object? body, CancellationToken ct)
    {
        using var request = Request(method, path);
        if (body is not null) request.Content = JsonContent.Create(body, body.GetType(), options: Json);
        using var response = await SendAsync(request, HttpCompletionOption.ResponseContentRead, ct);
    }

    async Task<T> SendAsync<T>(HttpRequestMessage request, CancellationToken ct)
    {
        using var response = await SendAsync(request, HttpCompletionOption.ResponseContentRead, ct);
        return (await response.Content.ReadFromJsonAsync<T>(Json, ct))!;
    }

    async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, HttpCompletionOption completion, CancellationToken ct)
    {
        if (await ValidTokenAsync(ct) is { } token) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await SendAsItIsAsync(request, completion, ct);
    }

    async Task<HttpResponseMessage> SendAsItIsAsync(HttpRequestMessage request, HttpCompletionOption completion, CancellationToken ct)
    {
        var response = await http.SendAsync(request, completion, ct);
        if (response.IsSuccessStatusCode) return response;
        using (response)
            throw await ProblemAsync(response, ct);
    }

    static async Task<OctaviaApiException> ProblemAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var text = await response.Content.ReadAsStringAsync(ct);
        try
        {
            using var problem = JsonDocument.Parse(text);
            var root = problem.RootElement;
            var code = root.TryGetProperty("code", out var c) ? c.GetString() : null;
            var detail = root.TryGetProperty("detail", out var d) ? d.GetString() : null;
            return new OctaviaApiException(response.StatusCode, code ?? "http", detail ?? $"The server answered {(int)response.StatusCode}.");
        }
        catch (JsonException)
        {
            return new OctaviaApiException(response.StatusCode, "http", $"The server answered {(int)response.StatusCode}.");
        }
    }
}
