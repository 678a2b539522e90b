namespace Octavia.Dubbing.Speech;

/// <summary>
/// The voices of an account, for casting. Each speaks every language of the model; those that were verified in the language come first, then those that
/// are labelled with it, old ones last within each, since few who speak are old. Clones are left out: a real person's voice is only used when it is named.
/// </summary>
sealed class ElevenLabsVoices(IReadOnlyList<ElevenLabsVoice> voices, string model) : IVoiceCatalog
{
    // elevenlabs.io/docs/models: 29 languages of Multilingual v2, and the three that Flash and Turbo v2.5 have beside them. Eleven v3 has more than 70.
    static readonly HashSet<string> Multilingual =
    [
        "en", "ja", "zh", "de", "hi", "fr", "ko", "pt", "it", "es", "id", "nl", "tr", "tl", "pl", "sv", "bg", "ro", "ar", "cs", "el", "fi", "hr", "ms", "sk", "da", "ta", "uk", "ru",
    ];
    static readonly HashSet<string> Faster = ["hu", "no", "vi"];

    /// <summary>Whether a model can be told which language it speaks; others refuse to be.</summary>
    public static bool TakesLanguage(string model) => model.EndsWith("_v2_5", StringComparison.Ordinal);

    /// <summary>Whether a model speaks a language; of models that are not known here, any.</summary>
    public static bool Speaks(string model, string language) =>
        model == "eleven_multilingual_v2" ? Multilingual.Contains(language)
        : !TakesLanguage(model) || Multilingual.Contains(language) || Faster.Contains(language);

    /// <inheritdoc />
    public IReadOnlyList<Voice> VoicesFor(string language) => !Speaks(model, language) ? [] :
    [
        .. from voice in voices
           where voice.Category != "cloned"
           let verified = voice.VerifiedLanguages?.FirstOrDefault(known => known?.Language == language)
           orderby verified is null ? voice.Label("language") == language ? 1 : 2 : 0, voice.Label("age") == "old"
           select new Voice(voice.VoiceId, language, GenderOf(voice), null, verified?.Locale?.ToLowerInvariant() ?? LocaleOf(voice, language)),
    ];

    static Gender GenderOf(ElevenLabsVoice voice) => voice.Label("gender") switch { "female" => Gender.Female, "male" => Gender.Male, _ => Gender.Unknown };

    static string LocaleOf(ElevenLabsVoice voice, string language) => (language, voice.Label("accent")) switch
    {
        ("en", "american") => "en-us",
        ("en", "british") => "en-gb",
        ("en", "australian") => "en-au",
        ("en", "irish") => "en-ie",
        _ => language,
    };
}
