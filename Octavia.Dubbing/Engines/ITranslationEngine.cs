using Octavia.Dubbing.Translation;

namespace Octavia.Dubbing.Engines;

/// <summary>An engine that translates. Languages are ISO 639-1 codes that are known and differ.</summary>
interface ITranslationEngine
{
    string Name { get; }

    string Description { get; }

    /// <summary>What a person wants to know of it.</summary>
    EngineFacts Facts => EngineFacts.None;

    /// <summary>Whether it can translate this pair here and now.</summary>
    Task<EngineAvailability> ProbeAsync(string source, string target, CancellationToken cancellationToken);

    /// <summary>Opens it, after <see cref="ProbeAsync"/> said yes.</summary>
    Task<ITranslator> OpenAsync(string source, string target, CancellationToken cancellationToken);

    /// <summary>Languages that it can translate into from a language, without asking a network.</summary>
    IEnumerable<string> TargetsFrom(string source);
}
