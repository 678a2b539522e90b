using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Reporting;

namespace Octavia.Dubbing.Quoting;

/// <summary>One language of a run and the engines that make it; null for what it does without.</summary>
sealed record QuotedVersion(string Language, EngineChoice? Translation, EngineChoice? Speech);

/// <summary>A run as quotes see it.</summary>
sealed record QuotedRun(double MediaSeconds, Quality Quality, EngineChoice? Recognition, IReadOnlyList<QuotedVersion> Versions, string? Mixing)
{
    /// <summary>Work on the picture, which only some runs do: the part, which is also the stage that it is timed by, and what does it.</summary>
    public IReadOnlyList<(string Part, string Engine)> OnPicture { get; init; } = [];

    public IEnumerable<(string Part, EngineChoice Engine, string? Language)> Engines
    {
        get
        {
            if (Recognition is not null) yield return (EngineCatalog.Recognition, Recognition, null);
            foreach (var version in Versions)
            {
                if (version.Translation is not null) yield return (EngineCatalog.Translation, version.Translation, version.Language);
                if (version.Speech is not null) yield return (EngineCatalog.Speech, version.Speech, version.Language);
            }
        }
    }
}

/// <summary>
/// Tells what a run will take: time from what earlier runs took here, money from prices, and both from how much is said in a minute as a rule. The speech
/// detector, which would tell better, has to decode the whole file first: minutes for a film, and the service that quotes has no models.
/// </summary>
sealed class Quoter(PriceList prices, SpeedLog speeds)
{
    /// <summary>Part and stage of moved lips.</summary>
    public const string LipSync = "lip-sync";

    /// <summary>Part and stage of subtitles that are drawn into the picture.</summary>
    public const string BurnIn = "burn-in";

    const string LinesKind = "lines";
    const string ElapsedKind = "elapsed of work";

    /// <summary>What a quote is multiplied by where nothing is measured; of engines without a figure one that is on the safe side.</summary>
    const double UnknownFactor = 0.5;

    /// <summary>Real-time factors of the measured set (docs/quality.md), on two processors.</summary>
    static readonly Dictionary<string, double> Published = new()
    {
        ["recognition whisper-onnx whisper-base"] = 0.08,
        ["recognition whisper-onnx whisper-small"] = 0.35,
        ["translation apertium"] = 0.001,
        ["speech kokoro"] = 0.38,
        ["speech espeak"] = 0.05,
        ["mixing separated"] = 0.104,
        ["mixing ducked"] = 0.05,
        // Of a picture of 1280x720.
        [BurnIn] = 0.35,
        // Anything does it: on the safe side.
        [LipSync] = 1,
    };

    /// <summary>Makes a quote.</summary>
    public Quote Make(QuotedRun run)
    {
        var linesHere = speeds.Find(LinesKind);
        var perMinute = 60 * (linesHere?.Factor ?? SpokenAmount.LinesPerMinute / 60);
        var amount = SpokenAmount.Of(run.MediaSeconds, perMinute);
        var parts = run.Engines.Select(one => PartOf(run, one.Part, one.Engine, one.Language, amount)).ToList();
        if (run.Mixing is not null)
            foreach (var version in run.Versions) parts.Add(TimeOf(run, "mixing", run.Mixing, null, version.Language) with { Usd = 0 });
        parts.AddRange(run.OnPicture.Select(work => TimeOf(run, work.Part, work.Engine, null, null) with { Usd = 0 }));
        var elapsed = speeds.Find(ElapsedKind) is { Factor: > 0 and var together } ? Math.Clamp(together, 0.2, 1.5) : 1;
        return new Quote
        {
            MediaSeconds = Math.Round(run.MediaSeconds, 1),
            Lines = Math.Max(1, (int)Math.Round(amount.Lines)),
            LinesBasis = linesHere is { } lines ? FormattableString.Invariant($"{perMinute:0.#} lines a minute, as in {Runs(lines.Runs)} here") : FormattableString.Invariant($"{perMinute:0.#} lines a minute, as in the measured set"),
            Seconds = Math.Round(parts.Sum(part => part.Seconds) * elapsed, 1),
            SecondsBasis = parts.TrueForAll(part => part.Measured) ? "as measured in earlier runs on this machine"
                : parts.Exists(part => part.Measured) ? "partly as measured in earlier runs on this machine, partly as on a machine with two processors"
                : "as on a machine with two processors: nothing of the kind has run on this machine yet",
            Usd = Sum(parts.Select(part => part.Usd)),
            UsdBasis = UsdBasisOf(parts),
            Parts = parts,
        };
    }

    /// <summary>Puts a quote beside what came of it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="made">By language.</param>
    /// <param name="recognized">Share of the speech that the run's own engine recognised; what another did in its place costs nothing.</param>
    /// <param name="elapsedSeconds">Wall-clock seconds.</param>
    public QuoteOutcome Compare(QuotedRun run, IReadOnlyList<MadeVersion> made, double recognized, double elapsedSeconds)
    {
        var own = run.Engines.Select(one => new EngineWork(
            one.Part, one.Engine, one.Language is null ? SpokenAmount.Of(run.MediaSeconds * recognized, SpokenAmount.LinesPerMinute) : made.First(version => version.Language == one.Language).Of(one.Part)));
        // Who did nothing costs nothing, whatever the price.
        var usd = own.Concat(made.SelectMany(version => version.Others)).Select(work => work.Amount is { Lines: 0, Counted: null } ? 0 : UsdOf(work.Part, work.Engine, work.Amount));
        return new QuoteOutcome(Make(run), made.Count == 0 ? 0 : made[0].Lines, Math.Round(elapsedSeconds, 1), Sum(usd));
    }

