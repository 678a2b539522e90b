using Microsoft.Extensions.AI;
using Octavia.Dubbing.Cloud;
using Octavia.Dubbing.Speech;

namespace Octavia.Dubbing.Engines;

/// <summary>Any server that speaks OpenAI's speech protocol.</summary>
sealed class OpenAISpeech(OpenAIOptions options, CloudOptions cloud) : ISpeechEngine
{
    const string OwnModel = "gpt-4o-mini-tts";
    const string ModelSetting = "Octavia__OpenAI__SpeechModel";

    // The service's limit.
    const int MostCharacters = 4096;

    string Model => string.IsNullOrEmpty(options.SpeechModel) ? OwnModel : options.SpeechModel;

    public string Name => "openai";

    public string Description => $"{Model}{(options.Endpoint is null ? "" : $" at {options.Endpoint.Host}")}, natural voices of a service";

    public bool IsService => true;

    public EngineFacts Facts => OpenAIServer.FactsOf(options, Model, Languages.All.Count(language => OpenAIVoices.Speaks(language.Code)), ModelSetting);

    public Task<EngineAvailability> ProbeAsync(string target, CancellationToken cancellationToken) => Task.FromResult(
        !OpenAIVoices.Speaks(target) ? new EngineAvailability(false, $"it does not speak {Languages.NameOf(target)}")
        : OpenAIServer.Probe(options, options.SpeechModel, ModelSetting, "speaks"));

    public Task<ITextToSpeechClient> OpenAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var server = OpenAIServer.Connect(options, cloud);
        var service = new SpeechService(Model, "Octavia__OpenAI__ApiKey", ModelSetting, MostCharacters);
        return Task.FromResult(CloudTextToSpeechClient.Create(server.Client.GetAudioClient(Model).AsITextToSpeechClient(), service, new OpenAIVoices(Model), server.Http));
    }
}
