using System.Collections.Concurrent;
using Octavia.Dubbing.Scripts;

namespace Octavia.Dubbing.Pipeline;

/// <summary>How clean each line of the original is, and which stretches are the cleanest of a speaker's.</summary>
sealed class VoiceSamples(HeardLines heard)
{
    /// <summary>Seconds that a voice is made of.</summary>
    public const double Wanted = 10;

    // Less says too little of a voice.
    const double Least = 3;
    const double ShortestLine = 1;

    // Somebody else's breath, or a word that the recogniser did not take.
    const double Apart = 0.2;

    // A line that the recogniser doubts is likely to have something else in it; 20 dB of background weigh as much as all doubt.
    const double DoubtDb = 20;
    const double MostDoubtful = 0.5;

    const int Frame = Media.MediaDecoder.SpeechRate / 50;
    readonly ConcurrentDictionary<int, double> _contrast = new();

    /// <summary>Takes note of a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="samples">Its sound, 16 kHz mono.</param>
    public void Hear(Utterance line, ReadOnlySpan<float> samples) => _contrast[line.Id] = ContrastOf(samples);

    /// <summary>The cleanest lines of a speaker, about <see cref="Wanted"/> seconds in their order; null while there are too few.</summary>
    public IReadOnlyList<Utterance>? Choose(string speaker)
    {
        var lines = heard.Lines;
        var clean = lines.Where(line => line.Speaker == speaker && line.Length >= ShortestLine && !line.IsSung && Certainty(line) >= MostDoubtful && !lines.Any(other => Disturbs(other, line)));
        var chosen = new List<Utterance>();
        foreach (var line in clean.OrderByDescending(line => _contrast.GetValueOrDefault(line.Id) - DoubtDb * (1 - Certainty(line))))
        {
            chosen.Add(line);
            if (chosen.Sum(one => one.Length) >= Wanted) break;
        }
        return chosen.Sum(line => line.Length) >= Least ? [.. chosen.OrderBy(line => line.Start)] : null;
    }

    // Two who have a channel each do not disturb each other.
    static bool Disturbs(Utterance other, Utterance line) =>
        other.Speaker != line.Speaker && (line.Channel is null || other.Channel == line.Channel) && other.Start < line.End + Apart && other.End > line.Start - Apart;

    static double Certainty(Utterance line) => line.Words.Count == 0 ? 1 : line.Words.Average(word => word.Probability);

    /// <summary>Decibels between the loud and the quiet tenth of a line: between the words nothing is heard but what goes along with the voice.</summary>
    internal static double ContrastOf(ReadOnlySpan<float> samples)
    {
        var levels = new List<double>();
        for (var at = 0; at + Frame <= samples.Length; at += Frame)
        {
            var power = 0.0;
            foreach (var sample in samples.Slice(at, Frame)) power += sample * sample;
            levels.Add(10 * Math.Log10(power / Frame + 1e-9));
        }
        if (levels.Count < 10) return 0;
        levels.Sort();
        return levels[levels.Count * 9 / 10] - levels[levels.Count / 10];
    }
}
