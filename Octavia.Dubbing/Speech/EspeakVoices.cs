using System.Text;
using System.Text.RegularExpressions;

namespace Octavia.Dubbing.Speech;

/// <summary>What <c>espeak-ng --voices</c> lists, each language in eight timbres.</summary>
sealed partial class EspeakVoices : IVoiceCatalog
{
    /// <summary>Variants with the median pitch measured on two English sentences by <see cref="Speakers.PitchDetector"/>.</summary>
    static readonly (string Name, Gender Gender, double Pitch)[] Variants =
    [
        ("m3", Gender.Male, 111), ("f3", Gender.Female, 219), ("m8", Gender.Male, 90), ("f4", Gender.Female, 182),
        ("m1", Gender.Male, 98), ("f2", Gender.Female, 200), ("m7", Gender.Male, 113), ("f5", Gender.Female, 209),
    ];

    readonly Dictionary<string, List<Voice>> byLanguage = [];

    EspeakVoices(string listing)
    {
        var names = from row in listing.Split('\n').Skip(1).Select((line, order) => (Match: Row().Match(line), order))
                    where row.Match.Success && !row.Match.Groups["file"].Value.StartsWith("mb/", StringComparison.Ordinal)
                    from name in Names(row.Match)
                    group (name.Priority, row.order, Locale: row.Match.Groups["language"].Value) by name.Language;
        foreach (var language in names)
            byLanguage[language.Key] =
            [
                .. from voice in language.OrderBy(v => v.Locale != language.Key).ThenBy(v => v.Priority).ThenBy(v => v.order).DistinctBy(v => v.Locale)
                   from variant in Variants
                   select new Voice($"{voice.Locale}+{variant.Name}", language.Key, variant.Gender, variant.Pitch, voice.Locale),
            ];
        Voices = byLanguage.Values.SelectMany(voices => voices).DistinctBy(v => v.Id).ToDictionary(v => v.Id);
    }

    public IReadOnlyDictionary<string, Voice> Voices { get; }

    public static async Task<EspeakVoices> ListAsync(CancellationToken cancellationToken) =>
        new(Encoding.UTF8.GetString(await Espeak.RunAsync(["--voices"], "", cancellationToken)));

    public IReadOnlyList<Voice> VoicesFor(string language) => byLanguage.TryGetValue(language, out var voices) ? voices : [];

    /// <summary>Two-letter languages of a row: its own, and those that it names as others it can stand for (<c>cmn</c>: <c>zh</c>).</summary>
    static IEnumerable<(string Language, int Priority)> Names(Match row)
    {
        var own = row.Groups["language"].Value.Split('-')[0];
        if (own.Length == 2) yield return (own, int.Parse(row.Groups["priority"].Value));
        foreach (Match other in Others().Matches(row.Groups["others"].Value))
            if (other.Groups[1].Value.Split('-')[0] is { Length: 2 } language)
                yield return (language, int.Parse(other.Groups[2].Value));
    }

    [GeneratedRegex(@"^\s*(?<priority>\d+)\s+(?<language>\S+)\s+\S+/[MF-]\s+\S+\s+(?<file>\S+)\s*(?<others>.*)$")]
    private static partial Regex Row();

    [GeneratedRegex(@"\((\S+) (\d+)\)")]
    private static partial Regex Others();
}
