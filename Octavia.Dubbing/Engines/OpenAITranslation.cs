using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Extensions.AI;
using Octavia.Dubbing.Cloud;
using Octavia.Dubbing.Translation;
using OpenAI;

namespace Octavia.Dubbing.Engines;

/// <summary>Any server that speaks OpenAI's chat protocol: OpenAI, Azure, Ollama, vLLM.</summary>
sealed class OpenAITranslation(OpenAIOptions options, CloudOptions cloud) : ChatTranslation(
    "openai", options.Endpoint, options.ApiKey, new ChatService(options.TranslationModel, "Octavia__OpenAI__ApiKey", "Octavia__OpenAI__TranslationModel"), "Octavia__OpenAI__Endpoint")
{
    // A local server wants no key, but the client does.
    const string NoKey = "none";

    protected override IChatClient Connect() => new OpenAIClient(
        new ApiKeyCredential(string.IsNullOrEmpty(options.ApiKey) ? NoKey : options.ApiKey),
        new OpenAIClientOptions
        {
            Endpoint = options.Endpoint,
            Transport = new HttpClientPipelineTransport(CloudHttp.Create(cloud)),
            // The transport tries again, and waits, by itself.
            RetryPolicy = new ClientRetryPolicy(0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
        }).GetChatClient(options.TranslationModel).AsIChatClient();
}
