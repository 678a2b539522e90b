using Octavia.Dubbing;
using Octavia.Dubbing.Speakers;
using Octavia.Dubbing.Speech;
using Xunit;

namespace Octavia.UnitTests.Speech;

public class VoiceCastingTests
{
    static readonly Voice[] English =
    [
        new("heart", "en", Gender.Female, 192, "en-us"), new("michael", "en", Gender.Male, 111, "en-us"),
        new("emma", "en", Gender.Female, 178, "en-gb"), new("george", "en", Gender.Male, 140, "en-gb"),
    ];

    static string Cast(params SpeakerProfile[] speakers) =>
        string.Join(' ', VoiceCasting.Cast(speakers, English).OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={p.Value.Id}"));

    [Fact]
    public void Takes_the_fitting_sex_and_the_nearest_pitch() =>
        Assert.Equal("S1=george S2=emma S3=heart S4=michael", Cast(new("S1", 150, 10), new("S2", 170, 9), new("S3", 300, 8), new("S4", 80, 7)));

    [Fact]
    public void Shares_no_voice_while_one_of_that_sex_is_left() =>
        Assert.Equal("S1=michael S2=george S3=michael", Cast(new("S1", 100, 10), new("S2", 100, 9), new("S3", 100, 8)));

    [Fact]
    public void Who_talks_most_chooses_first_and_ties_go_by_name() =>
        Assert.Equal("S1=george S2=michael S3=heart", Cast(new("S1", 105, 5), new("S2", 110, 50), new("S3", null, 5)));

    [Fact]
    public void Unknown_pitch_gets_the_best_voice_left() =>
        Assert.Equal("S1=heart S2=michael", Cast(new("S1", null, 10), new("S2", null, 5)));

    [Fact]
    public void Voices_given_before_stay()
    {
        var cast = VoiceCasting.Cast([new("S1", 120, 1)], English);
        var later = VoiceCasting.Cast([new("S1", 250, 99), new("S2", 110, 50)], English, cast);

        Assert.Equal("michael", later["S1"].Id);
        Assert.Equal("george", later["S2"].Id);
    }

    [Fact]
    public void Mixtures_come_before_a_voice_is_shared_and_no_two_are_alike()
    {
        var spanish = new KokoroVoices(TestFiles.At("models/kokoro"));
        var speakers = Enumerable.Range(0, 10).Select(i => new SpeakerProfile($"S{i}", i % 2 == 0 ? 110 + i : 190 + 3 * i, 20 - i)).ToList();
        var cast = VoiceCasting.Cast(speakers, spanish.VoicesFor("es"), null, spanish.BlendsFor("es"));

        Assert.Equal(("em_alex", "ef_dora"), (cast["S0"].Id, cast["S1"].Id));
        Assert.All(speakers, speaker => Assert.Equal(VoiceCasting.GenderOf(speaker.MedianPitch), cast[speaker.Id].Gender));
        Assert.Equal(10, cast.Values.DistinctBy(voice => voice.Id).Count());
        Assert.All(
            from a in cast.Values from b in cast.Values where a != b select VoiceBlend.Difference(a.Id, b.Id),
            difference => Assert.True(difference > 0.79));
        Assert.All(cast.Values, voice => Assert.Equal(voice, spanish.Find(voice.Id)));
    }

    [Theory]
    [InlineData(112, "em_alex+0.4*im_nicola")]
    [InlineData(131, "em_alex")]
    [InlineData(188, "ef_dora+0.4*if_sara")]
    [InlineData(260, "ef_dora+0.5*if_sara")]
    public void Matching_takes_the_mixture_of_the_nearest_pitch(double pitch, string voice)
    {
        var spanish = new KokoroVoices(TestFiles.At("models/kokoro"));
        Assert.Equal(voice, VoiceCasting.Cast([new("S1", pitch, 1)], spanish.VoicesFor("es"), null, spanish.BlendsFor("es"), match: true)["S1"].Id);
    }

    [Fact]
    public void A_sex_without_a_voice_gets_another() =>
        Assert.Equal("heart", VoiceCasting.Cast([new("S1", 100, 1)], [English[0]])["S1"].Id);

    [Fact]
    public void No_voices_at_all_is_refused() =>
        Assert.Equal("speech.voice", Assert.Throws<DubbingException>(() => VoiceCasting.Cast([new("S1", 100, 1)], [])).Failure.Code);
}
