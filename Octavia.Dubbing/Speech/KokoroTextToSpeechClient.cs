using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Octavia.Dubbing.Media;

namespace Octavia.Dubbing.Speech;

/// <summary>
/// Kokoro-82M v1.0 on ONNX Runtime: natural speech in English, Spanish, French, Italian, Portuguese and Hindi, phonemes by espeak-ng.
/// A response is one <see cref="DataContent"/> <c>audio/wav</c>, 24 kHz mono 32-bit float (some voices peak above 1: limit before PCM),
/// with 0.2 to 0.7 s of near silence at both ends. <see cref="TextToSpeechOptions.VoiceId"/> names a voice, else
/// <see cref="TextToSpeechOptions.Language"/> chooses the best of a language; <see cref="TextToSpeechOptions.Speed"/> is 0.5 to 2.
/// <c>GetService</c> gives <see cref="IVoiceCatalog"/> and <see cref="IDurationPredictor"/>, which is exact: it runs the network once,
/// at speed 1, and what it heard there is kept, so that speaking at speed 1 afterwards costs nothing more; and <see cref="IJointSpeech"/>; and
/// <see cref="IVoiceBlending"/>: a voice may be a mixture of two, <c>ef_dora+0.3*if_sara</c>.
/// Failures are <see cref="DubbingException"/>: <c>speech.empty</c>, <c>speech.too_long</c>, <c>speech.voice</c>, <c>speech.speed</c>,
/// <c>tool.missing</c>. Thread-safe.
/// </summary>
public sealed partial class KokoroTextToSpeechClient : ITextToSpeechClient, IDurationPredictor, IJointSpeech
{
    static readonly TextToSpeechClientMetadata Metadata = new("kokoro", null, "kokoro-82m-v1.0");

    readonly KokoroModel model;
    readonly ILogger logger;
    readonly RecentUtterances recent = new(capacity: 16);

    /// <summary>Opens the model; takes about a second.</summary>
    /// <param name="folder">Folder with <c>model.onnx</c>, <c>vocab.json</c>, <c>voices.tsv</c> and <c>voices/</c>.</param>
    /// <param name="logger">Told of phonemes that the model does not know.</param>
    /// <param name="cache">Folder for what makes the next start faster (330 MB); null for none.</param>
    public KokoroTextToSpeechClient(string folder, ILogger<KokoroTextToSpeechClient>? logger = null, string? cache = null)
    {
        this.logger = (ILogger?)logger ?? NullLogger.Instance;
        model = new KokoroModel(folder, cache);
    }

    /// <summary>What the client speaks with.</summary>
    internal KokoroModel Model => model;

    /// <inheritdoc />
    public async Task<TextToSpeechResponse> GetAudioAsync(
        string text, TextToSpeechOptions? options = null, CancellationToken cancellationToken = default)
    {
        var speed = SpeechText.Speed(options?.Speed);
        var voice = SpeechText.ChooseVoice(options?.VoiceId, options?.Language, model.Catalog.Find, model.Catalog);
        var utterance = await PrepareAsync(text, voice, cancellationToken);
        var samples = await SpeakAsync(utterance, speed, cancellationToken);
        return new TextToSpeechResponse([new DataContent(Wav.ToBytes(samples, KokoroModel.SampleRate), "audio/wav")])
        {
            ModelId = Metadata.DefaultModelId,
        };
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<TextToSpeechResponseUpdate> GetStreamingAudioAsync(
        string text, TextToSpeechOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var response = await GetAudioAsync(text, options, cancellationToken);
        foreach (var update in response.ToTextToSpeechResponseUpdates()) yield return update;
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<double>> PredictAsync(
        string text, string voiceId, IReadOnlyList<double> speeds, CancellationToken cancellationToken)
    {
        var voice = SpeechText.ChooseVoice(voiceId, null, model.Catalog.Find, model.Catalog);
        var utterance = await PrepareAsync(text, voice, cancellationToken);
        if (utterance.RawDurations is null) await SpeakAsync(utterance, 1, cancellationToken);
        return [.. speeds.Select(speed => Seconds(utterance.RawDurations!, SpeechText.Speed((float)speed)))];
    }

    /// <inheritdoc />
    public async Task SpeakAheadAsync(IReadOnlyList<string> texts, string voiceId, CancellationToken cancellationToken)
    {
        var voice = SpeechText.ChooseVoice(voiceId, null, model.Catalog.Find, model.Catalog);
        var open = new List<KokoroUtterance>();
        foreach (var text in texts) open.Add(await PrepareAsync(text, voice, cancellationToken));
        open.RemoveAll(line => line.Samples is not null);
        while (open.Count > 1)
        {
            var breath = new KokoroBreath(open, model);
            open.RemoveRange(0, Math.Max(1, breath.Count));
            if (breath.Count > 1) breath.Cut(await Task.Run(() => model.Run(breath.Tokens, voiceId, 1, cancellationToken), cancellationToken));
        }
    }

    /// <inheritdoc />
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(IVoiceCatalog) || serviceType == typeof(IVoiceBlending) ? model.Catalog
        : serviceType == typeof(TextToSpeechClientMetadata) ? Metadata
        : serviceType.IsInstanceOfType(this) ? this
        : null;

    /// <inheritdoc />
    public void Dispose() => model.Dispose();

    static double Seconds(IEnumerable<float[]> rawDurations, float speed) =>
        rawDurations.Sum(raw => KokoroModel.Frames(raw, speed)) * (double)KokoroModel.SamplesPerFrame / KokoroModel.SampleRate;

    async Task<KokoroUtterance> PrepareAsync(string text, Voice voice, CancellationToken cancellationToken)
    {
        text = TextNormalizer.Normalize(SpeechText.Clean(text), voice);
        if (recent.Find(text, voice.Id) is { } known) return known;
        var phonemes = await KokoroPhonemizer.PhonemizeAsync(text, voice.Locale, cancellationToken);
        var unknown = string.Concat(phonemes.Where(p => model.Token(p) is null).Distinct());
        if (unknown.Length > 0) LogUnknown(logger, voice.Locale, string.Join(' ', unknown.Select(c => $"U+{(int)c:X4}")));
        var pieces = KokoroTokens.Split(string.Concat(phonemes.Where(p => model.Token(p) is not null)), KokoroModel.MaxTokens);
        if (pieces.Count == 0) throw SpeechText.Empty();
        var utterance = new KokoroUtterance(text, voice.Id, [.. pieces.Select(piece => piece.Select(p => model.Token(p)!.Value).ToArray())]);
        recent.Add(utterance);
        return utterance;
    }

    async Task<float[]> SpeakAsync(KokoroUtterance utterance, float speed, CancellationToken cancellationToken)
    {
        if (speed == 1 && utterance.Samples is { } heard) return heard;
        var takes = await Task.Run(
            () => utterance.Pieces.Select(tokens => model.Run(tokens, utterance.VoiceId, speed, cancellationToken)).ToList(), cancellationToken);
        utterance.RawDurations ??= [.. takes.Select(take => take.RawDurations)];
        float[] samples = takes is [var single] ? single.Samples : [.. takes.SelectMany(take => take.Samples)];
        if (speed == 1) utterance.Samples = samples;
        return samples;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Kokoro has no phonemes {Phonemes} ({Locale}); they are left out")]
    static partial void LogUnknown(ILogger logger, string locale, string phonemes);
}
