using System.Text.Json.Serialization;
using Octavia.Dubbing.Recognition;

namespace Octavia.Dubbing.Scripts;

/// <summary>The document that flows through the engine: what is said when, by whom, and what became of it. <c>script.json</c>.</summary>
public sealed class Script
{
    /// <summary>Form of the document.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Hash of what recognition started from; when it changed, nothing of the script is used again.</summary>
    public string InputHash { get; init; } = "";

    /// <summary>ISO 639-1 of the original; empty until it is known.</summary>
    public string SourceLanguage { get; set; } = "";

    /// <summary>How sure the recogniser was of it, 0 to 1; null when it was given.</summary>
    public double? SourceLanguageProbability { get; set; }

    /// <summary>Another language that is heard than was given; null where it agrees, or was found.</summary>
    public LanguageDoubt? SourceLanguageDoubt { get; set; }

    /// <summary>ISO 639-1 of the dub; empty for a transcript.</summary>
    public string TargetLanguage { get; set; } = "";

    /// <summary>Length of the media in seconds.</summary>
    public double DurationSeconds { get; set; }

    /// <summary>Everything before this time, in seconds, is in <see cref="Utterances"/>.</summary>
    public double RecognizedUntil { get; set; }

    /// <summary>Whether recognition reached the end.</summary>
    public bool Recognized { get; set; }

    /// <summary>Where, in seconds, the run that wrote this was to end, one of the beginning alone; null for one of the whole.</summary>
    public double? PartEnd { get; set; }

    /// <summary>Whether <see cref="Cast"/> was to come near the original voices.</summary>
    public bool MatchesVoices { get; set; }

    /// <summary>Voice that each speaker was given, by the speaker's id, so that a restarted run does not cast anew.</summary>
    public Dictionary<string, string> Cast { get; init; } = [];

    /// <summary>In the order of their start.</summary>
    public List<Utterance> Utterances { get; init; } = [];

    /// <summary>Forgets what comes after a time, so that recognition goes on there.</summary>
    public void ForgetAfter(double seconds)
    {
        // What is left is as it was found: none in the middle is taken out.
        var first = Utterances.FindIndex(line => line.End > seconds);
        var again = first >= 0 ? Utterances[first].Start : double.PositiveInfinity;
        if (first >= 0) Utterances.RemoveRange(first, Utterances.Count - first);
        // On another channel something may begin before a line ends, and what is forgotten may have begun before.
        var known = Utterances.Select(line => line.Channel is null ? line.End : line.Start).DefaultIfEmpty(0).Max();
        RecognizedUntil = Math.Min(Math.Min(RecognizedUntil, known), again);
        Recognized = false;
    }
}

/// <summary>Something that one speaker says without a break: the unit that is translated, spoken and placed.</summary>
public sealed class Utterance
{
    /// <summary>Number from 1, in order.</summary>
    public required int Id { get; init; }

    /// <summary>Seconds.</summary>
    public required double Start { get; init; }

    /// <summary>Seconds.</summary>
    public required double End { get; init; }

    /// <summary>What is said.</summary>
    public required string Text { get; init; }

    /// <summary>Its words with their times; empty when the recogniser has none.</summary>
    public IReadOnlyList<Word> Words { get; init; } = [];

    /// <summary>Who says it: <c>S1</c>, <c>S2</c>; null when not told apart.</summary>
    public string? Speaker { get; set; }

    /// <summary>The channel of the original that it is said on, alone: 0 for the left one, 1 for the right one; null where all channels carry it.</summary>
    public int? Channel { get; init; }

    /// <summary>Loudness of the original in LUFS; null when it was not measured.</summary>
    public double? Loudness { get; init; }

    /// <summary>Its translation; null before that stage.</summary>
    public Translated? Translation { get; set; }

    /// <summary>The spoken sound; null before that stage, or when the line could not be spoken.</summary>
    public Take? Take { get; set; }

    /// <summary>Where the take lies; null before that stage.</summary>
    public Placement? Placement { get; set; }

    /// <summary>Whether its take was heard already, in a run of the beginning alone: it stays as it was heard where that fits.</summary>
    public bool WasHeard { get; set; }

    /// <summary>What the flag of a sung line begins with.</summary>
    public const string Singing = "singing:";

    /// <summary>What went otherwise than wished, for people: code, colon, reason.</summary>
    public List<string> Flags { get; init; } = [];

    /// <summary>Whether it is sung: then it stays as it is.</summary>
    [JsonIgnore]
    public bool IsSung => Flags.Any(flag => flag.StartsWith(Singing, StringComparison.Ordinal));

    /// <summary>Length in seconds.</summary>
    [JsonIgnore]
    public double Length => End - Start;

    /// <summary>Whether the same was recognised, whatever became of it.</summary>
    public bool IsSameAs(Utterance other) => (Id, Start, End, Text, Speaker, Channel) == (other.Id, other.Start, other.End, other.Text, other.Speaker, other.Channel);

    /// <summary>What was recognised, without what became of it: for the script of another language.</summary>
    public Utterance Copy() => new()
    {
        Id = Id,
        Start = Start,
        End = End,
        Text = Text,
        Words = Words,
        Speaker = Speaker,
        Channel = Channel,
        Loudness = Loudness,
        Flags = [.. Flags.Where(flag => flag.StartsWith(Singing, StringComparison.Ordinal))],
    };
}

/// <summary>A translation.</summary>
/// <param name="Text">In the target language.</param>
/// <param name="Hash">Of what it was made from.</param>
/// <param name="Longer">How it was first worded, which was too long for its place; null when this is the first wording.</param>
public sealed record Translated(string Text, string Hash, string? Longer = null)
{
    /// <summary>Engine that translated it in place of the run's; null where that one did.</summary>
    public string? By { get; init; }
}

/// <summary>A spoken line.</summary>
/// <param name="File">WAV file, relative to the work folder; edges trimmed, tempo fitted.</param>
/// <param name="Sha256">Of the file.</param>
/// <param name="Voice">The engine's name of the voice.</param>
/// <param name="Seconds">Length.</param>
/// <param name="Speed">Rate asked of the engine.</param>
/// <param name="Tempo">Rate of the filter after it.</param>
/// <param name="SlotSeconds">Length that it was fitted to.</param>
/// <param name="Hash">Of what it was made from.</param>
public sealed record Take(string File, string Sha256, string Voice, double Seconds, double Speed, double Tempo, double SlotSeconds, string Hash)
{
    /// <summary>Length in seconds that was expected when the room was shared out among the lines of a phrase; 0 where it did not matter.</summary>
    public double ExpectedSeconds { get; init; }

    /// <summary>Hash of the words that it was expected of.</summary>
    public string? ExpectedOf { get; init; }

    /// <summary>Engine that spoke it in place of the run's; null where that one did.</summary>
    public string? By { get; init; }

    /// <summary>Hash of its words, its voice and the run's engine, whatever its place.</summary>
    public string? Said { get; init; }
}

/// <summary>Where a take lies in the film.</summary>
/// <param name="Start">Seconds.</param>
/// <param name="End">Seconds.</param>
/// <param name="GainDb">Level change toward the original line's loudness.</param>
public sealed record Placement(double Start, double End, double GainDb);
