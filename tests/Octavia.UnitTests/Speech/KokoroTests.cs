using System.Text;
using Microsoft.Extensions.AI;
using Octavia.Dubbing;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Speech;
using Xunit;

namespace Octavia.UnitTests.Speech;

public sealed class KokoroFixture : IDisposable
{
    public KokoroTextToSpeechClient Client { get; } = new(TestFiles.At("models/kokoro"));

    internal KokoroModel Model => Client.Model;

    public IDurationPredictor Predictor => Client.GetService<IDurationPredictor>()!;

    public IVoiceCatalog Catalog => Client.GetService<IVoiceCatalog>()!;

    public async Task<float[]> SpeakAsync(string text, string voice, float? speed = null, CancellationToken cancellationToken = default)
    {
        var response = await Client.GetAudioAsync(text, new() { VoiceId = voice, Speed = speed }, cancellationToken);
        var content = Assert.IsType<DataContent>(Assert.Single(response.Contents));
        Assert.Equal("audio/wav", content.MediaType);
        var (samples, rate) = Wav.Read(content.Data.Span);
        Assert.Equal(24000, rate);
        return samples;
    }

    public void Dispose() => Client.Dispose();
}

public class KokoroTests(KokoroFixture kokoro) : IClassFixture<KokoroFixture>
{
    static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    static IEnumerable<string[]> Reference() =>
        File.ReadLines(TestFiles.At("models/kokoro/reference.tsv"), Encoding.UTF8).Skip(1).Select(line => line.Split('\t'));

    [Fact]
    public async Task Tokens_of_every_reference_row_are_equal()
    {
        var rows = Reference().ToList();
        foreach (var row in rows)
        {
            var phonemes = await KokoroPhonemizer.PhonemizeAsync(SpeechText.Clean(row[2]), row[0], Token);
            long?[] tokens = [0, .. phonemes.Select(kokoro.Model.Token), 0];
            Assert.Equal(row[3], phonemes);
            Assert.Equal(row[4], string.Join(' ', tokens));
        }
        Assert.Equal(65, rows.Count);
    }

    /// <summary>One row of each of the 13 voices, another sentence each time; all 65 take minutes on a busy machine.</summary>
    [Fact]
    public async Task Durations_are_those_of_the_reference_within_two_frames()
    {
        var rows = Reference().Chunk(5).Select((voice, i) => voice[i % 5]).ToList();
        Assert.Equal(13, rows.Select(row => row[1]).Distinct().Count());
        foreach (var row in rows)
        {
            var samples = await kokoro.SpeakAsync(row[2], row[1], cancellationToken: Token);
            Assert.Equal(double.Parse(row[5]), samples.Length / 24000.0, 0.0501);
        }
    }

    [Theory]
    [InlineData("am_michael", "Hello there, how are you today?")]
    [InlineData("ff_siwis", "Bonjour, comment allez-vous ?")]
    public async Task Predicted_seconds_are_the_spoken_seconds(string voice, string text)
    {
        double[] speeds = [0.8, 1.0, 1.1];
        var predicted = await kokoro.Predictor.PredictAsync(text, voice, speeds, Token);
        for (var i = 0; i < speeds.Length; i++)
            Assert.Equal(predicted[i], (await kokoro.SpeakAsync(text, voice, (float)speeds[i], Token)).Length / 24000.0, 1e-9);
        Assert.True(predicted[0] > predicted[1] && predicted[1] > predicted[2]);
    }

    [Fact]
    public async Task Speaking_what_was_predicted_runs_the_network_once()
    {
        const string text = "Nothing is done twice here.";
        var before = kokoro.Model.Runs;
        await kokoro.Predictor.PredictAsync(text, "af_heart", [0.9, 1, 1.1], Token);
        await kokoro.SpeakAsync(text, "af_heart", cancellationToken: Token);
        Assert.Equal(before + 1, kokoro.Model.Runs);

        await kokoro.SpeakAsync(text, "af_heart", 1.1f, Token);
        await kokoro.Predictor.PredictAsync(text, "af_heart", [1.05], Token);
        Assert.Equal(before + 2, kokoro.Model.Runs);
    }

