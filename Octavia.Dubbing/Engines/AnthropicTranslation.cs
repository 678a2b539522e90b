using Anthropic;
using Anthropic.Core;
using Microsoft.Extensions.AI;
using Octavia.Dubbing.Cloud;
using Octavia.Dubbing.Translation;

namespace Octavia.Dubbing.Engines;

/// <summary>Anthropic's models.</summary>
sealed class AnthropicTranslation(AnthropicOptions options, CloudOptions cloud) : ChatTranslation(
    "anthropic", options.Endpoint, options.ApiKey, new ChatService(options.TranslationModel, "Octavia__Anthropic__ApiKey", "Octavia__Anthropic__TranslationModel"), "Octavia__Anthropic__Endpoint")
{
    // Twelve lines of film, in any script.
    const int MostTokens = 8192;

    protected override IChatClient Connect()
    {
        var http = CloudHttp.Create(cloud);
        // The transport tries again, and waits, by itself; its limits are the shorter ones.
        var settings = new ClientOptions { ApiKey = options.ApiKey ?? "", HttpClient = http, MaxRetries = 0, Timeout = 10 * cloud.Timeout };
        if (options.Endpoint is { } endpoint) settings = settings with { BaseUrl = endpoint.ToString().TrimEnd('/') };
        return new AnthropicClient(settings).AsIChatClient(options.TranslationModel, MostTokens).Own(http);
    }
}
