using Microsoft.Extensions.AI;
using Octavia.Dubbing.Speakers;
using Octavia.Dubbing.Speech;

namespace Octavia.Dubbing.Pipeline;

/// <summary>The voices of a run: the one that was asked for, else one per speaker.</summary>
sealed class VoiceCast
{
    readonly string _language;
    readonly DubbingRequest _request;
    readonly IReadOnlyList<Voice> _voices;
    readonly IReadOnlyList<Voice> _blends;

    /// <summary>A cast.</summary>
    /// <param name="language">ISO 639-1 of what they say.</param>
    /// <param name="request">Wishes: one voice for all, or voices like the speakers'.</param>
    /// <param name="speech">Whose voices they are.</param>
    /// <param name="before">What an interrupted run gave, voice by speaker: it stays where the engine still has the voice.</param>
    public VoiceCast(string language, DubbingRequest request, ITextToSpeechClient speech, IReadOnlyDictionary<string, string> before)
    {
        (_language, _request) = (language, request);
        _voices = (speech.GetService(typeof(IVoiceCatalog)) as IVoiceCatalog)?.VoicesFor(language) ?? [];
        _blends = (speech.GetService(typeof(IVoiceBlending)) as IVoiceBlending)?.BlendsFor(language) ?? [];
        foreach (var (speaker, id) in before)
            if (_voices.Concat(_blends).FirstOrDefault(voice => voice.Id == id) is { } voice) Voices[speaker] = voice;
    }

    /// <summary>Voice per speaker, those that were not asked for by name.</summary>
    public Dictionary<string, Voice> Voices { get; private set; } = [];

    /// <summary>The voice of a speaker, from now on.</summary>
    /// <exception cref="DubbingException"><c>speech.voice</c>.</exception>
    public Voice For(SpeakerProfile speaker)
    {
        if (_request.Voice is { } wanted)
            return _voices.FirstOrDefault(voice => voice.Id == wanted) ?? new Voice(wanted, _language, Gender.Unknown, null, _language);
        if (!Voices.ContainsKey(speaker.Id)) Voices = new(VoiceCasting.Cast([speaker], _voices, Voices, _blends, _request.MatchVoices));
        return Voices[speaker.Id];
    }
}
