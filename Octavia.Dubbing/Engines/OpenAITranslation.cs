using System.ClientModel;
using Microsoft.Extensions.AI;
using Octavia.Dubbing.Translation;
using OpenAI;

namespace Octavia.Dubbing.Engines;

/// <summary>Any server that speaks OpenAI's chat protocol: OpenAI, Azure, Ollama, vLLM.</summary>
sealed class OpenAITranslation(OpenAIOptions options) : ITranslationEngine
{
    // A local server wants no key, but the client does.
    const string NoKey = "none";

    bool IsConfigured => options.Endpoint is not null || !string.IsNullOrEmpty(options.ApiKey);

    public string Name => "openai";

    public string Description => $"chat model {options.TranslationModel}{(options.Endpoint is { } endpoint ? $" at {endpoint.Host}" : "")}";

    public Task<EngineAvailability> ProbeAsync(string source, string target, CancellationToken cancellationToken) =>
        Task.FromResult(IsConfigured
            ? new EngineAvailability(true, options.Endpoint is null ? "a key is set" : "a server is set")
            : new EngineAvailability(false, "neither key nor server is set", "Set Octavia__OpenAI__ApiKey, or Octavia__OpenAI__Endpoint for a server of your own."));

    public Task<ITranslator> OpenAsync(string source, string target, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!IsConfigured)
            throw new DubbingException(new Failure("translation.not_configured", FailureKind.MissingTool, "The engine openai needs Octavia__OpenAI__ApiKey or Octavia__OpenAI__Endpoint."));
        var client = new OpenAIClient(
            new ApiKeyCredential(string.IsNullOrEmpty(options.ApiKey) ? NoKey : options.ApiKey),
            options.Endpoint is { } endpoint ? new OpenAIClientOptions { Endpoint = endpoint } : new OpenAIClientOptions());
        return Task.FromResult<ITranslator>(new ChatTranslator(
            client.GetChatClient(options.TranslationModel).AsIChatClient(), Languages.Get(source), Languages.Get(target), options.TranslationModel));
    }

    public IEnumerable<string> TargetsFrom(string source) => IsConfigured ? Languages.All.Select(language => language.Code).Where(code => code != source) : [];
}
