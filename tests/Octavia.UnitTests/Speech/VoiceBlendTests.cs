using Microsoft.Extensions.AI;
using Octavia.Dubbing;
using Octavia.Dubbing.Pipeline;
using Octavia.Dubbing.Scoring;
using Octavia.Dubbing.Speakers;
using Octavia.Dubbing.Speech;
using Octavia.UnitTests.Recognition;
using Octavia.UnitTests.Speakers;
using Xunit;

namespace Octavia.UnitTests.Speech;

public class VoiceBlendTests(KokoroFixture kokoro, Recognizer recognizer, SpeakerFixture speakers)
    : IClassFixture<KokoroFixture>, IClassFixture<Recognizer>, IClassFixture<SpeakerFixture>
{
    static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    static readonly DubbingRequest Matching = new() { Input = "x", OutputFolder = "x", WorkFolder = "x", TargetLanguages = ["es"], MatchVoices = true };

    /// <summary>What is spoken comes within 8 % of the pitch wished for, where the voice alone is further off, and no word is lost that the voice alone makes heard.</summary>
    [Theory]
    [InlineData("es", 112, "Por favor, apaga las luces antes de salir de casa. ¿Dónde está la estación más cercana?")]
    [InlineData("es", 195, "Por favor, apaga las luces antes de salir de casa. ¿Dónde está la estación más cercana?")]
    [InlineData("en", 122, "Please turn off the lights before you leave the house. Where is the nearest station?")]
    public async Task A_mixture_speaks_at_the_pitch_that_was_wished_for_and_loses_no_word(string language, double pitch, string text)
    {
        var catalog = kokoro.Model.Catalog;
        var voice = VoiceCasting.Cast([new("S1", pitch, 1)], catalog.VoicesFor(language), null, catalog.BlendsFor(language), match: true)["S1"];
        var mixed = await SpeakAsync(text, voice.Id);
        var alone = await SpeakAsync(text, VoiceBlend.Parse(voice.Id)!.Base);

        Assert.InRange(PitchDetector.Median(mixed)!.Value, pitch * 0.92, pitch * 1.08);
        Assert.True(Off(mixed) < Off(alone), $"{voice.Id}: {PitchDetector.Median(mixed):0} Hz, alone {PitchDetector.Median(alone):0} Hz, wished {pitch} Hz");
        Assert.InRange(await ErrorsAsync(text, mixed, language), 0, await ErrorsAsync(text, alone, language));

        double Off(float[] samples) => Math.Abs(Math.Log2(PitchDetector.Median(samples)!.Value / pitch));
    }

    [Fact]
    public async Task Two_speakers_of_one_pitch_get_voices_that_differ()
    {
        var cast = new VoiceCast("es", Matching, kokoro.Client, new Dictionary<string, string>());
        var voices = new[] { "S1", "S2", "S3" }.Select(id => cast.For(new SpeakerProfile(id, 115, 10)).Id).ToList();
        var prints = new List<float[]>();
        foreach (var voice in voices) prints.Add(speakers.Encoder.Embed(await SpeakAsync("Por favor, apaga las luces antes de salir de casa.", voice), Token)!);

        Assert.Equal(3, voices.Distinct().Count());
        Assert.All([(0, 1), (0, 2), (1, 2)], pair => Assert.InRange(VoicePrint.Dot(prints[pair.Item1], prints[pair.Item2]), -1, 0.93f));
    }

    [Fact]
    public void A_mixture_that_an_interrupted_run_gave_stays()
    {
        var cast = new VoiceCast("es", Matching, kokoro.Client, new Dictionary<string, string> { ["S1"] = "em_alex+0.3*am_michael" });
        Assert.Equal("em_alex+0.3*am_michael", cast.For(new SpeakerProfile("S1", 250, 10)).Id);
    }

    [Theory]
    [InlineData("ef_dora+0.3*nobody")]
    [InlineData("ef_dora+0.3*im_nicola")]
    [InlineData("ef_dora+1.3*if_sara")]
    [InlineData("ef_dora+0.3*../if_sara")]
    public async Task A_mixture_that_cannot_be_is_refused(string id)
    {
        var refused = await Assert.ThrowsAsync<DubbingException>(() => kokoro.SpeakAsync("Hola", id, cancellationToken: Token));
        Assert.Equal("speech.voice", refused.Failure.Code);
    }

    [Fact]
    public void Its_id_says_what_it_is()
    {
        Assert.Equal(new VoiceBlend("ef_dora", "if_sara", 0.3), VoiceBlend.Parse("ef_dora+0.3*if_sara"));
        Assert.Equal("ef_dora+0.3*if_sara", new VoiceBlend("ef_dora", "if_sara", 0.3).ToString());
        Assert.Null(VoiceBlend.Parse("de+f2"));
        Assert.Equal(0.6, VoiceBlend.Difference("ef_dora", "ef_dora+0.3*if_sara"), 9);
    }

    async Task<float[]> SpeakAsync(string text, string voice) => Sound.To16000(await kokoro.SpeakAsync(text, voice, cancellationToken: Token), 24000);

    async Task<int> ErrorsAsync(string text, float[] samples, string language) =>
        WordErrors.Of(text, Recognizer.TextOf(await recognizer.RunAsync(samples, new SpeechToTextOptions { SpeechLanguage = language }, Token)), language).Errors;
}