    /// <summary>Learns from a run that did all of its work itself; nothing of a part in which another engine stepped in.</summary>
    public void Learn(QuotedRun run, IReadOnlyList<MadeVersion> made, double recognized, DubbingReport report)
    {
        var seconds = new Dictionary<string, double>();
        Note("transcribing", run.Recognition is null || recognized < 1 ? [] : [KindOf(run, EngineCatalog.Recognition, run.Recognition)]);
        Note("translating", IsMixed(EngineCatalog.Translation) ? [] : [.. run.Versions.Select(version => version.Translation).OfType<EngineChoice>().Select(engine => KindOf(run, EngineCatalog.Translation, engine))]);
        Note("synthesizing", IsMixed(EngineCatalog.Speech) ? [] : [.. run.Versions.Select(version => version.Speech).OfType<EngineChoice>().Select(engine => KindOf(run, EngineCatalog.Speech, engine))]);
        if (run.Mixing is { } mixing) Note("assembling", [.. run.Versions.Select(_ => KindOf(run, "mixing", mixing, null))]);
        foreach (var (part, engine) in run.OnPicture) Note(part, [KindOf(run, part, engine, null)]);
        seconds[LinesKind] = report.Versions.Count == 0 ? 0 : report.Versions[0].Lines.Total;
        speeds.Add(run.MediaSeconds, seconds);
        // The stages run side by side: on many processors the whole takes less than their sum.
        var work = report.StageSeconds.Values.Sum();
        if (work > 0) speeds.Add(work, new Dictionary<string, double> { [ElapsedKind] = report.ElapsedSeconds });

        bool IsMixed(string part) => made.Any(version => version.Others.Any(other => other.Part == part));

        // The time of two engines in one stage cannot be told apart.
        void Note(string stage, List<string> kinds)
        {
            if (kinds.Distinct().Count() == 1 && report.StageSeconds.TryGetValue(stage, out var busy)) seconds[kinds[0]] = busy / kinds.Count;
        }
    }

    QuotePart PartOf(QuotedRun run, string part, EngineChoice engine, string? language, SpokenAmount amount) =>
        TimeOf(run, part, engine.Name, engine, language) with { Usd = UsdOf(part, engine, amount) is { } usd ? Math.Round(usd, 6) : null };

    QuotePart TimeOf(QuotedRun run, string part, string name, EngineChoice? engine, string? language)
    {
        var here = speeds.Find(KindOf(run, part, name, engine?.Facts.Model));
        var factor = here?.Factor ?? PublishedFactor(part, name, engine?.Facts.Model);
        return new QuotePart(part, $"{name} {engine?.Facts.Model}".Trim(), language, Math.Round(run.MediaSeconds * factor, 1), here is not null, null);
    }

    static double PublishedFactor(string part, string name, string? model) => new[] { $"{part} {name} {model}".Trim(), $"{part} {name}", part }
        .Where(Published.ContainsKey).Select(kind => Published[kind]).FirstOrDefault(PriceList.IsService(part, name) ? 0.1 : UnknownFactor);

    static string KindOf(QuotedRun run, string part, EngineChoice engine) => KindOf(run, part, engine.Name, engine.Facts.Model);

    // Translation and mixing are the same at every quality.
    static string KindOf(QuotedRun run, string part, string name, string? model) =>
        $"{part} {name} {model}".Trim() + (part is EngineCatalog.Recognition or EngineCatalog.Speech ? $" {run.Quality.ToString().ToLowerInvariant()}" : "");

    double? UsdOf(string part, EngineChoice engine, SpokenAmount amount)
    {
        if (!PriceList.IsService(part, engine.Name)) return 0;
        if (prices.Find(part, engine.Name, engine.Facts) is not { } price) return null;
        return part switch
        {
            EngineCatalog.Recognition => price.Usd * amount.MediaSeconds / 60,
            EngineCatalog.Speech => price.Usd * amount.TargetCharacters / 1e6,
            _ => ((price.Usd * amount.TokensRead) + (price.WrittenUsd * amount.TokensWritten)) / 1e6,
        };
    }

    static double? Sum(IEnumerable<double?> usd)
    {
        var all = usd.ToList();
        return all.Exists(one => one is null) ? null : Math.Round(all.Sum(one => one!.Value), 4);
    }

    static string UsdBasisOf(List<QuotePart> parts)
    {
        var unknown = parts.Where(part => part.Usd is null).Select(part => part.Engine).Distinct().ToList();
        if (unknown.Count > 0) return $"the price of {string.Join(" and ", unknown)} is not known";
        return parts.Exists(part => part.Usd > 0) ? $"an estimate, by the prices of {PriceList.GatheredIn} and those that are set here; the service's bill counts" : "every engine runs on this machine";
    }

    static string Runs(int count) => count == 1 ? "one run" : $"{count} runs";
}
