using System.Net.Http.Json;
using System.Text.Json;
using Octavia.Dubbing.Cloud;

namespace Octavia.Dubbing.Speech;

/// <summary>
/// The part of ElevenLabs' REST API that dubbing needs (elevenlabs.io/docs/api-reference): voices and speech. It throws what
/// <see cref="CloudHttp"/> throws, and <see cref="JsonException"/> or <see cref="InvalidDataException"/> for answers of another kind.
/// </summary>
sealed class ElevenLabsApi(ElevenLabsOptions options, CloudOptions cloud) : IDisposable
{
    /// <summary>Samples per second of what <see cref="SpeakAsync"/> returns: the best that every plan of the service includes.</summary>
    public const int Rate = 24_000;

    // An account may hold thousands of voices; nobody casts more than a few.
    const int PageSize = 100;
    const int MostPages = 10;

    static readonly Uri Own = new("https://api.elevenlabs.io/");
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    readonly HttpClient http = Connect(options, cloud);

    /// <summary>The model that speaks.</summary>
    public string Model => options.Model;

    /// <summary>The account's voices.</summary>
    /// <param name="search">What is in their name; null for all.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<IReadOnlyList<ElevenLabsVoice>> ListVoicesAsync(string? search, CancellationToken cancellationToken)
    {
        var voices = new List<ElevenLabsVoice>();
        string? next = null;
        for (var page = 0; page < MostPages; page++)
        {
            var query = $"v2/voices?page_size={PageSize}&include_total_count=false"
                + (search is null ? "" : $"&search={Uri.EscapeDataString(search)}") + (next is null ? "" : $"&next_page_token={Uri.EscapeDataString(next)}");
            var found = await http.GetFromJsonAsync<VoicePage>(query, Json, cancellationToken);
            voices.AddRange((found?.Voices ?? throw new JsonException("No list of voices.")).OfType<ElevenLabsVoice>().Where(voice => !string.IsNullOrEmpty(voice.VoiceId)));
            if (!found.HasMore || string.IsNullOrEmpty(next = found.NextPageToken)) break;
        }
        return voices;
    }

    /// <summary>Speaks a text.</summary>
    /// <param name="text">Not empty.</param>
    /// <param name="voice">Id of a voice.</param>
    /// <param name="language">ISO 639-1, for models that can be told; null to leave it to the model.</param>
    /// <param name="speed">0.7 to 1.2.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Mono 16 bit PCM at <see cref="Rate"/>.</returns>
    public async Task<byte[]> SpeakAsync(string text, string voice, string? language, double speed, CancellationToken cancellationToken)
    {
        var body = new Dictionary<string, object> { ["text"] = text, ["model_id"] = options.Model };
        if (language is not null) body["language_code"] = language;
        if (speed != 1) body["voice_settings"] = new Dictionary<string, object> { ["speed"] = speed };
        using var response = await http.PostAsJsonAsync($"v1/text-to-speech/{Uri.EscapeDataString(voice)}?output_format=pcm_{Rate}", body, Json, cancellationToken);
        // Samples have no header: a page of another kind would be played as noise.
        if (response.Content.Headers.ContentType?.MediaType is { } type && !type.StartsWith("audio/", StringComparison.OrdinalIgnoreCase) && type != "application/octet-stream")
            throw new InvalidDataException($"The answer is {type}.");
        return await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    /// <summary>Makes a voice of a sample.</summary>
    public async Task<AddedVoice> AddVoiceAsync(string name, ReadOnlyMemory<byte> wav, CancellationToken cancellationToken)
    {
        using var sample = new ReadOnlyMemoryContent(wav) { Headers = { ContentType = new("audio/wav") } };
        using var form = new MultipartFormDataContent
        {
            { new StringContent(name), "name" },
            { new StringContent("For one dub by Octavia, which deletes it afterwards."), "description" },
            { sample, "files", "sample.wav" },
        };
        using var response = await http.PostAsync("v1/voices/add", form, cancellationToken);
        var added = await response.Content.ReadFromJsonAsync<AddedVoice>(Json, cancellationToken);
        return string.IsNullOrEmpty(added?.VoiceId) ? throw new JsonException("No id of a voice.") : added;
    }

    /// <summary>Deletes a voice of the account.</summary>
    public async Task DeleteVoiceAsync(string voice, CancellationToken cancellationToken) =>
        (await http.DeleteAsync($"v1/voices/{Uri.EscapeDataString(voice)}", cancellationToken)).Dispose();

    /// <inheritdoc />
    public void Dispose() => http.Dispose();

    static HttpClient Connect(ElevenLabsOptions options, CloudOptions cloud)
    {
        var http = CloudHttp.Create(cloud);
        http.BaseAddress = options.Endpoint is { } endpoint ? new Uri(endpoint.ToString().TrimEnd('/') + "/") : Own;
        // Not validated: a key that was pasted with a blank is refused by the service, with a sentence about keys.
        http.DefaultRequestHeaders.TryAddWithoutValidation("xi-api-key", options.ApiKey);
        return http;
    }

    sealed record VoicePage(IReadOnlyList<ElevenLabsVoice?>? Voices, bool HasMore, string? NextPageToken);
}

/// <summary>A voice as the service describes it.</summary>
/// <param name="VoiceId">Its id.</param>
/// <param name="Name">For people.</param>
/// <param name="Category"><c>premade</c>, <c>professional</c>, <c>generated</c>, <c>cloned</c>.</param>
/// <param name="Labels"><c>gender</c>, <c>age</c>, <c>accent</c>, <c>language</c>, as far as they are known.</param>
/// <param name="VerifiedLanguages">Languages in which somebody has listened to it.</param>
sealed record ElevenLabsVoice(
    string VoiceId, string? Name, string? Category, IReadOnlyDictionary<string, string?>? Labels, IReadOnlyList<VerifiedLanguage?>? VerifiedLanguages)
{
    /// <summary>A label, in lower case; null when it is not known.</summary>
    public string? Label(string name) => Labels?.GetValueOrDefault(name)?.ToLowerInvariant();
}

/// <summary>A voice that was made.</summary>
/// <param name="VoiceId">Its id.</param>
/// <param name="RequiresVerification">Whether the service wants proof of whose it is before it can be used.</param>
sealed record AddedVoice(string VoiceId, bool RequiresVerification);

/// <summary>A language of a voice.</summary>
/// <param name="Language">ISO 639-1.</param>
/// <param name="Locale">As <c>en-GB</c>.</param>
sealed record VerifiedLanguage(string? Language, string? Locale);
