using Microsoft.Extensions.AI;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Onnx;
using Octavia.Dubbing.Recognition;

namespace Octavia.Dubbing.Engines;

/// <summary>How well a run wants to be recognised.</summary>
/// <param name="Quality">How much time quality may cost.</param>
/// <param name="ModelSize">One of <see cref="ModelSizes"/>; null to leave it to the quality.</param>
readonly record struct RecognitionWish(Quality Quality, string? ModelSize = null);

/// <summary>An engine that recognises.</summary>
interface IRecognitionEngine
{
    string Name { get; }

    string Description { get; }

    /// <summary>What a person wants to know of it.</summary>
    EngineFacts Facts { get; }

    /// <summary>Whether it has the sizes of Whisper.</summary>
    bool HasSizes => false;

    /// <summary>What is loaded for a wish: runs with the same can share it.</summary>
    string KeyOf(RecognitionWish wish);

    /// <summary>Whether it can recognise here and now.</summary>
    /// <param name="size">With this size and no other; null with any.</param>
    EngineAvailability Probe(string? size = null);

    /// <summary>What it would run, and why; after <see cref="Probe"/> said yes.</summary>
    EngineChoice Choose(RecognitionWish wish, string requested);

    /// <summary>Opens it, after <see cref="Probe"/> said yes.</summary>
    /// <param name="wish">Quality and size.</param>
    /// <param name="hasNext">Whether this machine recognises what the engine cannot.</param>
    /// <param name="cancellationToken">Cancels.</param>
    Task<ISpeechToTextClient> OpenAsync(RecognitionWish wish, bool hasNext, CancellationToken cancellationToken);
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

    public bool HasSizes => true;

    public EngineChoice Choose(RecognitionWish wish, string requested)
    {
        var model = ModelFor(wish);
        var beams = EngineCatalog.Beams(wish.Quality) is > 1 and var count ? $"{count} beams" : "greedy";
        return new EngineChoice(
            Name,
            $"{model}, {beams}, in this process{(OnnxRuntime.Gpu.IsUsed ? ", on the GPU" : "")}",
            $"{ReasonOf(wish, requested)} {OnnxRuntime.Gpu.Problem}".TrimEnd(),
            wish.ModelSize is null && model == Embedded && wish.Quality != Quality.Fast ? "octavia models add whisper-small" : null)
        {
            Facts = Facts with { Model = model },
        };
    }

    string ReasonOf(RecognitionWish wish, string requested) =>
        wish.ModelSize is not null ? "That size was asked for."
        : requested == Name ? "It was asked for."
        : $"The largest size on this machine for the quality {wish.Quality.ToString().ToLowerInvariant()}.";

    public EngineAvailability Probe(string? size = null)
    {
        var model = ModelFor(new RecognitionWish(Quality.Best, size));
        return models.Find(model) is null
            ? new EngineAvailability(false, $"{model} is not on this machine", ModelCatalog.Get(model).CanDownload ? $"octavia models add {model}" : $"Restore the folder models/{model}.")
            : models.Find(VoiceDetector) is null
                ? NoDetector
                : new EngineAvailability(true, "its model is on this machine");
    }

    public string KeyOf(RecognitionWish wish) => ModelFor(wish);

    public async Task<ISpeechToTextClient> OpenAsync(RecognitionWish wish, bool hasNext, CancellationToken cancellationToken) => await OpenWhisperAsync(wish, cancellationToken);

    /// <summary>As the other, for who needs more of it than any engine gives.</summary>
    public async Task<WhisperSpeechToTextClient> OpenWhisperAsync(RecognitionWish wish, CancellationToken cancellationToken)
    {
        var folders = await Task.WhenAll(models.GetAsync(ModelFor(wish), cancellationToken), models.GetAsync(VoiceDetector, cancellationToken));
        return await Task.Run(
            () => WhisperSpeechToTextClient.Open(folders[0], folders[1], new WhisperOptions { Beams = EngineCatalog.Beams(wish.Quality) }), cancellationToken);
    }

    // Larger sizes are downloaded by `octavia models add`, never unasked: who has one wants it used.
    string ModelFor(RecognitionWish wish) => wish.ModelSize is { } size
        ? ModelSizes.ModelOf(size)
        : QualitySettings.Of(wish.Quality).WhisperModels.FirstOrDefault(model => models.Find(model) is not null) ?? Embedded;
}
