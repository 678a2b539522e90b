using Octavia.Dubbing.Models;
using Octavia.Dubbing.Translation;

namespace Octavia.Dubbing.Engines;

/// <summary>
/// The engines by name. <c>auto</c> is the best that can run on this machine for the languages asked for. What it opens is the
/// caller's to dispose. Thread-safe.
/// </summary>
public sealed class EngineCatalog(EngineOptions options, ModelStore models)
{
    /// <summary>Name that leaves the choice to the catalogue.</summary>
    public const string Auto = "auto";

    readonly IReadOnlyList<ITranslationEngine> translation = [new ApertiumEngine()];

    /// <summary>Where the engines' models come from.</summary>
    public ModelStore Models => models;

    /// <summary>What the engines may use.</summary>
    public EngineOptions Options => options;

    /// <summary>Names that <see cref="OpenTranslatorAsync"/> takes, the best first.</summary>
    public IReadOnlyList<string> TranslationEngines => [.. translation.Select(engine => engine.Name)];

    /// <summary>Which engine would translate, and why.</summary>
    /// <param name="source">Language code or name.</param>
    /// <param name="target">Language code or name.</param>
    /// <param name="requested">Engine, or <c>auto</c>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DubbingException"><c>language.unknown</c>, <c>language.pair_unsupported</c>, <c>engine.unknown</c>.</exception>
    public async Task<EngineChoice> ChooseTranslationAsync(
        string source, string target, string requested = Auto, CancellationToken cancellationToken = default)
    {
        var (engine, reason, better) = await FindTranslationAsync(source, target, requested, cancellationToken);
        return new EngineChoice(engine.Name, engine.Description, reason, better);
    }

    /// <summary>Opens a translator for two languages.</summary>
    /// <param name="source">Language code or name.</param>
    /// <param name="target">Language code or name.</param>
    /// <param name="requested">Engine, or <c>auto</c>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DubbingException">
    /// <c>language.unknown</c>, <c>language.pair_unsupported</c>, <c>engine.unknown</c>, <c>model.missing</c>.
    /// </exception>
    public async Task<ITranslator> OpenTranslatorAsync(
        string source, string target, string requested = Auto, CancellationToken cancellationToken = default)
    {
        var (engine, _, _) = await FindTranslationAsync(source, target, requested, cancellationToken);
        return await engine.OpenAsync(Languages.Get(source).Code, Languages.Get(target).Code, cancellationToken);
    }

    async Task<(ITranslationEngine Engine, string Reason, string? Better)> FindTranslationAsync(
        string source, string target, string requested, CancellationToken cancellationToken)
    {
        var from = Languages.Get(source);
        var to = Languages.Get(target);
        if (from == to)
            throw new DubbingException(new Failure(
                "language.pair_unsupported", FailureKind.Usage, $"The film already speaks {to.Name}: choose another target language."));
        var candidates = Candidates(translation, requested, engine => engine.Name, "translation");
        var refused = new List<string>();
        var hints = new List<string>();
        foreach (var engine in candidates)
        {
            var availability = await engine.ProbeAsync(from.Code, to.Code, cancellationToken);
            if (availability.CanRun)
                return (engine, Reason(requested, availability.Reason, refused), hints.FirstOrDefault());
            refused.Add($"{engine.Name}: {availability.Reason}");
            if (availability.Hint is { } hint) hints.Add(hint);
        }
        throw new DubbingException(new Failure("language.pair_unsupported", FailureKind.Usage, Unsupported(from, to, candidates, refused)));
    }

    static string Reason(string requested, string reason, List<string> refused)
    {
        if (requested != Auto) return $"It was asked for; {reason}.";
        return refused.Count == 0 ? $"The best: {reason}." : $"The best that can run: {reason} ({string.Join("; ", refused)}).";
    }

    static string Unsupported(Language from, Language to, IReadOnlyList<ITranslationEngine> candidates, List<string> refused)
    {
        var possible = candidates.SelectMany(engine => engine.TargetsFrom(from.Code)).Distinct().Order(StringComparer.Ordinal).ToList();
        var help = possible.Count == 0
            ? "Nothing can be translated from it here."
            : $"Possible from {from.Name}: {string.Join(", ", possible)}.";
        return $"{from.Name} to {to.Name} cannot be translated here ({string.Join("; ", refused)}). {help} See `octavia doctor`.";
    }

    static IReadOnlyList<T> Candidates<T>(IReadOnlyList<T> engines, string requested, Func<T, string> name, string kind)
    {
        if (requested == Auto) return engines;
        var found = engines.Where(engine => name(engine) == requested).ToList();
        if (found.Count > 0) return found;
        throw new DubbingException(new Failure(
            "engine.unknown", FailureKind.Usage,
            $"There is no {kind} engine \"{requested}\": use {Auto} or one of {string.Join(", ", engines.Select(name))}."));
    }
}
