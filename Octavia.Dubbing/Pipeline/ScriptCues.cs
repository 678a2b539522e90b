using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Subtitles;

namespace Octavia.Dubbing.Pipeline;

/// <summary>Subtitles of a script.</summary>
static class ScriptCues
{
    /// <summary>What is said in the original.</summary>
    public static List<SubtitleCue> Spoken(Script script) => Lay(script, line => new SubtitleLine(line.Start, line.End, line.Text, line.Words));

    /// <summary>What is said in the dub.</summary>
    public static List<SubtitleCue> Dubbed(Script script) => Lay(script, line => new SubtitleLine(line.Start, line.End, line.Translation?.Text ?? "", []));

    /// <summary>What is said in the dub, what is said in the original below it.</summary>
    public static List<SubtitleCue> Bilingual(Script script) =>
        Lay(script, line => new SubtitleLine(line.Start, line.End, line.Translation?.Text ?? "", []) { Below = line.Text });

    static List<SubtitleCue> Lay(Script script, Func<Utterance, SubtitleLine> line) =>
        [.. SubtitleLayout.Lay([.. script.Utterances.Select(line).Where(said => !string.IsNullOrWhiteSpace(said.Text))], script.DurationSeconds)];
}
