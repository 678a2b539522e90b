using System.Text.Json;
using Microsoft.Extensions.AI;
using Octavia.Dubbing.Cloud;
using Octavia.Dubbing.Speech;

namespace Octavia.Dubbing.Engines;

/// <summary>ElevenLabs.</summary>
sealed class ElevenLabsSpeech(ElevenLabsOptions options, CloudOptions cloud) : ISpeechEngine
{
    // Of Multilingual v2, the least of all models.
    const int MostCharacters = 10_000;

    readonly SpeechService service = new(options.Model, "Octavia__ElevenLabs__ApiKey", "Octavia__ElevenLabs__Model", MostCharacters);

    public string Name => "elevenlabs";

    public string Description => $"ElevenLabs' {options.Model}, the most natural voices";

    public bool IsService => true;

    public bool Clones => true;

    public EngineFacts Facts => new()
    {
        Runs = "the service elevenlabs",
        Licence = "the service's terms",
        Languages = $"{Languages.All.Count(language => ElevenLabsVoices.Speaks(options.Model, language.Code))}; can clone the speakers' voices",
        Settings = [service.KeySetting, "Octavia__ElevenLabs__Endpoint", service.ModelSetting],
        Model = options.Model,
        IsOwnServer = options.Endpoint is not null,
    };

    public Task<EngineAvailability> ProbeAsync(string target, CancellationToken cancellationToken) => Task.FromResult(
        !ElevenLabsVoices.Speaks(options.Model, target) ? new EngineAvailability(false, $"it does not speak {Languages.NameOf(target)}")
        : string.IsNullOrEmpty(options.ApiKey) ? new EngineAvailability(false, "no key is set", $"Set {service.KeySetting}.")
        : new EngineAvailability(true, "a key is set"));

    public async Task<ITextToSpeechClient> OpenAsync(CancellationToken cancellationToken)
    {
        var api = new ElevenLabsApi(options, cloud);
        try
        {
            return CloudTextToSpeechClient.Create(
                new ElevenLabsTextToSpeechClient(api), service, new ElevenLabsVoices(await api.ListVoicesAsync(null, cancellationToken), options.Model));
        }
        catch (Exception e)
        {
            api.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            if (CloudFailure.Of(e) is { } failure) throw new DubbingException(service.ToFailure(failure), e);
            if (e is JsonException) throw new DubbingException(new Failure("speech.unreadable", FailureKind.Engine, "ElevenLabs' list of voices cannot be read."), e);
            throw;
        }
    }
}
