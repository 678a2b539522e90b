using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace Octavia.Dubbing.Recognition;

/// <summary>A recognised word, punctuation attached.</summary>
/// <param name="Text">With its leading blank where the language has one.</param>
/// <param name="Start">Seconds from the start of the audio.</param>
/// <param name="End">Seconds from the start of the audio.</param>
/// <param name="Probability">0 to 1; 1 where the engine does not say.</param>
public sealed record Word(string Text, double Start, double End, double Probability)
{
    /// <summary>Where the sound of speech reaches beyond a word that stands at a pause; null where it does not.</summary>
    [JsonIgnore]
    public Stretch? Reach { get; init; }

    /// <summary>The same word later by so many seconds.</summary>
    public Word Shift(double seconds) =>
        this with { Start = Start + seconds, End = End + seconds, Reach = Reach is { } reach ? new Stretch(reach.Start + seconds, reach.End + seconds) : null };
}

/// <summary>Another language is heard than was given.</summary>
/// <param name="Language">ISO 639-1 of what is heard.</param>
/// <param name="Probability">0 to 1.</param>
public sealed record LanguageDoubt(string Language, double Probability);

/// <summary>What our recognisers add to Microsoft.Extensions.AI's updates, under fixed keys of <c>AdditionalProperties</c>.</summary>
public static class RecognizedWords
{
    const string WordsKey = "octavia.words";
    const string LanguageKey = "octavia.language";
    const string ProbabilityKey = "octavia.language_probability";
    const string DoubtKey = "octavia.language_doubt";
    const string RemarkKey = "octavia.remark";
    const string PositionKey = "octavia.position_s";

    /// <summary>Words of a segment with their times; empty when the engine has none.</summary>
    public static IReadOnlyList<Word> GetWords(this SpeechToTextResponseUpdate update) =>
        update.AdditionalProperties?.TryGetValue(WordsKey, out IReadOnlyList<Word>? words) == true ? words! : [];

    /// <summary>Language that the engine used or found, as ISO 639-1; null when it does not say.</summary>
    public static string? GetLanguage(this SpeechToTextResponseUpdate update) =>
        update.AdditionalProperties?.TryGetValue(LanguageKey, out string? language) == true ? language : null;

    /// <summary>Probability of the language found, 0 to 1; null when the language was given.</summary>
    public static double? GetLanguageProbability(this SpeechToTextResponseUpdate update) =>
        update.AdditionalProperties?.TryGetValue(ProbabilityKey, out double p) == true ? p : null;

    /// <summary>The language that the engine hears instead of the one that was given; null when it hears none other.</summary>
    public static LanguageDoubt? GetLanguageDoubt(this SpeechToTextResponseUpdate update) =>
        update.AdditionalProperties?.TryGetValue(DoubtKey, out LanguageDoubt? doubt) == true ? doubt : null;

    /// <summary>How far into the audio everything is recognised, in seconds: also set on updates without text, which report progress.</summary>
    public static double? GetPosition(this SpeechToTextResponseUpdate update) =>
        update.AdditionalProperties?.TryGetValue(PositionKey, out double s) == true ? s : null;

    /// <summary>What a user should know, in sentences: that another engine recognised it; null for nothing.</summary>
    public static string? GetRemark(this SpeechToTextResponseUpdate update) =>
        update.AdditionalProperties?.TryGetValue(RemarkKey, out string? remark) == true ? remark : null;

    /// <summary>Sets what this class reads.</summary>
    public static SpeechToTextResponseUpdate With(
        this SpeechToTextResponseUpdate update,
        IReadOnlyList<Word>? words = null,
        string? language = null,
        double? languageProbability = null,
        double? position = null,
        LanguageDoubt? doubt = null,
        string? remark = null)
    {
        var properties = update.AdditionalProperties ??= [];
        if (words is not null) properties[WordsKey] = words;
        if (language is not null) properties[LanguageKey] = language;
        if (languageProbability is { } p) properties[ProbabilityKey] = p;
        if (doubt is not null) properties[DoubtKey] = doubt;
        if (position is { } s) properties[PositionKey] = s;
        if (remark is not null) properties[RemarkKey] = remark;
        return update;
    }
}
