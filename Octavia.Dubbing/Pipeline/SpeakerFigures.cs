using Octavia.Dubbing.Media;
using Octavia.Dubbing.Mixing;
using Octavia.Dubbing.Reporting;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Speakers;

namespace Octavia.Dubbing.Pipeline;

/// <summary>Measures the voices of a dub against the original speakers.</summary>
sealed class SpeakerFigures
{
    readonly Dictionary<string, PitchHistogram> _pitches = [];

    /// <summary>Takes note of a spoken line.</summary>
    public void Hear(string speaker, SpokenTake spoken)
    {
        if (!_pitches.TryGetValue(speaker, out var pitches)) _pitches[speaker] = pitches = new();
        pitches.Add(PitchDetector.Voiced(Resampler.Resample(spoken.Samples, spoken.Rate, MediaDecoder.SpeechRate)));
    }

    /// <summary>The report's part on speakers.</summary>
    /// <param name="lines">All lines.</param>
    /// <param name="speakers">What was heard of the original, by id.</param>
    public IReadOnlyList<SpeakerReport> Of(IReadOnlyList<Utterance> lines, IReadOnlyDictionary<string, SpeakerProfile> speakers) =>
    [
        .. from line in lines
           where line.Take is not null
           group line.Take by line.Speaker ?? "" into spoken
           let rates = spoken.Select(take => take.Speed * take.Tempo).Order().ToList()
           select new SpeakerReport(
               spoken.Key, spoken.First().Voice, Round(speakers.GetValueOrDefault(spoken.Key)?.MedianPitch),
               Round(_pitches.GetValueOrDefault(spoken.Key)?.Median), Math.Round(rates[rates.Count / 2], 3)),
    ];

    static double? Round(double? pitch) => pitch is { } hertz ? Math.Round(hertz, 1) : null;
}
