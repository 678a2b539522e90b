using Microsoft.Extensions.AI;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Speech;

namespace Octavia.Dubbing.Engines;

/// <summary>An engine that speaks. Languages are ISO 639-1 codes that are known.</summary>
interface ISpeechEngine
{
    string Name { get; }

    string Description { get; }

    /// <summary>What a person wants to know of it.</summary>
    EngineFacts Facts => EngineFacts.None;

    /// <summary>Whether it is a service on the network, which may refuse a key or a line, be down, and costs money.</summary>
    bool IsService => false;

    /// <summary>Whether it can clone voices.</summary>
    bool Clones => false;

    /// <summary>Whether it can speak this language here and now.</summary>
    Task<EngineAvailability> ProbeAsync(string target, CancellationToken cancellationToken);

    /// <summary>Opens it, after <see cref="ProbeAsync"/> said yes.</summary>
    Task<ITextToSpeechClient> OpenAsync(CancellationToken cancellationToken);
}

/// <summary>Kokoro-82M; espeak-ng gives it its phonemes.</summary>
sealed class KokoroSpeech(ModelStore models) : ISpeechEngine
{
    const string Model = "kokoro";

    static readonly HashSet<string> Spoken = ["en", "es", "fr", "it", "pt", "hi"];

    public string Name => "kokoro";

    public string Description => "Kokoro-82M, natural voices";

    public EngineFacts Facts { get; } = new()
    {
        Runs = "this machine, in the process",
        Licence = "Apache-2.0 (weights)",
        Languages = string.Join(", ", Spoken.Order(StringComparer.Ordinal)),
    };

    public Task<EngineAvailability> ProbeAsync(string target, CancellationToken cancellationToken) => Task.FromResult(
        !Spoken.Contains(target) ? new EngineAvailability(false, $"it does not speak {Languages.NameOf(target)}")
        : models.Find(Model) is null ? new EngineAvailability(false, "its model is not on this machine", $"Restore the folder models/{Model}.")
        : !ChildProcess.Exists(EspeakSpeech.Program) ? new EngineAvailability(false, "espeak-ng, which gives it phonemes, is not installed", EspeakSpeech.Install)
        : new EngineAvailability(true, $"it speaks {Languages.NameOf(target)} and its model is on this machine"));

    public async Task<ITextToSpeechClient> OpenAsync(CancellationToken cancellationToken)
    {
        var folder = await models.GetAsync(Model, cancellationToken);
        return await Task.Run(() => new KokoroTextToSpeechClient(folder, cache: models.Graphs), cancellationToken);
    }
}

/// <summary>espeak-ng.</summary>
sealed class EspeakSpeech : ISpeechEngine
{
    public const string Program = "espeak-ng";
    public const string Install = "apt-get install espeak-ng";

    IVoiceCatalog? voices;

    public string Name => "espeak";

    public string Description => "espeak-ng, understandable but robotic";

    public EngineFacts Facts { get; } = new() { Runs = "this machine, as a program", Licence = "GPL-3.0-or-later", Languages = "more than a hundred" };

    public async Task<EngineAvailability> ProbeAsync(string target, CancellationToken cancellationToken)
    {
        if (!ChildProcess.Exists(Program)) return new EngineAvailability(false, "it is not installed", Install);
        if (voices is null)
        {
            using var client = await EspeakTextToSpeechClient.OpenAsync(cancellationToken);
            voices = (IVoiceCatalog)client.GetService(typeof(IVoiceCatalog))!;
        }
        var speaks = voices.VoicesFor(target).Count > 0;
        return speaks
            ? new EngineAvailability(true, $"it speaks {Languages.NameOf(target)}")
            : new EngineAvailability(false, $"it does not speak {Languages.NameOf(target)}");
    }

    public async Task<ITextToSpeechClient> OpenAsync(CancellationToken cancellationToken) => await EspeakTextToSpeechClient.OpenAsync(cancellationToken);
}
