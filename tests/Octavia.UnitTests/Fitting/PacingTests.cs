using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Speech;
using Xunit;

namespace Octavia.UnitTests.Fitting;

public class PacingTests
{
    static readonly Voice Dora = new("ef_dora", "es", Gender.Female, null, "Dora");

    [Theory]
    // A little shorter stays; clearly shorter is filled, to nine tenths of the rate and not beyond the original.
    [InlineData(2, 2.1, 10, 2)]
    [InlineData(2, 2.2, 10, 2.2)]
    [InlineData(2, 5, 10, 2 / 0.9)]
    [InlineData(2, 2.2, 2.1, 2.1)]
    [InlineData(2, 2.2, 1.5, 2)]
    public void Fills_the_original_within_bounds(double seconds, double original, double room, double expected) =>
        Assert.Equal(expected, new Pace(1, original, 0.9).LengthOf(seconds, room), 6);

    [Fact]
    public void A_line_is_not_much_slower_than_the_one_before_it()
    {
        var pacing = new Pacing(new SpeakingRates("en"), new SpeakingRates("es"), match: false);
        Assert.Equal(0.9, pacing.Of(Line(1), 0).Slowest);
        pacing.Hear(Line(1, tempo: 1.2));
        Assert.Equal(1, pacing.Of(Line(2), 6).Slowest);
    }

    [Theory]
    [InlineData(10, 0.8)]
    [InlineData(45, 0.95)]
    [InlineData(90, 1.1)]
    public void With_matching_a_slow_speaker_is_spoken_slower_within_bounds(int characters, double expected)
    {
        var pacing = new Pacing(new SpeakingRates("en"), new SpeakingRates("es"), match: true);
        for (var id = 1; id < 20; id++) pacing.Of(Line(id, characters), 0);
        Assert.InRange(pacing.Of(Line(20, characters), 0).Rate, expected - 0.06, expected + 0.06);
        Assert.Equal(1, new Pacing(new SpeakingRates("en"), new SpeakingRates("es"), match: false).Of(Line(1, characters), 0).Rate);
    }

    [Fact]
    public async Task A_spoken_line_is_stretched_to_the_original_and_to_nine_tenths_at_most()
    {
        using var kokoro = new KokoroTextToSpeechClient(TestFiles.At("models/kokoro"));
        var fitter = new LineFitter(kokoro);
        const string text = "La casa roja está en la colina, y el perro duerme.";
        var own = await fitter.FitAsync(text, Dora, 60, Pace.Own, default);
        var filled = await fitter.FitAsync(text, Dora, 60, new Pace(1, 1.08 * own.Seconds, 0.9), default);
        var most = await fitter.FitAsync(text, Dora, 60, new Pace(1, 2 * own.Seconds, 0.9), default);
        var pressed = await fitter.FitAsync(text, Dora, own.Seconds, new Pace(0.8, 2 * own.Seconds, 0.8), default);

        Assert.Equal(1.08 * own.Seconds, filled.Seconds, 0.03);
        Assert.Equal(own.Seconds / 0.9, most.Seconds, 0.03);
        Assert.Equal((0.9, 1.0), (Math.Round(most.Tempo, 3), most.Speed));
        Assert.InRange(pressed.Seconds, own.Seconds - 0.01, own.Seconds + 0.021);
    }

    static Utterance Line(int id, int characters = 30, double tempo = 1) => new()
    {
        Id = id,
        Start = 3 * id,
        End = 3 * id + 3,
        Text = new string('x', characters),
        Speaker = "S1",
        Take = new Take("takes/x.wav", "", "ef_dora", 2, 1, tempo, 3, ""),
    };
}
