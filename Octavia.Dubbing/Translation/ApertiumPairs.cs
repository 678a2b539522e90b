namespace Octavia.Dubbing.Translation;

/// <summary>One direction that Apertium has data for.</summary>
/// <param name="Mode">Apertium's name of it: <c>eng-spa</c>.</param>
/// <param name="Path">Path of the mode file: the pipeline of programs that translates.</param>
/// <param name="Source">ISO 639-1.</param>
/// <param name="Target">ISO 639-1.</param>
public sealed record ApertiumPair(string Mode, string Path, string Source, string Target);

/// <summary>Apertium's installed directions, and the way from one language to another through them.</summary>
public sealed class ApertiumPairs
{
    const string InstalledModes = "/usr/share/apertium/modes";

    // Of two ways of equal length the first of these wins. French from English is better through Catalan
    // (chrF 49 on flores), everything else through Spanish, whose data are the largest.
    static readonly string[] Pivots = ["es", "ca", "pt", "fr", "it"];

    readonly IReadOnlyList<ApertiumPair> pairs;

    ApertiumPairs(IReadOnlyList<ApertiumPair> pairs) => this.pairs = pairs;

    /// <summary>All directions; empty when Apertium is not installed.</summary>
    public IReadOnlyList<ApertiumPair> All => pairs;

    /// <summary>Reads the installed directions: a listing of one folder.</summary>
    /// <param name="modes">Folder of <c>.mode</c> files; null for that of Debian's packages (or <c>APERTIUM_DATADIR</c>).</param>
    public static ApertiumPairs Read(string? modes = null)
    {
        modes ??= Environment.GetEnvironmentVariable("APERTIUM_DATADIR") is { Length: > 0 } data ? Path.Combine(data, "modes") : InstalledModes;
        if (!Directory.Exists(modes)) return new ApertiumPairs([]);
        var pairs = Directory.EnumerateFiles(modes, "*.mode")
            .Select(Parse)
            .OfType<(ApertiumPair Pair, int Rank)>()
            .GroupBy(found => (found.Pair.Source, found.Pair.Target))
            .Select(same => same.OrderBy(found => found.Rank).ThenBy(found => found.Pair.Mode, StringComparer.Ordinal).First().Pair)
            .OrderBy(pair => pair.Mode, StringComparer.Ordinal);
        return new ApertiumPairs(pairs.ToList());
    }

    /// <summary>The shortest way between two languages; empty when there is none.</summary>
    /// <param name="source">ISO 639-1.</param>
    /// <param name="target">ISO 639-1.</param>
    public IReadOnlyList<ApertiumPair> FindPath(string source, string target)
    {
        if (source == target) return [];
        var cameBy = new Dictionary<string, ApertiumPair>();
        var open = new Queue<string>([source]);
        while (open.TryDequeue(out var language) && !cameBy.ContainsKey(target))
        {
            var next = pairs.Where(pair => pair.Source == language && pair.Target != source && !cameBy.ContainsKey(pair.Target))
                .OrderBy(pair => Preference(pair.Target, source, target));
            foreach (var pair in next)
            {
                cameBy[pair.Target] = pair;
                open.Enqueue(pair.Target);
            }
        }
        var path = new List<ApertiumPair>();
        for (var at = target; cameBy.TryGetValue(at, out var pair); at = pair.Source) path.Insert(0, pair);
        return path;
    }

    /// <summary>Languages that can be reached from a language, in any number of hops.</summary>
    /// <param name="source">ISO 639-1.</param>
    public IReadOnlyList<string> TargetsFrom(string source) =>
        pairs.Select(pair => pair.Target).Distinct().Where(target => FindPath(source, target).Count > 0).Order(StringComparer.Ordinal).ToList();

    static int Preference(string pivot, string source, string target)
    {
        if ((source, target, pivot) == ("en", "fr", "ca")) return -1;
        var rank = Array.IndexOf(Pivots, pivot);
        return rank < 0 ? Pivots.Length : rank;
    }

    // eng-spa, es-pt_BR; not eco-es-fr, which is a smaller form of es-fr.
    static (ApertiumPair Pair, int Rank)? Parse(string path)
    {
        var mode = Path.GetFileNameWithoutExtension(path);
        var sides = mode.Split('-');
        if (sides.Length != 2) return null;
        if (Languages.Find(sides[0].Split('_')[0]) is not { } source) return null;
        if (Languages.Find(sides[1].Split('_')[0]) is not { } target) return null;
        // Plain forms first, except Brazilian Portuguese: it is what the voices speak.
        var rank = mode.EndsWith("_BR", StringComparison.Ordinal) ? 0 : mode.Contains('_') ? 2 : 1;
        return (new ApertiumPair(mode, path, source.Code, target.Code), rank);
    }
}
