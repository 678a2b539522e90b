using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Octavia.Dubbing.Cloud;
using Octavia.Dubbing.Media;

namespace Octavia.Dubbing.Speech;

/// <summary>ElevenLabs behind the common interface, without rules of its own: <see cref="CloudTextToSpeechClient"/> has them. A response is <c>audio/wav</c>.</summary>
sealed class ElevenLabsTextToSpeechClient(ElevenLabsApi api) : ITextToSpeechClient, IVoiceCloner
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
    public async Task<string> CloneAsync(string name, ReadOnlyMemory<byte> sample, CancellationToken cancellationToken)
    {
        try
        {
            var voice = await api.AddVoiceAsync(name, sample, cancellationToken);
            return voice.RequiresVerification ? throw Failed("ElevenLabs wants to verify whose it is", null) : voice.VoiceId;
        }
        catch (Exception e) when (CloudFailure.Of(e) is { } failure)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Failed(failure.IsUnauthorized || failure.IsRefusal
                ? $"ElevenLabs {failure.Reason}: the plan may not include it, or hold no more voices" : $"ElevenLabs {failure.Reason}", e);
        }
        catch (JsonException e)
        {
            throw Failed("ElevenLabs' answer cannot be read", e);
        }

        static DubbingException Failed(string why, Exception? inner) =>
            new(new Failure("speech.clone_failed", FailureKind.Engine, $"The voice could not be cloned: {why}."), inner);
    }

    /// <inheritdoc />
    public async Task RemoveAsync(string name, string? id, CancellationToken cancellationToken)
    {
        try
        {
            // A request that was tried again may have made two of the name.
            var ids = (await api.ListVoicesAsync(name, cancellationToken)).Where(voice => voice.Name == name).Select(voice => voice.VoiceId).ToHashSet();
            if (id is not null) ids.Add(id);
            foreach (var one in ids) await api.DeleteVoiceAsync(one, cancellationToken);
        }
        catch (Exception e) when (e is JsonException || CloudFailure.Of(e) is not null)
        {
            if (CloudFailure.Of(e) is { IsUnknown: true }) return;
            throw new DubbingException(
                new Failure("speech.clone_kept", FailureKind.Engine, $"The cloned voice \"{name}\" could not be deleted: delete it in your ElevenLabs account."), e);
        }
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
