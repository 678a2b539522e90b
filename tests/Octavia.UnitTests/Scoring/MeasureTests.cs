using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Scoring;
using Octavia.Dubbing.Signal;
using Xunit;

namespace Octavia.UnitTests.Scoring;

public class MeasureTests
{
    const int Rate = 16_000;

    [Theory]
    [InlineData("La casa es roja.", "La casa es roja.", 100)]
    [InlineData("La casa es roja.", "xyz", 0)]
    [InlineData("", "La casa", 0)]
    public void Translations_are_compared_by_their_letters(string reference, string hypothesis, double score) =>
        Assert.Equal(score, CharacterF.Of(reference, hypothesis), 1);

    [Fact]
    public void A_near_translation_scores_between_and_missing_words_cost_more_than_added_ones()
    {
        var (whole, more, less) = ("el gato come pescado en la cocina", "el gato come pescado en la cocina hoy mismo", "el gato come pescado");
        Assert.InRange(CharacterF.Of(whole, more), 80, 99);
        Assert.InRange(CharacterF.Of(whole, less), 30, CharacterF.Of(whole, more) - 10);
    }

    [Theory]
    [InlineData(0.9)]
    [InlineData(1.0)]
    [InlineData(1.2)]
    public void A_voice_begins_where_it_rises_out_of_the_room_wherever_its_word_was_said_to(double said)
    {
        var sound = Room(3);
        AddVoice(sound, 1.0, 2.0);
        var from = said - VoiceOnset.Reach;
        var onset = from + VoiceOnset.OfLine(sound.AsSpan((int)(from * Rate)), Rate, said - from);
        Assert.NotNull(onset);
        Assert.InRange(onset.Value, 0.985, 1.015);
    }

    [Fact]
    public void No_onset_is_told_where_another_voice_goes_before_or_nobody_speaks()
    {
        var sound = Room(3);
        AddVoice(sound, 0.2, 2.0);
        Assert.Null(VoiceOnset.OfLine(sound.AsSpan((int)(0.7 * Rate)), Rate, VoiceOnset.Reach));
        Assert.Null(VoiceOnset.OfLine(sound.AsSpan((int)(2.2 * Rate)), Rate, VoiceOnset.Reach));
        Assert.Null(VoiceOnset.OfTake([], Rate));
    }

    [Fact]
    public void Pauses_are_shortened_as_far_as_is_needed_and_the_words_stay()
    {
        var take = new float[3 * Rate];
        AddVoice(take, 0, 1);
        AddVoice(take, 1.6, 2);
        AddVoice(take, 2.3, 3);
        Assert.Same(take, InnerPauses.Shorten(take, Rate, 3));
        var some = InnerPauses.Shorten(take, Rate, 2.7);
        Assert.InRange(some.Length, 2.69 * Rate, 2.71 * Rate);
        var all = InnerPauses.Shorten(take, Rate, 1);
        Assert.InRange(all.Length, (2.1 + 2 * InnerPauses.Shortest - 0.03) * Rate, (2.1 + 2 * InnerPauses.Shortest + 0.03) * Rate);
        Assert.Equal(Energy(take), Energy(all), 0.01 * Energy(take));
    }

    [Fact]
    public void Many_clips_are_one_and_a_failed_one_counts_as_failed_alone()
    {
        var clip = new ClipScore { Clip = "a.mp4", From = "en", To = "es", DurationSeconds = 10, RealTimeFactors = new Dictionary<string, double> { ["whole"] = 0.5 } };
        var sum = ScoreSummary.Of(
        [
            clip with { Lines = [new(true, 1, 0.02, null), new(true, 1.1, -0.04, -0.3)], LoudnessDifference = -0.4, Bed = new(-20, -50, 0), Again = new(1, 10), SpeakersFound = 1, SpeakersKnown = 1 },
            clip with { Lines = [new(false, 1.2, null, 0.04), new(false, null, null, null)], LoudnessDifference = 0.2, Bed = new(-40, -70, -2), Again = new(3, 10), SpeakersFound = 1, SpeakersKnown = 2, DurationSeconds = 30 },
            clip with { Failure = "input.damaged: it is" },
        ]);
        Assert.Equal((3, 1, 4, 0.5), (sum.Dubs, sum.Failed, sum.Lines, sum.InSlot));
        Assert.Equal((1, 0.3), (sum.Moved, sum.MovedMost));
        Assert.Equal((1.1, 1.2, 0.04, 0.4), (sum.TempoMedian, sum.TempoMost, sum.OnsetP95, sum.LoudnessMost));
        Assert.Equal((-23, -1), (Math.Round(sum.Bed.VoiceDb!.Value), sum.Bed.BackgroundDb));
        Assert.Equal((0.2, 1, 2, 0.5), (sum.Again.Rate, sum.SpeakersRight, sum.SpeakersKnown, sum.RealTimeFactors["whole"]));
    }

    static double Energy(float[] samples) => samples.Sum(sample => (double)sample * sample);

    static float[] Room(double seconds)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, (int)(seconds * Rate)).Select(_ => 0.001f * (2 * random.NextSingle() - 1))];
    }

    static void AddVoice(float[] sound, double start, double end)
    {
        for (var i = (int)(start * Rate); i < (int)(end * Rate); i++) sound[i] += 0.2f * MathF.Sin(2 * MathF.PI * 180 * i / Rate);
    }
}
