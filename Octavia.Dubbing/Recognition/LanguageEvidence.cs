namespace Octavia.Dubbing.Recognition;

/// <summary>Which languages were heard in the windows of a sound, weighed by their speech. Codes are ISO 639-1.</summary>
sealed class LanguageEvidence
{
    /// <summary>Seconds of speech after which nobody need listen whether the language that was given is spoken.</summary>
    const double Enough = 20;

    /// <summary>A few words sound like many a language, seconds.</summary>
    const double Least = 3;

    /// <summary>Share of the evidence from which another language than that given is worth a word.</summary>
    const double Doubtful = 0.8;

    readonly Dictionary<string, double> seconds = [];
    double listened;

    /// <summary>Whether nothing was heard yet.</summary>
    public bool IsEmpty => seconds.Count == 0;

    /// <summary>Whether enough was heard to believe, or to doubt, the language that was given.</summary>
    public bool IsEnough => listened >= Enough;

    /// <summary>The language that most was heard of, and its share; not before something was heard.</summary>
    public (string Language, double Share) Most
    {
        get
        {
            var (language, most) = seconds.MaxBy(pair => pair.Value);
            return (language, most / seconds.Values.Sum());
        }
    }

    /// <summary>Weighs a window.</summary>
    /// <param name="window">The window.</param>
    /// <param name="heard">Probability by language.</param>
    public void Add(SpeechWindow window, IEnumerable<KeyValuePair<string, float>> heard)
    {
        var spoken = Math.Max(0.1, window.SpeechIn(window.Start, window.End));
        listened += spoken;
        foreach (var (language, probability) in heard) seconds[language] = seconds.GetValueOrDefault(language) + probability * spoken;
    }

    /// <summary>Another language that is heard than was given; null for none.</summary>
    public LanguageDoubt? DoubtOf(string given) =>
        Most is var (heard, share) && heard != given && share >= Doubtful && listened >= Least ? new LanguageDoubt(heard, Math.Round(share, 2)) : null;
}
