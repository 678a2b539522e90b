namespace Octavia.Dubbing.Speech;

/// <summary>
/// OpenAI's voices (platform.openai.com, "Text to speech"), each of which speaks every language. Their sex is what listeners hear, for the service does not say it;
/// of the six oldest it is what Microsoft's list of the same voices says (learn.microsoft.com, "OpenAI text to speech voices"), where fable counts as neutral.
/// </summary>
sealed class OpenAIVoices(string model) : IVoiceCatalog
{
    // The service follows Whisper in its languages and names these.
    static readonly HashSet<string> Languages =
    [
        "af", "ar", "hy", "az", "be", "bs", "bg", "ca", "zh", "hr", "cs", "da", "nl", "en", "et", "fi", "fr", "gl", "de", "el", "he", "hi", "hu", "is", "id", "it", "ja", "kn",
        "kk", "ko", "lv", "lt", "mk", "ms", "mr", "mi", "ne", "no", "fa", "pl", "pt", "ro", "ru", "sr", "sk", "sl", "es", "sw", "sv", "tl", "ta", "th", "tr", "uk", "ur", "vi", "cy",
    ];

    // The best first, which the service says of marin and cedar.
    static readonly (string Id, Gender Gender, bool IsNew)[] All =
    [
        ("marin", Gender.Female, true), ("cedar", Gender.Male, true), ("coral", Gender.Female, false), ("ash", Gender.Male, false), ("nova", Gender.Female, false),
        ("onyx", Gender.Male, false), ("sage", Gender.Female, false), ("echo", Gender.Male, false), ("shimmer", Gender.Female, false), ("verse", Gender.Male, true),
        ("alloy", Gender.Male, false), ("ballad", Gender.Male, true), ("fable", Gender.Unknown, false),
    ];

    /// <summary>Whether the service speaks a language.</summary>
    public static bool Speaks(string language) => Languages.Contains(language);

    /// <inheritdoc />
    public IReadOnlyList<Voice> VoicesFor(string language) => !Speaks(language) ? [] :
        [.. All.Where(voice => !voice.IsNew || !model.StartsWith("tts-1", StringComparison.Ordinal)).Select(voice => new Voice(voice.Id, language, voice.Gender, null, language))];
}
