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

/// <summary>The API under <c>/api/v1</c>, typed. One instance serves one user: <see cref="AccessToken"/>.</summary>
public sealed class OctaviaClient(HttpClient http)
{
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The header in which a site says for whom it asks.</summary>
    public const string ClientAddress = "X-Forwarded-For";

    public string? AccessToken { get; set; }

    /// <summary>Whom a site asks for, so that limits count people; null for oneself.</summary>
    public IPAddress? OnBehalfOf { get; set; }

    public Task<TokenResponse> RegisterAsync(string email, string password, CancellationToken ct = default) =>
        SendAsync<TokenResponse>(HttpMethod.Post, "auth/register", new CredentialsRequest(email, password), ct);

    public Task<TokenResponse> LoginAsync(string email, string password, CancellationToken ct = default) =>
        SendAsync<TokenResponse>(HttpMethod.Post, "auth/login", new CredentialsRequest(email, password), ct);

    public async Task<UploadResponse> UploadAsync(
        Stream content, string filename, string fileType = "video", CancellationToken ct = default)
    {
        using var form = new MultipartFormDataContent { { new StreamContent(content), "file", filename } };
        using var request = Request(HttpMethod.Post, $"upload?file_type={fileType}");
        request.Content = form;
        return await SendAsync<UploadResponse>(request, ct);
    }

    public Task<UploadResponse> ImportAsync(ImportRequest import, CancellationToken ct = default) =>
        SendAsync<UploadResponse>(HttpMethod.Post, "upload/from-url", import, ct);

    public Task<JobResponse> CreateAsync(JobType type, CreateJobRequest job, CancellationToken ct = default)
    {
        var kind = type switch
        {
            JobType.VideoTranslate => "video-translate",
            JobType.Transcribe => "transcribe",
            JobType.Translate => "translate",
            JobType.Synthesize => "synthesize",
            _ => throw new ArgumentOutOfRangeException(nameof(type)),
        };
        return SendAsync<JobResponse>(HttpMethod.Post, $"jobs/{kind}/create", job, ct);
    }

    public Task<QuoteResponse> QuoteAsync(Guid id, CancellationToken ct = default) =>
        SendAsync<QuoteResponse>(HttpMethod.Post, $"jobs/{id}/quote", null, ct);

    public Task<JobResponse> ProcessAsync(Guid id, CancellationToken ct = default) =>
        SendAsync<JobResponse>(HttpMethod.Post, $"jobs/{id}/process", null, ct);

    public Task<JobResponse> GetAsync(Guid id, CancellationToken ct = default) =>
        SendAsync<JobResponse>(HttpMethod.Get, $"jobs/{id}", null, ct);

    public Task<JobPage> ListAsync(int page = 1, int pageSize = 20, CancellationToken ct = default) =>
        SendAsync<JobPage>(HttpMethod.Get, $"jobs?page={page}&page_size={pageSize}", null, ct);

    public Task<JobResponse> CancelAsync(Guid id, CancellationToken ct = default) =>
        SendAsync<JobResponse>(HttpMethod.Post, $"jobs/{id}/cancel", null, ct);

    public async Task DeleteAsync(Guid id, CancellationToken ct = default)
    {
        using var request = Request(HttpMethod.Delete, $"jobs/{id}");
        using var response = await SendAsync(request, HttpCompletionOption.ResponseContentRead, ct);
    }

    public Task<CreditsResponse> CreditsAsync(CancellationToken ct = default) =>
        SendAsync<CreditsResponse>(HttpMethod.Get, "credits", null, ct);

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
        if (AccessToken is { } token) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (OnBehalfOf is { } address) request.Headers.TryAddWithoutValidation(ClientAddress, address.ToString());
        return request;
    }

    async Task<T> SendAsync<T>(HttpMethod method, string path, object? body, CancellationToken ct)
    {
        using var request = Request(method, path);
        if (body is not null) request.Content = JsonContent.Create(body, body.GetType(), options: Json);
        return await SendAsync<T>(request, ct);
    }

    async Task<T> SendAsync<T>(HttpRequestMessage request, CancellationToken ct)
    {
        using var response = await SendAsync(request, HttpCompletionOption.ResponseContentRead, ct);
        return (await response.Content.ReadFromJsonAsync<T>(Json, ct))!;
    }

    async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, HttpCompletionOption completion, CancellationToken ct)
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