    [Fact]
    public async Task Peaks_above_full_scale_survive()
    {
        var loudest = 0f;
        foreach (var row in Reference().Take(5))
            loudest = Math.Max(loudest, (await kokoro.SpeakAsync(row[2], "am_fenrir", null, Token)).Max(Math.Abs));
        Assert.InRange(loudest, 1.0001f, 2f);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  \t\n ")]
    [InlineData("... !?")]
    [InlineData("♪ ♪")]
    [InlineData("\u0001\u0007")]
    public async Task Nothing_to_speak_is_refused(string text)
    {
        var refused = await Assert.ThrowsAsync<DubbingException>(() => kokoro.SpeakAsync(text, "af_heart", cancellationToken: Token));
        Assert.Equal("speech.empty", refused.Failure.Code);
    }

    [Theory]
    [InlineData("xx_nobody", null, "speech.voice")]
    [InlineData("../../model", null, "speech.voice")]
    [InlineData(null, "de", "speech.voice")]
    [InlineData("af_heart", null, "speech.speed")]
    public async Task Unknown_voices_languages_and_speeds_are_refused(string? voice, string? language, string code)
    {
        TextToSpeechOptions options = new() { VoiceId = voice, Language = language, Speed = code == "speech.speed" ? float.NaN : null };
        var refused = await Assert.ThrowsAsync<DubbingException>(() => kokoro.Client.GetAudioAsync("Hello", options, Token));
        Assert.Equal(code, refused.Failure.Code);
        Assert.Equal(FailureKind.Usage, refused.Failure.Kind);
    }

    [Fact]
    public void Default_voices_come_first()
    {
        Assert.Equal(["af_heart", "am_michael", "bf_emma", "bm_george", "af_bella", "am_fenrir"], kokoro.Catalog.VoicesFor("en").Select(v => v.Id));
        Assert.Equal([new Voice("ef_dora", "es", Gender.Female, 170, "es"), new Voice("em_alex", "es", Gender.Male, 130, "es")], kokoro.Catalog.VoicesFor("es"));
        Assert.Empty(kokoro.Catalog.VoicesFor("de"));
    }

    [Theory]
    [InlineData("-x [[h@l@U]] <speak>no</speak> \u0001\u000150P")]
    [InlineData("a\ud800b \u0000 \u202e \ufeff end")]
    [InlineData("--path=/etc/passwd")]
    public async Task Hostile_text_is_only_text(string text)
    {
        var samples = await kokoro.SpeakAsync(text, "af_heart", cancellationToken: Token);
        Assert.InRange(samples.Length / 24000.0, 0.5, 20);
        Assert.All(samples, sample => Assert.True(float.IsFinite(sample)));
    }

    [Fact]
    public async Task Ten_thousand_characters_are_cut_and_more_are_refused()
    {
        var text = string.Concat(Enumerable.Repeat("lorem ", 1700))[..SpeechText.MaxLength];
        var pieces = KokoroTokens.Split(await KokoroPhonemizer.PhonemizeAsync(SpeechText.Clean(text), "en-us", Token), 510);

        Assert.All(pieces, piece => Assert.InRange(piece.Length, 1, 510));
        Assert.InRange(pieces.Sum(piece => piece.Length), 9000, 15000);
        Assert.Equal("speech.too_long", Assert.Throws<DubbingException>(() => SpeechText.Clean(text + "x")).Failure.Code);
    }

    [Fact]
    public async Task A_text_of_several_pieces_is_spoken_whole()
    {
        var text = string.Join(' ', Enumerable.Repeat("Ella empezó a trabajar en la empresa hace tres años y ahora dirige todo el equipo.", 8));
        var seconds = await kokoro.Predictor.PredictAsync(text, "ef_dora", [1], Token);
        var samples = await kokoro.SpeakAsync(text, "ef_dora", cancellationToken: Token);

        Assert.Equal(seconds[0], samples.Length / 24000.0, 1e-9);
        Assert.InRange(seconds[0], 30, 50);
    }

    [Fact]
    public async Task Cancelling_stops_the_network()
    {
        using var soon = new CancellationTokenSource();
        var text = string.Concat(Enumerable.Repeat("A sentence that goes on for a while. ", 100));
        await KokoroPhonemizer.PhonemizeAsync(SpeechText.Clean(text), "en-us", Token);
        var speaking = kokoro.SpeakAsync(text, "af_heart", cancellationToken: soon.Token);
        soon.CancelAfter(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => speaking.WaitAsync(TimeSpan.FromSeconds(20), Token));
    }
}
