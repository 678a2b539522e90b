using Microsoft.Extensions.AI;
using Octavia.Dubbing.Cloud;
using Octavia.Dubbing.Speech;

namespace Octavia.Dubbing.Engines;

/// <summary>Any server that speaks OpenAI's speech protocol.</summary>
sealed class OpenAISpeech(OpenAIOptions options, CloudOptions cloud) : ISpeechEngine
{
    const string OwnModel = "gpt-4o-mini-tts";

    // The service's limit.
    const int MostCharacters = 4096;

    string Model => string.IsNullOrEmpty(options.SpeechModel) ? OwnModel : options.SpeechModel;

    public string Name => "openai";

    public string Description => $"{Model}{(options.Endpoint is null ? "" : $" at {options.Endpoint.Host}")}, natural voices of a service";

    public bool IsService => true;

    public EngineFacts Facts => new()
    {
        Runs = "the service openai, or a server of your own",
        Licence = "the service's terms",
        Languages = $"{Languages.All.Count(language => OpenAIVoices.Speaks(language.Code))}",
        Settings = ["Octavia__OpenAI__ApiKey", "Octavia__OpenAI__Endpoint", "Octavia__OpenAI__SpeechModel"],
        Model = Model,
        IsOwnServer = options.Endpoint is not null,
    };

    public Task<EngineAvailability> ProbeAsync(string target, CancellationToken cancellationToken) => Task.FromResult(
        !OpenAIVoices.Speaks(target) ? new EngineAvailability(false, $"it does not speak {Languages.NameOf(target)}")
        : options.Serves(options.SpeechModel) ? new EngineAvailability(true, options.Endpoint is null ? "a key is set" : "a server and its model are set")
        : options.Endpoint is null ? new EngineAvailability(false, "no key is set", "Set Octavia__OpenAI__ApiKey.")
        : new EngineAvailability(false, "a server is set, but no model of it that speaks", "Set Octavia__OpenAI__SpeechModel."));

    public Task<ITextToSpeechClient> OpenAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var server = OpenAIServer.Connect(options, cloud);
        var service = new SpeechService(Model, "Octavia__OpenAI__ApiKey", "Octavia__OpenAI__SpeechModel", MostCharacters);
        return Task.FromResult(CloudTextToSpeechClient.Create(server.Client.GetAudioClient(Model).AsITextToSpeechClient(), service, new OpenAIVoices(Model), server.Http));
    }
}
