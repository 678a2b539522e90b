using System.Text;

namespace Octavia.Dubbing.Speech;

/// <summary>What every engine asks of a text before it speaks it.</summary>
static class SpeechText
{
    /// <summary>Longest text of one call, in UTF-16 characters: ten minutes and more of speech.</summary>
    public const int MaxLength = 10_000;

    /// <summary>Control characters (espeak-ng takes commands in them) and all white space become single blanks; marks join their letters.</summary>
    /// <exception cref="DubbingException"><c>speech.empty</c> or <c>speech.too_long</c>.</exception>
    public static string Clean(string text)
    {
        if (text.Length > MaxLength)
            throw new DubbingException(new Failure(
                "speech.too_long", FailureKind.Usage, $"The text has {text.Length} characters; speak at most {MaxLength} at a time."));
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var blank = Rune.IsControl(rune) || Rune.IsWhiteSpace(rune) || rune == Rune.ReplacementChar;
            if (!blank) result.Append(rune.ToString());
            else if (result.Length > 0 && result[^1] != ' ') result.Append(' ');
        }
        var clean = Composition.Compose(result.ToString().TrimEnd());
        return clean.Any(char.IsLetterOrDigit) ? clean : throw Empty();
    }

    /// <summary>The refusal of a text in which nothing can be spoken.</summary>
    public static DubbingException Empty() =>
        new(new Failure("speech.empty", FailureKind.Usage, "The text has nothing to speak; give it a word."));

    /// <summary>The rate to speak at.</summary>
    /// <exception cref="DubbingException"><c>speech.speed</c>.</exception>
    public static float Speed(float? asked) => asked switch
    {
        null => 1,
        >= 0.5f and <= 2 => asked.Value,
        _ => throw new DubbingException(new Failure("speech.speed", FailureKind.Usage, $"Speed {asked} is not possible; choose 0.5 to 2.")),
    };

    /// <summary>The voice asked for by id, else the best of the language asked for.</summary>
    /// <param name="voiceId">Id, or null.</param>
    /// <param name="language">ISO 639-1 or a locale of it, or null.</param>
    /// <param name="find">The engine's voice of an id; null when it has none.</param>
    /// <param name="catalog">Its voices by language.</param>
    /// <exception cref="DubbingException"><c>speech.voice</c>.</exception>
    public static Voice ChooseVoice(string? voiceId, string? language, Func<string, Voice?> find, IVoiceCatalog catalog)
    {
        if (voiceId is not null)
            return find(voiceId) ?? throw Unknown($"There is no voice {voiceId}");
        var primary = (language ?? "").Split('-', '_')[0].ToLowerInvariant();
        var choice = catalog.VoicesFor(primary);
        return choice.FirstOrDefault(v => v.Locale.Equals(language, StringComparison.OrdinalIgnoreCase))
            ?? (choice.Count > 0 ? choice[0] : throw Unknown($"No voice speaks {language ?? "an unnamed language"}"));
    }

    static DubbingException Unknown(string what) =>
        new(new Failure("speech.voice", FailureKind.Usage, $"{what}; choose one of the catalogue."));
}
