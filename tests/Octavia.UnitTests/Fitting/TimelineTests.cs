using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Scripts;
using Xunit;

namespace Octavia.UnitTests.Fitting;

public class TimelineTests
{
    [Fact]
    public void A_line_may_use_the_silence_after_it_but_not_the_next_line()
    {
        var timeline = new Timeline(100);
        Assert.Equal(2 + Timeline.MostBorrowed, timeline.SlotOf(Line(1, 10, 12), null).Seconds, 3);
        Assert.Equal(2.5 - Timeline.Gap, timeline.SlotOf(Line(1, 10, 12), Line(2, 12.5, 14)).Seconds, 3);
        Assert.Equal(1, new Timeline(11).SlotOf(Line(1, 10, 10.9), null).Seconds, 3);
    }

    [Fact]
    public void A_line_that_needs_it_begins_in_the_silence_before_it_and_no_other_does()
    {
        var timeline = new Timeline(100);
        var (first, second) = (Line(1, 10, 12), Line(2, 12.5, 14));
        var slot = timeline.SlotOf(first, second);
        Assert.Equal(slot.Seconds + Timeline.MostEarly, slot.Room, 3);
        Assert.Equal(10, timeline.Place(first, slot, slot.Seconds).Start, 3);
        var needy = timeline.Place(first, slot, slot.Seconds + 0.04);
        Assert.Equal(9.96, needy.Start, 3);
        Assert.Equal(12.5 - Timeline.Gap, needy.End, 3);
        Assert.Empty(needy.Flags);
    }

    [Fact]
    public void The_silence_before_a_line_is_what_the_lines_before_have_left()
    {
        var timeline = new Timeline(100);
        var (first, second) = (Line(1, 0, 2), Line(2, 2.04, 4));
        Assert.Equal(0, timeline.SlotOf(first, second).Early);
        timeline.Place(first, timeline.SlotOf(first, second), 1.5);
        Assert.Equal(0.04, timeline.SlotOf(second, null).Early, 3);
        // Somebody else is still talking there.
        Assert.Equal(0, timeline.SlotOf(Line(3, 1.95, 4, "S2"), null).Early, 3);
        timeline.Place(first, timeline.SlotOf(first, second), 2.5);
        Assert.Equal(0, timeline.SlotOf(second, null).Early, 3);
    }

    [Fact]
    public void A_line_that_overruns_delays_the_next_and_both_say_so()
    {
        var timeline = new Timeline(100);
        var (first, second) = (Line(1, 0, 2), Line(2, 2.2, 4));
        var placed = timeline.Place(first, timeline.SlotOf(first, second), 3);
        var slot = timeline.SlotOf(second, null);
        Assert.Equal(3, placed.End);
        Assert.Equal(3 + Timeline.Gap, slot.Start, 3);
        Assert.StartsWith("overruns:", Assert.Single(placed.Flags));
        Assert.StartsWith("late:", Assert.Single(timeline.Place(second, slot, 1).Flags));
    }

    [Fact]
    public void Originals_that_talk_over_each_other_stay_together_when_the_speakers_differ()
    {
        var timeline = new Timeline(100);
        var (first, second) = (Line(1, 0, 4, "S1"), Line(2, 2, 5, "S2"));
        timeline.Place(first, timeline.SlotOf(first, second), 4.5);
        Assert.Equal(2, timeline.SlotOf(second, null).Start);
    }

    [Fact]
    public void Who_is_talked_over_by_a_long_line_twice_is_late_for_neither()
    {
        var timeline = new Timeline(100);
        var (speech, yes, no) = (Line(1, 0, 8, "S1"), Line(2, 2, 3, "S2"), Line(3, 5, 6, "S2"));
        timeline.Place(speech, timeline.SlotOf(speech, null), 8);
        Assert.Equal(2, timeline.SlotOf(yes, no).Start);
        timeline.Place(yes, timeline.SlotOf(yes, no), 1);
        Assert.Equal(5, timeline.SlotOf(no, null).Start);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(42)]
    public void Whatever_the_lines_are_no_two_overlap_and_none_is_more_than_two_seconds_late(int seed)
    {
        var random = new Random(seed);
        // Takes of up to three times the original: far worse than any translator.
        var lines = new List<Planned>();
        for (var (i, at) = (1, 0.0); i <= 200; i++)
        {
            var length = 0.2 + 4 * random.NextDouble();
            lines.Add(new Planned(Line(i, at, at + length), length * (0.5 + 2.5 * random.NextDouble())));
            at += length + random.NextDouble();
        }
        var last = lines[^1].Line.End;
        var timeline = new Timeline(last + 1);
        var (end, unplaced) = (0.0, 0);
        for (var i = 0; i < lines.Count; i++)
        {
            var (line, seconds, _) = lines[i];
            var phrase = Phrase.From(lines[i..]);
            var slot = timeline.SlotOf(phrase, i + phrase.Count < lines.Count ? lines[i + phrase.Count].Line : null);
            // What is expected of a take is not what it is.
            seconds *= 0.8 + 0.4 * random.NextDouble();
            if (!slot.HasRoom && ++unplaced > 0) continue;
            var place = timeline.Place(line, slot, seconds);
            Assert.True(place.Start >= end, $"line {i + 1} overlaps");
            var inside = i > 0 && Phrase.Continues(lines[i - 1].Line, line);
            Assert.InRange(place.Start - line.Start, -(inside ? Phrase.MostDrift : Timeline.MostEarly) - 1e-6, Timeline.MostDelay + 1e-6);
            Assert.True(place.End > place.Start);
            end = place.End;
        }
        Assert.InRange(end, 0, last + 1);
        Assert.InRange(unplaced, 0, 5);
    }

    static Utterance Line(int id, double start, double end, string? speaker = null) => new() { Id = id, Start = start, End = end, Text = "x", Speaker = speaker };
}
