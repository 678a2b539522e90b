using Octavia.Dubbing.Recognition;
using Xunit;

namespace Octavia.UnitTests.Recognition;

public sealed class SpeechEdgesTests
{
    static readonly Stretch[] TwoSpans = [new(1, 3), new(4, 6)];

    [Fact]
    public void Words_at_a_pause_reach_to_the_edges_of_their_speech_and_keep_their_times()
    {
        var reached = SpeechEdges.Reach([Of((1.2, 2), (2, 2.5)), Of((4.5, 5.8))], TwoSpans, 0, 7);

        Assert.Equal([(1, 2), (2, 3), (4, 6)], Times(reached));
        Assert.Equal(1.2, reached[0].Words[0].Start);
    }

    [Fact]
    public void What_lies_further_off_is_of_another_word() =>
        Assert.Equal([(1.7, 2.3)], Times(SpeechEdges.Reach([Of((1.7, 2.3))], TwoSpans, 0, 7)));

    [Fact]
    public void A_word_of_another_span_keeps_its_time() =>
        Assert.Equal([(1, 3.2), (4, 6)], Times(SpeechEdges.Reach([Of((1.1, 3.2), (4.2, 5.9))], TwoSpans, 0, 7)));

    [Fact]
    public void A_word_over_the_edge_belongs_to_both_spans()
    {
        // It ends in the pause: what follows begins with its own speech.
        var reached = Times(SpeechEdges.Reach([Of((1, 4.1), (4.3, 6))], TwoSpans, 0, 7));

        Assert.Equal([(1, 4.1), (4.3, 6)], reached);
    }

    [Fact]
    public void Speech_that_the_window_cuts_has_no_edge_there() =>
        Assert.Equal([(1.3, 3), (4, 5.7)], Times(SpeechEdges.Reach([Of((1.3, 2.8)), Of((4.2, 5.7))], TwoSpans, 1, 6)));

    static RecognizedSegment Of(params (double Start, double End)[] times) => new(
        string.Concat(times.Select(_ => " word")), times[0].Start, times[^1].End, [.. times.Select(time => new Word(" word", time.Start, time.End, 1))]);

    static List<(double Start, double End)> Times(IEnumerable<RecognizedSegment> segments) =>
        [.. segments.SelectMany(segment => segment.Words).Select(word => (word.Reach?.Start ?? word.Start, word.Reach?.End ?? word.End))];
}
