using Microsoft.Extensions.AI;
using Octavia.Dubbing;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Models;
using Whisper.net;
using Whisper.net.LibraryLoader;

namespace Octavia.WhisperNet;

/// <summary>whisper.cpp by Whisper.net: on a GPU where its CUDA runtime finds one, else on the processor.</summary>
sealed class WhisperNetRecognition(ModelStore models) : IRecognitionEngine
{
    const string OfOnnx = "whisper-", OfGgml = "whisper-ggml-";

    public string Name => "whisper-net";

    public string Description => "Whisper on whisper.cpp, the largest size at hand";

    public EngineFacts Facts { get; } = new()
    {
        Runs = "this machine, in the process",
        Licence = "MIT (weights and program)",
        Languages = $"{Languages.All.Count(language => language.IsRecognized)}",
        Settings = ["Octavia__Models__Folder", "Octavia__Models__Hub", "Octavia__Models__Offline"],
    };

    public bool HasSizes => true;

    public string KeyOf(RecognitionWish wish) => Find(wish) ?? "";

    public EngineAvailability Probe(string? size = null)
    {
        var wish = new RecognitionWish(Quality.Best, size);
        if (Find(wish) is null) return new EngineAvailability(false, "its model is not on this machine", $"octavia models add {OfGgml}{size ?? "small"}");
        if (models.Find(WhisperRecognition.VoiceDetector) is null) return WhisperRecognition.NoDetector;
        return Runtime() is { } runtime
            ? new EngineAvailability(true, $"its model is on this machine, and it runs on {runtime}")
            : new EngineAvailability(false, "none of its native libraries loads on this machine", "Build with another UseWhisperNet, or install the CUDA that it was built for.");
    }

    public EngineChoice Choose(RecognitionWish wish, string requested)
    {
        var model = Find(wish)!;
        var beams = EngineCatalog.Beams(wish.Quality) is > 1 and var count ? $"{count} beams" : "greedy";
        return new EngineChoice(
            Name,
            $"{model}, {beams}, whisper.cpp on {Runtime()}",
            wish.ModelSize is not null ? "That size was asked for." : requested == Name ? "It was asked for." : "It is built in, and its model is on this machine.")
        {
            Facts = Facts with { Model = model },
        };
    }

    public async Task<ISpeechToTextClient> OpenAsync(RecognitionWish wish, bool hasNext, CancellationToken cancellationToken)
    {
        var model = Find(wish)!;
        var folders = await Task.WhenAll(models.GetAsync(model, cancellationToken), models.GetAsync(WhisperRecognition.VoiceDetector, cancellationToken));
        return await Task.Run(() => WhisperNetSpeechToTextClient.Open(folders[0], folders[1], EngineCatalog.Beams(wish.Quality)), cancellationToken);
    }

    string? Find(RecognitionWish wish) =>
        (wish.ModelSize is { } size ? [ModelSizes.ModelOf(size)] : QualitySettings.Of(wish.Quality).WhisperModels)
        // Another size than the quality's is better than none.
        .Concat(wish.ModelSize is null ? QualitySettings.Of(Quality.Best).WhisperModels : [])
        .Select(model => OfGgml + model[OfOnnx.Length..]).FirstOrDefault(model => models.Find(model) is not null);

    // What was loaded is known only once it was: asking for its facts loads it.
    static string? Runtime()
    {
        try
        {
            return WhisperFactory.GetRuntimeInfo() is null ? null : $"{RuntimeOptions.LoadedLibrary}";
        }
        // Which kinds it throws is not documented, and there is another engine.
        catch (Exception)
        {
            return null;
        }
    }
}
