using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Translation;

namespace Octavia.Dubbing.Quoting;

/// <summary>What an engine did.</summary>
sealed record EngineWork(string Part, EngineChoice Engine, SpokenAmount Amount);

/// <summary>What came of one language of a run, by who did it.</summary>
/// <param name="Language">ISO 639-1; empty of a transcript.</param>
/// <param name="Lines">All lines.</param>
/// <param name="Translated">What the run's engine translated.</param>
/// <param name="Spoken">What the run's engine spoke.</param>
/// <param name="Others">What others did instead.</param>
sealed record MadeVersion(string Language, int Lines, SpokenAmount Translated, SpokenAmount Spoken, IReadOnlyList<EngineWork> Others)
{
    /// <summary>Counts a script.</summary>
    /// <param name="script">Of the version.</param>
    /// <param name="tokens">What the service that translates counted; null to estimate.</param>
    /// <param name="engineOf">An engine by part and name.</param>
    public static MadeVersion Of(Script script, TokenUse? tokens, Func<string, string, EngineChoice> engineOf)
    {
        var translated = script.Utterances.ToLookup(line => line.Translation?.By);
        var spoken = script.Utterances.ToLookup(line => line.Take?.By);
        return new MadeVersion(
            script.TargetLanguage, script.Utterances.Count, AmountOf(translated[null]) with { Counted = tokens }, AmountOf(spoken[null]),
            [.. OthersOf(EngineCatalog.Translation, translated), .. OthersOf(EngineCatalog.Speech, spoken)]);

        SpokenAmount AmountOf(IEnumerable<Utterance> lines) => SpokenAmount.Of(script, [.. lines]);

        IEnumerable<EngineWork> OthersOf(string part, ILookup<string?, Utterance> lines) =>
            lines.Where(group => group.Key is not null).Select(group => new EngineWork(part, engineOf(part, group.Key!), AmountOf(group)));
    }

    /// <summary>What the run's engine did of a part.</summary>
    public SpokenAmount Of(string part) => part == EngineCatalog.Translation ? Translated : Spoken;
}
