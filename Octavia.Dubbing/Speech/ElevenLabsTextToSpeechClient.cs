using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Octavia.Dubbing.Media;

namespace Octavia.Dubbing.Speech;

/// <summary>ElevenLabs behind the common interface, without rules of its own: <see cref="CloudTextToSpeechClient"/> has them. A response is <c>audio/wav</c>.</summary>
sealed class ElevenLabsTextToSpeechClient(ElevenLabsApi api) : ITextToSpeechClient
{
    // The service's limits; what is faster or slower is left to whoever fits the line.
    const double Slowest = 0.7, Fastest = 1.2;

    readonly TextToSpeechClientMetadata metadata = new("elevenlabs", null, api.Model);

    /// <inheritdoc />
    public async Task<TextToSpeechResponse> GetAudioAsync(string text, TextToSpeechOptions? options = null, CancellationToken cancellationToken = default)
    {
        var voice = options?.VoiceId ?? throw new ArgumentException("No voice is named.", nameof(options));
        var language = ElevenLabsVoices.TakesLanguage(api.Model) ? options.Language?.Split('-')[0] : null;
        var pcm = await api.SpeakAsync(text, voice, language, Math.Clamp(options.Speed ?? 1, Slowest, Fastest), cancellationToken);
        var samples = new float[pcm.Length / sizeof(short)];
        for (var i = 0; i < samples.Length; i++) samples[i] = BinaryPrimitives.ReadInt16LittleEndian(pcm.AsSpan(i * sizeof(short))) / 32768f;
        return new TextToSpeechResponse([new DataContent(Wav.ToBytes(samples, ElevenLabsApi.Rate), "audio/wav")]) { ModelId = api.Model };
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
        : serviceType == typeof(TextToSpeechClientMetadata) ? metadata
        : serviceType.IsInstanceOfType(this) ? this
        : null;

    /// <inheritdoc />
    public void Dispose() => api.Dispose();
}
