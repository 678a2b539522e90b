using Microsoft.Extensions.AI;
using Octavia.Dubbing.Cloud;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Recognition;

namespace Octavia.Dubbing.Engines;

/// <summary>Any server that speaks OpenAI's transcription protocol.</summary>
/// <param name="options">Its address, key and model.</param>
/// <param name="cloud">Time limits.</param>
/// <param name="models">Where the speech detector comes from.</param>
/// <param name="local">The Whisper of this machine, for what the service does not do.</param>
sealed class OpenAIRecognition(OpenAIOptions options, CloudOptions cloud, ModelStore models, WhisperRecognition local) : IRecognitionEngine
{
    const string OwnModel = "whisper-1";

    string Model => string.IsNullOrEmpty(options.RecognitionModel) ? OwnModel : options.RecognitionModel;

    public string Name => "openai";

    public string Description => $"{Model}{(options.Endpoint is null ? "" : $" at {options.Endpoint.Host}")}, a service";

    public EngineFacts Facts => new()
    {
        Runs = "the service openai, or a server of your own",
        Licence = "the service's terms",
        Languages = $"{Languages.All.Count(language => language.IsRecognized)}",
        Settings = ["Octavia__OpenAI__ApiKey", "Octavia__OpenAI__Endpoint", "Octavia__OpenAI__RecognitionModel"],
        Model = Model,
        IsOwnServer = options.Endpoint is not null,
    };

    public string KeyOf(RecognitionWish wish) => Model;

    public EngineAvailability Probe(string? size = null) =>
        models.Find(WhisperRecognition.VoiceDetector) is null ? WhisperRecognition.NoDetector
        : options.Serves(options.RecognitionModel) ? new EngineAvailability(true, options.Endpoint is null ? "a key is set" : "a server and its model are set")
        : options.Endpoint is null ? new EngineAvailability(false, "no key is set", "Set Octavia__OpenAI__ApiKey.")
        : new EngineAvailability(false, "a server is set, but no model of it that recognises", "Set Octavia__OpenAI__RecognitionModel.");

    public EngineChoice Choose(RecognitionWish wish, string requested) => new(
        Name,
        Description,
        requested == Name ? "It was asked for." : $"{(string.IsNullOrEmpty(options.RecognitionModel) ? "Nothing on this machine recognises, and a key is set" : "Its model is named")}.")
    { Facts = Facts };

    public async Task<ISpeechToTextClient> OpenAsync(RecognitionWish wish, bool hasNext, CancellationToken cancellationToken)
    {
        var vad = SileroVad.Open(await models.GetAsync(WhisperRecognition.VoiceDetector, cancellationToken));
        var server = OpenAIServer.Connect(options, cloud);
        Func<CancellationToken, Task<WhisperSpeechToTextClient>>? openLocal = local.Probe().CanRun ? token => local.OpenWhisperAsync(wish, token) : null;
        return new OpenAISpeechToTextClient(server.Client.GetAudioClient(Model), Model, server.Http, vad, openLocal, hasNext)
            .AsBuilder().UseOpenTelemetry(sourceName: CloudClients.Telemetry).Build();
    }
}
