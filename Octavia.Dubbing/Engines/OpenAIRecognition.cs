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
    const string ModelSetting = "Octavia__OpenAI__RecognitionModel";

    string Model => string.IsNullOrEmpty(options.RecognitionModel) ? OwnModel : options.RecognitionModel;

    public string Name => "openai";

    public string Description => $"{Model}{(options.Endpoint is null ? "" : $" at {options.Endpoint.Host}")}, a service";

    public EngineFacts Facts => OpenAIServer.FactsOf(options, Model, Languages.All.Count(language => language.IsRecognized), ModelSetting);

    public string KeyOf(RecognitionWish wish) => Model;

    public EngineAvailability Probe(string? size = null) =>
        models.Find(WhisperRecognition.VoiceDetector) is null ? WhisperRecognition.NoDetector
        : OpenAIServer.Probe(options, options.RecognitionModel, ModelSetting, "recognises");

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
