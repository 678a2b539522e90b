using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Octavia.Dubbing.Media;

namespace Octavia.Dubbing.Speech;

/// <summary>
/// espeak-ng: robotic, but over a hundred languages, and hundreds of times faster than real time. A response is one
/// <see cref="DataContent"/> <c>audio/wav</c>, 22.05 kHz mono 32-bit float. Options as for <see cref="KokoroTextToSpeechClient"/>; voices
/// are a locale and a timbre: <c>de+f3</c>. <c>GetService</c> gives <see cref="IVoiceCatalog"/>. Thread-safe.
/// </summary>
public sealed class EspeakTextToSpeechClient : ITextToSpeechClient
{
    /// <summary>espeak-ng's own default, in words a minute.</summary>
    const double NormalRate = 175;

    static readonly TextToSpeechClientMetadata Metadata = new("espeak", null, "espeak-ng");

    readonly EspeakVoices voices;

    EspeakTextToSpeechClient(EspeakVoices voices) => this.voices = voices;

    /// <summary>Asks espeak-ng for its voices.</summary>
    /// <exception cref="DubbingException"><c>tool.missing</c> where espeak-ng is not installed.</exception>
    public static async Task<EspeakTextToSpeechClient> OpenAsync(CancellationToken cancellationToken = default) =>
        new(await EspeakVoices.ListAsync(cancellationToken));

    /// <inheritdoc />
    public async Task<TextToSpeechResponse> GetAudioAsync(
        string text, TextToSpeechOptions? options = null, CancellationToken cancellationToken = default)
    {
        var rate = (int)Math.Round(NormalRate * SpeechText.Speed(options?.Speed));
        var voice = SpeechText.ChooseVoice(options?.VoiceId, options?.Language, id => voices.Voices.GetValueOrDefault(id), voices);
        // Double square brackets would be read as phonemes.
        var clean = TextNormalizer.Normalize(SpeechText.Clean(text), voice).Replace('[', '(').Replace(']', ')');
        var arguments = new[] { "--stdout", "-v", voice.Id, "-s", rate.ToString(CultureInfo.InvariantCulture), "--stdin" };
        var (samples, sampleRate) = Wav.Read(await Espeak.RunAsync(arguments, clean + "\n", cancellationToken));
        if (samples.Length == 0) throw SpeechText.Empty();
        return new TextToSpeechResponse([new DataContent(Wav.ToBytes(samples, sampleRate), "audio/wav")]) { ModelId = Metadata.DefaultModelId };
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<TextToSpeechResponseUpdate> GetStreamingAudioAsync(
        string text, TextToSpeechOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var response = await GetAudioAsync(text, options, cancellationToken);
        foreach (var update in response.ToTextToSpeechResponseUpdates()) yield return update;
    }

    /// <inheritdoc />
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(IVoiceCatalog) ? voices
        : serviceType == typeof(TextToSpeechClientMetadata) ? Metadata
        : serviceType.IsInstanceOfType(this) ? this
        : null;

    /// <inheritdoc />
    public void Dispose()
    {
        // Nothing stays open between calls.
    }
}
