using System.ClientModel;
using System.ClientModel.Primitives;
using Octavia.Dubbing.Cloud;
using OpenAI;

namespace Octavia.Dubbing.Engines;

/// <summary>A server that speaks OpenAI's protocol, as its client library reaches it.</summary>
/// <param name="Client">The library's.</param>
/// <param name="Http">Beneath it; to be disposed with what is made of it.</param>
sealed record OpenAIServer(OpenAIClient Client, HttpClient Http)
{
    // A local server wants no key, but the client does.
    const string NoKey = "none";

    /// <summary>What a person wants to know of an engine that asks such a server.</summary>
    /// <param name="options">Of the server.</param>
    /// <param name="model">The engine's.</param>
    /// <param name="languages">How many it can do.</param>
    /// <param name="modelSetting">What sets the model.</param>
    public static EngineFacts FactsOf(OpenAIOptions options, string model, int languages, string modelSetting) => new()
    {
        Runs = "the service openai, or a server of your own",
        Licence = "the service's terms",
        Languages = $"{languages}",
        Settings = ["Octavia__OpenAI__ApiKey", "Octavia__OpenAI__Endpoint", modelSetting],
        Model = model,
        IsOwnServer = options.Endpoint is not null,
    };

    /// <summary>Whether the server can be asked for more than chat.</summary>
    /// <param name="options">Of the server.</param>
    /// <param name="model">The model that is named for it, if one is.</param>
    /// <param name="modelSetting">What names it.</param>
    /// <param name="doing">What the model does: <c>speaks</c>.</param>
    public static EngineAvailability Probe(OpenAIOptions options, string? model, string modelSetting, string doing) =>
        options.Serves(model) ? new EngineAvailability(true, options.Endpoint is null ? "a key is set" : "a server and its model are set")
        : options.Endpoint is null ? new EngineAvailability(false, "no key is set", "Set Octavia__OpenAI__ApiKey.")
        : new EngineAvailability(false, $"a server is set, but no model of it that {doing}", $"Set {modelSetting}.");

    public static OpenAIServer Connect(OpenAIOptions options, CloudOptions cloud)
    {
        var http = CloudHttp.Create(cloud);
        return new OpenAIServer(
            new OpenAIClient(
                new ApiKeyCredential(string.IsNullOrEmpty(options.ApiKey) ? NoKey : options.ApiKey),
                new OpenAIClientOptions
                {
                    Endpoint = options.Endpoint,
                    Transport = new HttpClientPipelineTransport(http),
                    // The transport tries again, and waits, by itself.
                    RetryPolicy = new ClientRetryPolicy(0),
                    NetworkTimeout = Timeout.InfiniteTimeSpan,
                }),
            http);
    }
}
