using Octavia.Dubbing.Models;
using Octavia.Dubbing.Translation;

namespace Octavia.Dubbing.Engines;

/// <summary>The Marian models of opus-mt: one for the pair where there is one, else two through English.</summary>
sealed class OpusMtTranslation(ModelStore models) : ITranslationEngine
{
    const string Pivot = "en";

    static readonly HashSet<string> Romance = ["fr", "es", "it", "pt", "ca", "gl", "ro", "oc"];

    public string Name => "opus-mt";

    public string Description => "opus-mt, neural, in this process";

    public EngineFacts Facts { get; } = new()
    {
        Runs = "this machine, in the process",
        Licence = "CC-BY-4.0 or Apache-2.0 (weights, as the page of each pair says)",
        Languages = "a model for each pair, through English where there is none",
        Settings = ["Octavia__Models__Folder", "Octavia__Models__Hub", "Octavia__Models__Offline"],
    };

    public async Task<EngineAvailability> ProbeAsync(string source, string target, CancellationToken cancellationToken)
    {
        var (route, refusal) = await FindRouteAsync(source, target, cancellationToken);
        if (route is null) return refusal!;
        var missing = route.Where(hop => models.Find(hop.Model) is null).Select(hop => hop.Model).ToList();
        return new EngineAvailability(true, missing.Count == 0
            ? $"{Names(route)} {(route.Count == 1 ? "is" : "are")} on this machine"
            : $"{string.Join(" and ", missing)} can be downloaded");
    }

    public async Task<ITranslator> OpenAsync(string source, string target, CancellationToken cancellationToken)
    {
        var (route, refusal) = await FindRouteAsync(source, target, cancellationToken);
        if (route is null) throw new DubbingException(new Failure("model.missing", FailureKind.MissingTool, $"opus-mt cannot run: {refusal!.Reason}. {refusal.Hint}".TrimEnd()));
        var hops = new List<ITranslator>();
        try
        {
            foreach (var (model, language) in route)
            {
                var folder = await models.GetAsync(model, cancellationToken);
                hops.Add(await Task.Run(() => MarianTranslator.Open(folder, [language, Languages.Get(language).TrackCode]), cancellationToken));
            }
        }
        catch
        {
            foreach (var hop in hops) await hop.DisposeAsync();
            throw;
        }
        return new TermKeeper(hops is [var single] ? single : new ChainedTranslator(hops));
    }

    public IEnumerable<string> TargetsFrom(string source) => Languages.All.Select(language => language.Code)
        .Where(target => target != source && Routes(source, target).Any(route => route.All(hop => models.Find(hop.Model) is not null)));

    static string Names(IEnumerable<(string Model, string Language)> route) => string.Join(" and ", route.Select(hop => hop.Model));

    async Task<(IReadOnlyList<(string Model, string Language)>? Route, EngineAvailability? Refusal)> FindRouteAsync(
        string source, string target, CancellationToken cancellationToken)
    {
        var routes = Routes(source, target).ToList();
        if (routes.Find(route => route.All(hop => models.Find(hop.Model) is not null)) is { } present) return (present, null);
        foreach (var route in routes)
        {
            var states = new List<ModelAvailability>();
            foreach (var (model, _) in route) states.Add(await models.ProbeAsync(model, cancellationToken));
            if (states.TrueForAll(state => state is ModelAvailability.Present or ModelAvailability.Downloadable)) return (route, null);
            if (states.Contains(ModelAvailability.Unreachable))
                return (null, new EngineAvailability(false, "its model is not on this machine and the model hub is not reached",
                    $"With a network: octavia models add {string.Join(' ', routes[0].Select(hop => hop.Model))}"));
        }
        return (null, new EngineAvailability(false, $"the model hub has none from {Languages.NameOf(source)} to {Languages.NameOf(target)}"));
    }

    static IEnumerable<IReadOnlyList<(string Model, string Language)>> Routes(string source, string target)
    {
        foreach (var model in Direct(source, target)) yield return [(model, target)];
        if (source == Pivot || target == Pivot) yield break;
        foreach (var first in Direct(source, Pivot))
            foreach (var second in Direct(Pivot, target))
                yield return [(first, Pivot), (second, target)];
    }

    static IEnumerable<string> Direct(string source, string target)
    {
        // The hub writes Japanese as a target in a way of its own, and serves some Romance languages by one model for all.
        yield return target == "ja" && source == Pivot ? "opus-mt-en-jap" : $"opus-mt-{source}-{target}";
        if (source == Pivot && Romance.Contains(target)) yield return "opus-mt-en-ROMANCE";
        if (target == Pivot && Romance.Contains(source)) yield return "opus-mt-ROMANCE-en";
    }
}
