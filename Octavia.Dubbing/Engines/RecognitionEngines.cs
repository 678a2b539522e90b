using Microsoft.Extensions.AI;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Recognition;

namespace Octavia.Dubbing.Engines;

/// <summary>An engine that recognises.</summary>
interface IRecognitionEngine
{
    string Name { get; }

    string Description { get; }

    /// <summary>What a person wants to know of it.</summary>
    EngineFacts Facts { get; }

    /// <summary>What is loaded for a quality: runs with the same can share it.</summary>
    string KeyOf(Quality quality);

    /// <summary>Whether it can recognise here and now.</summary>
    EngineAvailability Probe();

    /// <summary>What it would run, and why; after <see cref="Probe"/> said yes.</summary>
    EngineChoice Choose(Quality quality, string requested);

    /// <summary>Opens it, after <see cref="Probe"/> said yes.</summary>
    /// <param name="quality">How much time quality may cost.</param>
    /// <param name="hasNext">Whether this machine recognises what the engine cannot.</param>
    /// <param name="cancellationToken">Cancels.</param>
    Task<ISpeechToTextClient> OpenAsync(Quality quality, bool hasNext, CancellationToken cancellationToken);
}

/// <summary>Whisper on ONNX Runtime: the largest size at hand that the quality asks for.</summary>
sealed class WhisperRecognition(ModelStore models) : IRecognitionEngine
{
    const string Embedded = "whisper-base";

    /// <summary>Name of the speech detector, which every engine needs.</summary>
    public const string VoiceDetector = "silero-vad";

    /// <summary>The answer where it is missing.</summary>
    public static readonly EngineAvailability NoDetector = new(false, "the speech detector is not on this machine", $"Restore the folder models/{VoiceDetector}.");

    public string Name => "whisper-onnx";

    public string Description => "Whisper on ONNX Runtime, the largest size at hand";

    public EngineFacts Facts { get; } = new()
    {
        Runs = "this machine, in the process",
        Licence = "MIT (weights)",
        Languages = $"{Languages.All.Count(language => language.IsRecognized)}",
        Settings = ["Octavia__Models__Folder", "Octavia__Models__Hub", "Octavia__Models__Offline"],
    };

    public EngineChoice Choose(Quality quality, string requested)
    {
        var model = Size(quality);
        var beams = EngineCatalog.Beams(quality) is > 1 and var count ? $"{count} beams" : "greedy";
        return new EngineChoice(
            Name,
            $"{model}, {beams}, in this process",
            requested == Name ? "It was asked for." : $"The largest size on this machine for the quality {quality.ToString().ToLowerInvariant()}.",
            model == Embedded && quality != Quality.Fast ? "octavia models add whisper-small" : null)
        {
            Facts = Facts with { Model = model },
        };
    }

    public EngineAvailability Probe() => models.Find(Embedded) is null && Size(Quality.Best) == Embedded
        ? new EngineAvailability(false, "its model is not on this machine", $"Restore the folder models/{Embedded}.")
        : models.Find(VoiceDetector) is null
            ? NoDetector
            : new EngineAvailability(true, "its model is on this machine");

    public string KeyOf(Quality quality) => Size(quality);

    public async Task<ISpeechToTextClient> OpenAsync(Quality quality, bool hasNext, CancellationToken cancellationToken) => await OpenWhisperAsync(quality, cancellationToken);

    /// <summary>As the other, for who needs more of it than any engine gives.</summary>
    public async Task<WhisperSpeechToTextClient> OpenWhisperAsync(Quality quality, CancellationToken cancellationToken)
    {
        var folders = await Task.WhenAll(models.GetAsync(Size(quality), cancellationToken), models.GetAsync(VoiceDetector, cancellationToken));
        return await Task.Run(
            () => WhisperSpeechToTextClient.Open(folders[0], folders[1], new WhisperOptions { Beams = EngineCatalog.Beams(quality) }), cancellationToken);
    }

    // Larger sizes are downloaded by `octavia models add`, never unasked: who has one wants it used.
    string Size(Quality quality) => QualitySettings.Of(quality).WhisperModels.FirstOrDefault(model => models.Find(model) is not null) ?? Embedded;
}
