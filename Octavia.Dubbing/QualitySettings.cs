namespace Octavia.Dubbing;

/// <summary>What a quality chooses: the one place that says it, for the engine and for its documentation.</summary>
/// <param name="Quality">Quality.</param>
/// <param name="WhisperModels">Sizes of Whisper, the best first: the first that is on the machine recognises.</param>
/// <param name="Beams">Hypotheses that recognition keeps; 1 is greedy.</param>
/// <param name="Rewordings">How often a chat model is asked for a shorter wording of a line that is too long.</param>
/// <param name="SpeaksAgain">Whether a line that is too long is spoken again at the engine's own rate before its tempo is raised.</param>
/// <param name="MovesLips">Whether lips are moved, where something that does is configured.</param>
public sealed record QualitySettings(Quality Quality, IReadOnlyList<string> WhisperModels, int Beams, int Rewordings, bool SpeaksAgain, bool MovesLips)
{
    const string Embedded = "whisper-base";

    static readonly string[] BestFirst = ["whisper-large-v3-turbo", "whisper-medium", "whisper-small", Embedded];

    /// <summary>All, the fastest first.</summary>
    public static IReadOnlyList<QualitySettings> All { get; } =
    [
        new(Quality.Fast, [Embedded], Beams: 1, Rewordings: 1, SpeaksAgain: false, MovesLips: false),
        new(Quality.Balanced, BestFirst, Beams: 1, Rewordings: 2, SpeaksAgain: false, MovesLips: false),
        new(Quality.Best, BestFirst, Beams: 5, Rewordings: 3, SpeaksAgain: true, MovesLips: true),
    ];

    /// <summary>What one chooses.</summary>
    public static QualitySettings Of(Quality quality) => All.Single(settings => settings.Quality == quality);
}
