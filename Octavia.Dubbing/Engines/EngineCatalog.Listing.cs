namespace Octavia.Dubbing.Engines;

public sealed partial class EngineCatalog
{
    /// <summary>Part of an engine that recognises.</summary>
    public const string Recognition = "recognition";

    /// <summary>Part of an engine that translates.</summary>
    public const string Translation = "translation";

    /// <summary>Part of an engine that speaks.</summary>
    public const string Speech = "speech";

    /// <summary>Whether each engine could do its part of a dub here and now, in the order of <see cref="List"/>.</summary>
    /// <param name="source">Language code or name.</param>
    /// <param name="target">Language code or name.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DubbingException"><c>language.unknown</c>.</exception>
    public async Task<IReadOnlyList<EngineAvailability>> ProbeAsync(string source, string target, CancellationToken cancellationToken)
    {
        var (from, to) = (Languages.Get(source).Code, Languages.Get(target).Code);
        var found = recognition.Select(engine => engine.Probe()).ToList();
        foreach (var engine in translation) found.Add(await engine.ProbeAsync(from, to, cancellationToken));
        foreach (var engine in speech) found.Add(await engine.ProbeAsync(to, cancellationToken));
        return found;
    }

    /// <summary>All engines, of each part the one first that <c>auto</c> asks first.</summary>
    public IReadOnlyList<EngineListing> List() =>
    [
        .. recognition.Select(engine => new EngineListing(Recognition, engine.Name, engine.Description, engine.Facts)),
        .. translation.Select(engine => new EngineListing(Translation, engine.Name, engine.Description, engine.Facts)),
        .. speech.Select(engine => new EngineListing(Speech, engine.Name, engine.Description, engine.Facts)),
    ];
}
