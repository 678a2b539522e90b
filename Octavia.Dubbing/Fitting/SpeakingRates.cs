namespace Octavia.Dubbing.Fitting;

/// <summary>
/// How many characters a second the voices of a film speak: at first what is usual in the language, then, line by line, what was heard of them. A voice
/// that has said little yet is taken to be like the others. Thread-safe: lines are translated while others are spoken.
/// </summary>
/// <param name="language">ISO 639-1 of the dub.</param>
public sealed class SpeakingRates(string language)
{
    /// <summary>Rate of most languages with an alphabet, in characters a second.</summary>
    public const double Usual = 15;

    // A voice's own rate counts as much as what was expected once it has spoken for so long.
    const double PriorSeconds = 6;

    // A little faster than the voice's own rate is not heard as fast, and few translations use all that they may.
    const double PlannedTempo = 1.05;

    // Of the speech of people; languages that are written with a character to a syllable, or to a word, take fewer.
    static readonly Dictionary<string, double> Languages = new()
    {
        ["en"] = 15,
        ["es"] = 16,
        ["fr"] = 16,
        ["it"] = 16,
        ["pt"] = 16,
        ["hi"] = 11,
        ["ja"] = 10,
        ["ko"] = 7,
        ["zh"] = 6,
        ["yue"] = 6,
    };

    readonly Lock _lock = new();
    readonly Dictionary<string, string> _voices = [];
    readonly Dictionary<string, (int Characters, double Seconds)> _heard = [];

    /// <summary>Takes note of a line that was spoken.</summary>
    /// <param name="speaker">Speaker of the original.</param>
    /// <param name="voice">Voice that spoke in the dub.</param>
    /// <param name="characters">Length of the text.</param>
    /// <param name="seconds">Length of the take at the voice's own rate.</param>
    public void Hear(string speaker, string voice, int characters, double seconds)
    {
        lock (_lock)
        {
            _voices[speaker] = voice;
            var (before, time) = _heard.GetValueOrDefault(voice);
            _heard[voice] = (before + characters, time + seconds);
        }
    }

    /// <summary>Characters a second to expect of a speaker's voice.</summary>
    public double Of(string speaker)
    {
        lock (_lock)
        {
            var usual = Languages.GetValueOrDefault(language, Usual);
            var all = Blend(usual, _heard.Values.Sum(voice => voice.Characters), _heard.Values.Sum(voice => voice.Seconds));
            if (!_voices.TryGetValue(speaker, out var own)) return all;
            var (characters, seconds) = _heard[own];
            return Blend(all, characters, seconds);
        }
    }

    /// <summary>Rate of a speaker's voice by what is usual in the language.</summary>
    public double AgainstUsual(string speaker) => Of(speaker) / Languages.GetValueOrDefault(language, Usual);

    /// <summary>Most characters that a speaker's voice says in some seconds without haste.</summary>
    public int BudgetOf(string speaker, double seconds) => Math.Max(1, (int)(seconds * PlannedTempo * Of(speaker)));

    static double Blend(double expected, int characters, double seconds) => (expected * PriorSeconds + characters) / (PriorSeconds + seconds);
}
