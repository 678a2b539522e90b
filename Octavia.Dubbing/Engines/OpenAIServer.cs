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
