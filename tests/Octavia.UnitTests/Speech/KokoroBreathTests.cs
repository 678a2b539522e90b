using Octavia.Dubbing.Recognition;
using Octavia.Dubbing.Scoring;
using Octavia.Dubbing.Speech;
using Octavia.UnitTests.Recognition;
using Xunit;

namespace Octavia.UnitTests.Speech;

public class KokoroBreathTests(KokoroFixture kokoro) : IClassFixture<KokoroFixture>
{
    static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    IJointSpeech Joint => (IJointSpeech)kokoro.Client.GetService(typeof(IJointSpeech))!;

    [Fact]
    public async Task Lines_of_a_breath_cost_one_run_and_less_sound()
    {
        string[] texts = ["Buenos días a todos.", "Me llamo Jordi y soy de Barcelona.", "Es una ciudad muy bonita."];
        var apart = 0;
        foreach (var text in texts) apart += (await kokoro.SpeakAsync(text + " ", "ef_dora", 1.0001f, Token)).Length;
        var before = kokoro.Model.Runs;
        await Joint.SpeakAheadAsync(texts, "ef_dora", Token);
        var together = 0;
        foreach (var text in texts) together += (await kokoro.SpeakAsync(text, "ef_dora", cancellationToken: Token)).Length;
        Assert.Equal(before + 1, kokoro.Model.Runs);
        Assert.InRange(together, apart / 2, apart - 24_000);
    }

    [Theory]
    [InlineData("ef_dora", "es", "La casa roja está en la colina.", "El perro duerme en la cocina.", "Mañana compramos pan y fruta")]
    [InlineData("af_heart", "en", "The old house stands on the hill.", "A dog sleeps in the kitchen.", "Tomorrow we go to the beach.")]
    [InlineData("am_michael", "en", "My brother bought a new car", "and he drives it every morning", "to his office in the city.")]
    public async Task Each_line_has_its_own_words(string voice, string language, params string[] texts)
    {
        await Joint.SpeakAheadAsync(texts, voice, Token);
        using var whisper = WhisperSpeechToTextClient.Open(TestFiles.At("models/whisper-base"), TestFiles.At("models/silero-vad"));
        foreach (var text in texts)
        {
            var samples = await kokoro.SpeakAsync(text, voice, cancellationToken: Token);
            var heard = await HeardAsync(whisper, samples, language);
            // The smallest recogniser misspells a word of a second's speech; a cut in the wrong place costs a whole one.
            Assert.InRange(WordErrors.Distance(Letters(text), Letters(heard)), 0, 3);
        }
    }

    [Fact]
    public async Task One_bad_line_leaves_the_others_to_be_spoken_alone()
    {
        await Assert.ThrowsAsync<Dubbing.DubbingException>(() => Joint.SpeakAheadAsync(["Good morning.", "...", "Good night."], "af_heart", Token));
        Assert.NotEmpty(await kokoro.SpeakAsync("Good night.", "af_heart", cancellationToken: Token));
    }

    static async Task<string> HeardAsync(WhisperSpeechToTextClient whisper, float[] samples, string language)
    {
        using var wav = new MemoryStream(Dubbing.Media.Wav.ToBytes(Dubbing.Mixing.Resampler.Resample(samples, 24_000, 16_000), 16_000));
        return (await whisper.GetTextAsync(wav, new() { SpeechLanguage = language }, Token)).Text;
    }

    static string[] Letters(string text) => [.. text.ToLowerInvariant().Where(char.IsLetter).Select(letter => letter.ToString())];
}
