using Octavia.Dubbing.Translation;

namespace Octavia.Dubbing.Engines;

/// <summary>Apertium as Debian packages it, pairs chained.</summary>
sealed class ApertiumTranslation : ITranslationEngine
{
    readonly Lazy<ApertiumPairs> pairs = new(() => ApertiumPairs.Read());

    public string Name => "apertium";

    public string Description => "Apertium, rule-based: fast, off line and basic";

    public EngineFacts Facts { get; } = new()
    {
        Runs = "this machine, as programs",
        Licence = "GPL-2.0-or-later, GPL-3.0-or-later in parts of some pairs",
        Languages = "the pairs that are installed, one after the other where there is no direct one",
    };

    public Task<EngineAvailability> ProbeAsync(string source, string target, CancellationToken cancellationToken)
    {
        var path = pairs.Value.FindPath(source, target);
        var availability = path.Count > 0
            ? new EngineAvailability(true, $"it is installed with {string.Join(" and ", path.Select(pair => pair.Mode))}")
            : pairs.Value.All.Count == 0
                ? new EngineAvailability(false, "it is not installed", "apt-get install apertium apertium-eng-spa apertium-eng-cat apertium-fr-es apertium-fra-cat apertium-es-pt apertium-spa-ita", LacksProgram: true)
                : new EngineAvailability(false, $"it has no way from {Languages.NameOf(source)} to {Languages.NameOf(target)}");
        return Task.FromResult(availability);
    }

    public Task<ITranslator> OpenAsync(string source, string target, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<ITranslator>(new TermKeeper(ApertiumTranslator.Open(pairs.Value, source, target)!));
    }

    public IEnumerable<string> TargetsFrom(string source) => pairs.Value.TargetsFrom(source);
}
