using Microsoft.Extensions.AI;
using Octavia.Dubbing;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Recognition;
using Octavia.Dubbing.Scoring;
using Xunit;

namespace Octavia.UnitTests.Recognition;

/// <summary>The engine <c>whisper-onnx</c>.</summary>
public sealed class WhisperContractTests(Recognizer recognizer) : RecognitionContractTests(recognizer)
{
    protected override string Engine => "whisper-onnx";
}

/// <summary>What every engine that recognises does.</summary>
public abstract class RecognitionContractTests(Recognizer recognizer) : IClassFixture<Recognizer>, IAsyncLifetime
{
    protected abstract string Engine { get; }

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected Recognizer Local => recognizer;

    protected ISpeechToTextClient Client { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync() => Client = await OpenAsync(Engine);

    public virtual ValueTask DisposeAsync()
    {
        Client.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Understands_speech_and_tells_what_is_said_when_and_in_which_language()
    {
        var (samples, first, second) = TwoClips();
        var updates = await RecognizeAsync(samples);
        var (errors, units) = WordErrors.Of($"{first.Text} {second.Text}", Recognizer.TextOf(updates), "en");
        Assert.InRange(errors, 0, 2);
        Assert.Equal(30, units);

        var words = updates.SelectMany(update => update.GetWords()).ToList();
        Assert.All(words.Zip(words.Skip(1)), pair => Assert.True(pair.First.Start <= pair.First.End && pair.First.End <= pair.Second.Start));
        Assert.All(words, word => Assert.True((word.Start >= first.Start - 0.3 && word.End <= first.End + 0.3) || (word.Start >= second.Start - 0.3 && word.End <= second.End + 0.3), $"{word}"));
        Assert.All(words, word => Assert.InRange(word.Probability, 0.01, 1));
        // "Ill-disposed" is written as one.
        Assert.Equal(7, words.Count(word => word.Start >= second.Start - 0.3));
        // Sentences are cut by their marks.
        Assert.EndsWith(".", words[^1].Text, StringComparison.Ordinal);
        var texts = updates.Where(update => update.Text.Length > 0).ToList();
        Assert.All(texts, update => Assert.Equal(update.Text, string.Concat(update.GetWords().Select(word => word.Text))));
        Assert.All(texts, update => Assert.Equal("en", update.GetLanguage()));
        var positions = updates.Select(update => update.GetPosition()!.Value).ToList();
        Assert.Equal(positions.Order(), positions);
        Assert.InRange(positions[^1], second.End - 1, second.End + 2);
    }

    [Fact]
    public async Task Takes_the_language_that_it_is_given()
    {
        var updates = await RecognizeAsync(Recognizer.Clip("0880").Samples, new() { SpeechLanguage = "en-GB" });
        Assert.InRange(WordErrors.Of(Recognizer.Clip("0880").Text, Recognizer.TextOf(updates), "en").Errors, 0, 1);
        Assert.All(updates.Where(update => update.Text.Length > 0), update => Assert.Equal(("en", null), (update.GetLanguage(), update.GetLanguageProbability())));
    }

    [Fact]
    public virtual async Task Hears_nothing_in_silence() => Assert.Equal("", Recognizer.TextOf(await RecognizeAsync(new float[12 * Recognizer.Rate])));

    [Fact]
    public async Task Refuses_what_is_no_sound_and_a_language_that_nobody_speaks()
    {
        using var text = new MemoryStream("This is a text."u8.ToArray());
        Assert.Equal("input.bad_wav", (await FailureOf(Client.GetTextAsync(text, null, Cancel))).Code);
        Assert.Equal("language.unknown", (await FailureOf(RecognizeAsync(Recognizer.Clip("0880").Samples, new() { SpeechLanguage = "klingon" }))).Code);
    }

    [Fact]
    public void Says_who_it_is_and_lends_its_speech_detector()
    {
        Assert.Equal(Engine, Client.GetService<SpeechToTextClientMetadata>()!.ProviderName);
        Assert.NotNull(Client.GetService<SileroVad>());
    }

    [Fact]
    public async Task Stops_when_cancelled()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        using var wav = new MemoryStream(Wav.ToBytes(Recognizer.Clip("0880").Samples, Recognizer.Rate));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Client.GetTextAsync(wav, null, stop.Token));
    }

    protected virtual void Configure(EngineOptions options)
    {
        // Engines of this machine need nothing.
    }

    protected Task<ISpeechToTextClient> OpenAsync(string requested, Action<EngineOptions>? configure = null)
    {
        var options = new EngineOptions();
        options.Cloud.FirstPause = TimeSpan.FromMilliseconds(20);
        Configure(options);
        configure?.Invoke(options);
        return new EngineCatalog(options, new ModelStore(options.Models)).OpenRecognizerAsync(Quality.Fast, requested, cancellationToken: Cancel);
    }

    protected Task<List<SpeechToTextResponseUpdate>> RecognizeAsync(float[] samples, SpeechToTextOptions? options = null) => RecognizeAsync(Client, samples, options);

    protected static async Task<List<SpeechToTextResponseUpdate>> RecognizeAsync(ISpeechToTextClient client, float[] samples, SpeechToTextOptions? options = null)
    {
        using var wav = new MemoryStream(Wav.ToBytes(samples, Recognizer.Rate));
        return await client.GetStreamingTextAsync(wav, options, Cancel).ToListAsync(Cancel);
    }

    protected static async Task<Failure> FailureOf(Task task) => (await Assert.ThrowsAsync<DubbingException>(() => task)).Failure;

    /// <summary>Two clips so far apart that each is a window of its own.</summary>
    protected static (float[] Samples, Spoken First, Spoken Second) TwoClips()
    {
        const int rate = Recognizer.Rate, gap = 6 * rate;
        var (first, second) = (Recognizer.Clip("0870"), Recognizer.Clip("0880"));
        float[] samples = [.. new float[rate], .. first.Samples, .. new float[gap], .. second.Samples, .. new float[rate]];
        var (end, start) = (rate + first.Samples.Length, rate + first.Samples.Length + gap);
        return (samples, new Spoken(1, (double)end / rate, first.Text), new Spoken((double)start / rate, (double)(start + second.Samples.Length) / rate, second.Text));
    }

    protected sealed record Spoken(double Start, double End, string Text);
}
