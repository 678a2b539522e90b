using Octavia.Dubbing.Media;
using Octavia.Dubbing.Mixing;
using Octavia.Dubbing.Recognition;
using Octavia.Dubbing.Scripts;

namespace Octavia.Dubbing.LipSync;

/// <summary>The spans of a film in which somebody speaks with a new voice.</summary>
static class LipSyncSpans
{
    /// <summary>Hz of the speech that is sent.</summary>
    public const int Rate = 24_000;

    // Lips close and open outside the sound too.
    const double Margin = 0.2;
    // Many short spans cost more than the pictures between them.
    const double Joined = 1;
    const double Longest = 60;

    /// <summary>Spans in order, apart from each other.</summary>
    /// <param name="lines">Lines with their takes and places.</param>
    /// <param name="duration">Length of the picture, seconds.</param>
    public static IReadOnlyList<Stretch> Of(IEnumerable<Utterance> lines, double duration)
    {
        var spans = new List<Stretch>();
        foreach (var place in lines.Where(line => line.Take is not null).Select(line => line.Placement).OfType<Placement>().OrderBy(place => place.Start))
        {
            var span = new Stretch(Math.Max(0, place.Start - Margin), Math.Min(duration, place.End + Margin));
            if (span.Length <= 0) continue;
            if (spans.Count == 0 || span.Start > spans[^1].End + Joined) spans.Add(span);
            else if (span.End - spans[^1].Start <= Longest) spans[^1] = spans[^1] with { End = Math.Max(spans[^1].End, span.End) };
            else if (span.End > spans[^1].End) spans.Add(span with { Start = Math.Max(span.Start, spans[^1].End) });
        }
        return spans;
    }

    /// <summary>What is spoken in a span by the new voices, without the background: mono at <see cref="Rate"/>.</summary>
    /// <param name="lines">Lines with their takes and places.</param>
    /// <param name="span">Span, seconds.</param>
    /// <param name="folder">Folder of <c>takes/</c>.</param>
    public static float[] Speech(IEnumerable<Utterance> lines, Stretch span, string folder)
    {
        var speech = new float[(int)Math.Round(span.Length * Rate)];
        foreach (var line in lines)
        {
            if (line is not { Take: { } take, Placement: { } place } || span.Overlap(place.Start, place.End) <= 0) continue;
            // The document may have been edited: it leads to takes alone.
            using var file = File.OpenRead(Path.Combine(folder, "takes", Path.GetFileName(take.File)));
            var (samples, rate) = Wav.Read(file);
            var sound = Resampler.Resample(samples, rate, Rate);
            var at = (int)Math.Round((place.Start - span.Start) * Rate);
            var end = Math.Min(sound.Length, (int)Math.Round((place.End - place.Start) * Rate));
            for (var i = Math.Max(0, -at); i < end && at + i < speech.Length; i++) speech[at + i] += sound[i];
        }
        return speech;
    }
}
