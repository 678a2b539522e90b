namespace Octavia.Dubbing.Speech;

/// <summary>Sex of a voice, as a listener hears it.</summary>
public enum Gender
{
    /// <summary>Not known.</summary>
    Unknown,

    /// <summary>Female.</summary>
    Female,

    /// <summary>Male.</summary>
    Male,
}

/// <summary>A voice that an engine can speak with.</summary>
/// <param name="Id">The engine's name of it: <c>ef_dora</c>.</param>
/// <param name="Language">ISO 639-1 language: <c>es</c>.</param>
/// <param name="Gender">Sex.</param>
/// <param name="MedianPitch">Median F0 in Hz; null when not measured.</param>
/// <param name="Locale">Variant of the language as the engine names it: <c>en-gb</c>, <c>pt-br</c>.</param>
public sealed record Voice(string Id, string Language, Gender Gender, double? MedianPitch, string Locale)
{
    /// <summary>What scripts and reports call it where the id does not last; null where it does.</summary>
    public string? Alias { get; init; }

    /// <summary>Its lasting name.</summary>
    public string Name => Alias ?? Id;
}

/// <summary>Had from a speech client by <c>GetService</c>: its voices.</summary>
public interface IVoiceCatalog
{
    /// <summary>Voices of a language (ISO 639-1), the best first; empty when the engine does not speak it.</summary>
    IReadOnlyList<Voice> VoicesFor(string language);
}

/// <summary>Had from a speech client by <c>GetService</c>: tells how long a text will be without speaking it.</summary>
public interface IDurationPredictor
{
    /// <summary>Length in seconds of what the engine would return for each of <paramref name="speeds"/>.</summary>
    Task<IReadOnlyList<double>> PredictAsync(
        string text, string voiceId, IReadOnlyList<double> speeds, CancellationToken cancellationToken);
}

/// <summary>Had from a speech client by <c>GetService</c>: speaks lines that follow each other in one breath.</summary>
public interface IJointSpeech
{
    /// <summary>
    /// Speaks texts together and keeps each, so that asking for one of them afterwards, at speed 1, costs little. Only as many as go well
    /// together are spoken; the others are spoken when they are asked for.
    /// </summary>
    /// <param name="texts">In their order, of one speaker.</param>
    /// <param name="voiceId">A voice of the engine.</param>
    /// <param name="cancellationToken">Cancels.</param>
    Task SpeakAheadAsync(IReadOnlyList<string> texts, string voiceId, CancellationToken cancellationToken);
}
