namespace Octavia.Dubbing.Recognition;

/// <summary>How Whisper recognises.</summary>
public sealed record WhisperOptions
{
    /// <summary>Hypotheses kept while decoding; 1 is greedy, 5 is the usual beam. A call overrides it by the additional property <c>beams</c>.</summary>
    public int Beams { get; init; } = 1;

    /// <summary>Temperatures tried in turn while a window's text repeats itself or is improbable; the first is 0.</summary>
    public IReadOnlyList<double> Temperatures { get; init; } = [0, 0.2, 0.4, 0.6];

    /// <summary>What counts as speech.</summary>
    public SpeechRules Speech { get; init; } = new();
}
