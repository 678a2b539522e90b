using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Scripts;
using Xunit;

namespace Octavia.UnitTests.Fitting;

public class PhraseTests
{
    [Fact]
    public void Lines_that_fit_stay_where_they_are()
    {
        Assert.Equal([0, 2, 4.1], Plan(6, (0, 2, 1.8), (2, 4.1, 2.1), (4.1, 6, 1.5)));
    }

    [Fact]
    public void A_line_that_is_too_long_takes_the_room_that_the_next_leaves()
    {
        var starts = Plan(6, (0, 2, 2.6), (2, 6, 3));
        Assert.InRange(starts[1], 2.05 + Timeline.Gap, 2.5);
        // Neither has to hurry then.
        Assert.InRange(2.6 / (starts[1] - Timeline.Gap), 1, 1.13);
        Assert.InRange(3 / (6 - starts[1]), 0, 1.13);
    }

    [Fact]
    public void A_line_makes_room_for_one_after_it_that_is_too_long()
    {
        var starts = Plan(6, (0, 3, 2.4), (3, 6, 3.6));
        Assert.InRange(starts[1], 2.5, 2.8);
        Assert.InRange(2.4 / (starts[1] - Timeline.Gap), 0, 1.13);
        Assert.InRange(3.6 / (6 - starts[1]), 1, 1.13);
    }

    [Fact]
    public void Nothing_is_moved_by_more_than_half_a_second_and_nobody_made_to_speak_faster_than_is_bearable()
    {
        var starts = Plan(8, (0, 2, 5), (2, 5, 5), (5, 8, 5));
        Assert.Equal(0, starts[0]);
        Assert.Equal(2 + Phrase.MostDrift, starts[1], 3);
        Assert.Equal(5 + Phrase.MostDrift, starts[2], 3);
    }

    [Fact]
    public void The_first_of_a_phrase_begins_on_time_or_no_earlier_than_is_seen()
    {
        Assert.Equal(1, Phrase.Plan([Line(1, 3, 2.2)], 0, inside: false, 3)[0]);
        Assert.Equal(1 - Timeline.MostEarly, Phrase.Plan([Line(1, 3, 2.5)], 0, inside: false, 3)[0], 3);
        // Inside a phrase the same line may begin early.
        Assert.InRange(Phrase.Plan([Line(1, 3, 2.5)], 0, inside: true, 3)[0], 0.5, 0.8);
    }

    [Fact]
    public void A_phrase_ends_with_a_pause_or_with_its_speaker()
    {
        var line = Line(0, 2, 1).Line;
        Assert.True(Phrase.Continues(line, Line(2.1, 3, 1).Line));
        Assert.False(Phrase.Continues(line, Line(2.3, 3, 1).Line));
        Assert.False(Phrase.Continues(line, new Utterance { Id = 2, Start = 2.1, End = 3, Text = "x", Speaker = "S2" }));
    }

    [Fact]
    public void A_line_that_keeps_its_original_voice_is_in_no_phrase()
    {
        var silent = Line(2, 4, 0) with { IsSpoken = false };
        Assert.Single(Phrase.From([Line(0, 2, 1), silent, Line(4, 6, 1)]));
        Assert.Single(Phrase.From([silent, Line(4, 6, 1)]));
        Assert.Equal(2, Phrase.From([Line(0, 2, 1), Line(2, 4, 1), Line(5, 6, 1)]).Count);
    }

    static double[] Plan(double end, params (double Start, double End, double Seconds)[] lines) =>
        Phrase.Plan([.. lines.Select(line => Line(line.Start, line.End, line.Seconds))], 0, inside: false, end);

    static Planned Line(double start, double end, double seconds) => new(new Utterance { Id = 1, Start = start, End = end, Text = "x", Speaker = "S1" }, seconds);
}
