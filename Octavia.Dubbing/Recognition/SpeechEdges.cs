namespace Octavia.Dubbing.Recognition;

/// <summary>
/// Speech begins and ends at a pause, and often not quite where its words do: the model's attention finds the middle of a slow word well and its ends badly.
/// What a line leaves out of it would be heard under the new voice.
/// </summary>
static class SpeechEdges
{
    /// <summary>Speech that reaches further beyond a word is not of this word, seconds.</summary>
    const double Furthest = 0.6;

    // A span that ends with the window is cut by it.
    const double Cut = 0.02;

    /// <summary>Gives the first and last words of each span of speech their <see cref="Word.Reach"/>.</summary>
    /// <param name="segments">Segments of a window, in order.</param>
    /// <param name="speech">Spans of speech in the window.</param>
    /// <param name="from">Start of the window, seconds.</param>
    /// <param name="until">Up to where the window is done with, seconds.</param>
    public static IReadOnlyList<RecognizedSegment> Reach(IReadOnlyList<RecognizedSegment> segments, IReadOnlyList<Stretch> speech, double from, double until)
    {
        var words = segments.SelectMany(segment => segment.Words).ToArray();
        foreach (var span in speech)
        {
            var first = Array.FindIndex(words, word => span.Overlap(word.Start, word.End) > 0);
            if (first < 0) continue;
            var last = Array.FindLastIndex(words, word => span.Overlap(word.Start, word.End) > 0);
            var before = first == 0 ? double.MinValue : words[first - 1].End;
            var after = last + 1 == words.Length ? double.MaxValue : words[last + 1].Start;
            if (span.Start > from + Cut && before <= span.Start && words[first].Start - span.Start is > 0 and <= Furthest)
                words[first] = words[first] with { Reach = new Stretch(span.Start, words[first].End) };
            if (span.End < until - Cut && after >= span.End && span.End - words[last].End is > 0 and <= Furthest)
                words[last] = words[last] with { Reach = new Stretch(words[last].Reach?.Start ?? words[last].Start, span.End) };
        }
        var taken = 0;
        return [.. segments.Select(segment => segment with { Words = words[taken..(taken += segment.Words.Count)] })];
    }
}
