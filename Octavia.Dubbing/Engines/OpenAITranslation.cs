using Microsoft.Extensions.AI;
using Octavia.Dubbing.Cloud;
using Octavia.Dubbing.Translation;

namespace Octavia.Dubbing.Engines;

/// <summary>Any server that speaks OpenAI's chat protocol: OpenAI, Azure, Ollama, vLLM.</summary>
sealed class OpenAITranslation(OpenAIOptions options, CloudOptions cloud) : ChatTranslation(
    "openai", options.Endpoint, options.ApiKey, new ChatService(options.TranslationModel, "Octavia__OpenAI__ApiKey", "Octavia__OpenAI__TranslationModel"), "Octavia__OpenAI__Endpoint")
{
    protected override IChatClient Connect()
    {
        var server = OpenAIServer.Connect(options, cloud);
        return server.Client.GetChatClient(options.TranslationModel).AsIChatClient().Own(server.Http);
    }
}
