using Microsoft.Extensions.AI;
using Octavia.Dubbing.Translation;

namespace Octavia.Dubbing.Engines;

/// <summary>A chat model of some service.</summary>
abstract class ChatTranslation(string name, Uri? endpoint, string? key, ChatService service, string endpointSetting) : ITranslationEngine
{
    bool IsConfigured => endpoint is not null || !string.IsNullOrEmpty(key);

    public string Name => name;

    public string Description => $"chat model {service.Model}{(endpoint is null ? "" : $" at {endpoint.Host}")}";

    public EngineFacts Facts => new()
    {
        Runs = $"the service {name}, or a server of your own",
        Licence = "the service's terms",
        Languages = "any pair",
        Settings = [service.KeySetting, endpointSetting, service.ModelSetting],
        Model = service.Model,
        IsOwnServer = endpoint is not null,
    };

    public Task<EngineAvailability> ProbeAsync(string source, string target, CancellationToken cancellationToken) =>
        Task.FromResult(IsConfigured
            ? new EngineAvailability(true, endpoint is null ? "a key is set" : "a server is set")
            : new EngineAvailability(false, "neither key nor server is set", $"Set {service.KeySetting}, or {endpointSetting} for a server of your own."));

    public Task<ITranslator> OpenAsync(string source, string target, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return IsConfigured
            ? Task.FromResult<ITranslator>(new ChatTranslator(Connect(), Languages.Get(source), Languages.Get(target), service))
            : throw new DubbingException(new Failure("translation.not_configured", FailureKind.MissingTool, $"The engine {name} needs {service.KeySetting} or {endpointSetting}."));
    }

    public IEnumerable<string> TargetsFrom(string source) => IsConfigured ? Languages.All.Select(language => language.Code).Where(code => code != source) : [];

    /// <summary>A client of the service, which its translator owns.</summary>
    protected abstract IChatClient Connect();
}
