using Microsoft.Extensions.AI;
using Octavia.Dubbing;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Speech;
using Xunit;

namespace Octavia.UnitTests.Speech;

public class EspeakSpeechTests
{
    static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    static async Task<float[]> SpeakAsync(string text, TextToSpeechOptions options)
    {
        using var client = await EspeakTextToSpeechClient.OpenAsync(Token);
        var response = await client.GetAudioAsync(text, options, Token);
        var (samples, rate) = Wav.Read(((DataContent)response.Contents.Single()).Data.Span);
        Assert.Equal(22050, rate);
        return samples;
    }

    [Theory]
    [InlineData("de", "de+m3")]
    [InlineData("zh", "cmn+m3")]
    [InlineData("en", "en-gb+m3")]
    [InlineData("pt", "pt+m3")]
    [InlineData("no", "nb+m3")]
    [InlineData("pl", "pl+m3")]
    public async Task Languages_are_found_by_their_two_letters(string language, string best)
    {
        using var client = await EspeakTextToSpeechClient.OpenAsync(Token);
        var voices = client.GetService<IVoiceCatalog>()!.VoicesFor(language);

        Assert.Equal(best, voices[0].Id);
        Assert.All(voices, voice => Assert.Equal(language, voice.Language));
        Assert.Contains(voices, voice => voice.Gender == Gender.Female);
        Assert.Equal(voices.Count, voices.DistinctBy(voice => voice.Id).Count());
    }

    [Fact]
    public async Task Speed_shortens_and_women_sound_higher()
    {
        const string text = "Guten Morgen, wie geht es Ihnen heute?";
        var normal = await SpeakAsync(text, new() { VoiceId = "de+m3" });
        var fast = await SpeakAsync(text, new() { VoiceId = "de+m3", Speed = 1.5f });
        var woman = await SpeakAsync(text, new() { VoiceId = "de+f3" });

        Assert.InRange(normal.Length / 22050.0, 1.5, 4);
        Assert.InRange((double)normal.Length / fast.Length, 1.25, 1.75);
        Assert.Equal(Gender.Male, VoiceCasting.GenderOf(Pitch(normal)));
        Assert.Equal(Gender.Female, VoiceCasting.GenderOf(Pitch(woman)));
    }

    [Theory]
    [InlineData("-f /etc/passwd")]
    [InlineData("[[h@l@U]] <audio src='x'/> \u0001\u000150P")]
    public async Task Hostile_text_is_only_text(string text) =>
        Assert.InRange((await SpeakAsync(text, new() { Language = "en" })).Length / 22050.0, 0.5, 20);

    [Fact]
    public async Task Square_brackets_are_no_phonemes() =>
        Assert.Equal(await SpeakAsync("((h@l@U))", new() { Language = "en" }), await SpeakAsync("[[h@l@U]]", new() { Language = "en" }));

    [Theory]
    [InlineData("de+f3;ls")]
    [InlineData("-v")]
    [InlineData("../../etc/passwd")]
    public async Task Only_listed_voices_are_taken(string voice)
    {
        var refused = await Assert.ThrowsAsync<DubbingException>(() => SpeakAsync("Hallo", new() { VoiceId = voice }));
        Assert.Equal("speech.voice", refused.Failure.Code);
    }

    [Fact]
    public async Task Nothing_to_speak_is_refused() =>
        Assert.Equal("speech.empty", (await Assert.ThrowsAsync<DubbingException>(() => SpeakAsync(" ... ", new() { Language = "de" }))).Failure.Code);

    static double? Pitch(float[] samples) => Dubbing.Speakers.PitchDetector.Median(Sound.To16000(samples, 22050));
}
