using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Octavia.Dubbing.Cloud;
using Octavia.Dubbing.Media;

namespace Octavia.Dubbing.Speech;

/// <summary>A service that speaks, as reports and failures name it.</summary>
/// <param name="Model">Its model.</param>
/// <param name="KeySetting">Setting that holds its key.</param>
/// <param name="ModelSetting">Setting that names the model.</param>
/// <param name="MostCharacters">Longest text that it takes at a time, in UTF-16 characters.</param>
sealed record SpeechService(string Model, string KeySetting, string ModelSetting, int MostCharacters)
{
    /// <summary>What a user is told of a failure.</summary>
    public Failure ToFailure(CloudFailure failure) =>
        failure.IsUnauthorized ? new Failure("speech.unauthorized", FailureKind.MissingTool,
            $"The speech server refused the key, or its credit is used up: check {KeySetting}, or choose another speech engine.")
        : failure.IsUnknown ? new Failure("speech.model_unknown", FailureKind.MissingTool,
            $"The speech server does not know the model {Model}, or the voice: set {ModelSetting}, or name another voice.")
        : failure.IsRefusal ? new Failure("speech.refused", FailureKind.Engine, $"The speech server did not take this line: it {failure.Reason}.")
        : new Failure("speech.unavailable", FailureKind.Engine, $"The speech server {failure.Reason}.");
}

/// <summary>
/// A voice service behind the rules of all engines that speak: texts are cleaned, a voice is chosen where none is named, what comes back is looked at
/// before anybody plays it, and every failure has its type. Its voices are <c>GetService</c>'s <see cref="IVoiceCatalog"/>; others of the service may be
/// named too. Failures are <see cref="DubbingException"/>: <c>speech.empty</c>, <c>speech.too_long</c>, <c>speech.voice</c>, <c>speech.speed</c>,
/// <c>speech.unauthorized</c>, <c>speech.model_unknown</c>, <c>speech.refused</c>, <c>speech.unavailable</c>, <c>speech.silent</c>, <c>speech.unreadable</c>.
/// </summary>
/// <param name="inner">Asks the service; owned.</param>
/// <param name="service">Which it is.</param>
/// <param name="voices">What is cast.</param>
/// <param name="beneath">What <paramref name="inner"/> does not close itself; owned; null for nothing.</param>
sealed class CloudTextToSpeechClient(ITextToSpeechClient inner, SpeechService service, IVoiceCatalog voices, IDisposable? beneath) : DelegatingTextToSpeechClient(inner)
{
    /// <summary>A client that is traced.</summary>
    public static ITextToSpeechClient Create(ITextToSpeechClient inner, SpeechService service, IVoiceCatalog voices, IDisposable? beneath = null) =>
        new CloudTextToSpeechClient(inner, service, voices, beneath).AsBuilder().UseOpenTelemetry(sourceName: CloudClients.Telemetry).Build();

    /// <inheritdoc />
    public override async Task<TextToSpeechResponse> GetAudioAsync(
        string text, TextToSpeechOptions? options = null, CancellationToken cancellationToken = default)
    {
        var clean = SpeechText.Clean(text);
        if (clean.Length > service.MostCharacters)
            throw new DubbingException(new Failure(
                "speech.too_long", FailureKind.Usage, $"The text has {clean.Length} characters; {service.Model} speaks at most {service.MostCharacters} at a time."));
        var asked = options?.Clone() ?? new TextToSpeechOptions();
        asked.Speed = SpeechText.Speed(options?.Speed);
        asked.VoiceId ??= SpeechText.ChooseVoice(null, options?.Language, _ => null, voices).Id;
        asked.AudioFormat = "wav";
        TextToSpeechResponse response;
        try
        {
            response = await base.GetAudioAsync(clean, asked, cancellationToken);
        }
        catch (Exception e) when (CloudFailure.Of(e) is { } failure)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new DubbingException(service.ToFailure(failure), e);
        }
        catch (InvalidDataException e)
        {
            throw Unreadable(e);
        }
        Check(response);
        response.ModelId ??= service.Model;
        return response;
    }

    /// <inheritdoc />
    public override async IAsyncEnumerable<TextToSpeechResponseUpdate> GetStreamingAudioAsync(
        string text, TextToSpeechOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var response = await GetAudioAsync(text, options, cancellationToken);
        foreach (var update in response.ToTextToSpeechResponseUpdates()) yield return update;
    }

    /// <inheritdoc />
    public override object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType == typeof(IVoiceCatalog) ? voices : base.GetService(serviceType, serviceKey);

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) beneath?.Dispose();
    }

    // A server may answer 200 with a page that asks to log in; played, it would be noise.
    void Check(TextToSpeechResponse response)
    {
        var sound = response.Contents.OfType<DataContent>().FirstOrDefault()?.Data ?? default;
        if (sound.IsEmpty || Seconds(sound.Span) <= 0) throw Silent();
    }

    /// <summary>Length of a WAV file; of what is coded in another way, 1.</summary>
    double Seconds(ReadOnlySpan<byte> sound)
    {
        if (!sound.StartsWith("RIFF"u8)) return IsCoded(sound) ? 1 : throw Unreadable(null);
        try
        {
            var (samples, rate) = Wav.Read(sound);
            return (double)samples.Length / rate;
        }
        catch (InvalidDataException e)
        {
            throw Unreadable(e);
        }
    }

    DubbingException Silent() => new(new Failure("speech.silent", FailureKind.Engine, $"{service.Model} returned no sound for this line."));

    DubbingException Unreadable(Exception? inner) =>
        new(new Failure("speech.unreadable", FailureKind.Engine, $"{service.Model} returned something that is no sound for this line."), inner);

    // Compatible servers send MP3, Opus, FLAC or AAC whatever they are asked for.
    static bool IsCoded(ReadOnlySpan<byte> sound) =>
        sound.StartsWith("ID3"u8) || sound.StartsWith("OggS"u8) || sound.StartsWith("fLaC"u8) || (sound.Length > 2 && sound[0] == 0xFF && sound[1] >= 0xE0);
}
