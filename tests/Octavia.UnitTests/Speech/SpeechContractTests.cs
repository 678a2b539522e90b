using Microsoft.Extensions.AI;
using Octavia.Dubbing;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Speech;
using Xunit;

namespace Octavia.UnitTests.Speech;

/// <summary>The engine <c>kokoro</c>.</summary>
public sealed class KokoroContractTests : SpeechContractTests
{
    protected override string Engine => "kokoro";
}

/// <summary>The engine <c>espeak</c>.</summary>
public sealed class EspeakContractTests : SpeechContractTests
{
    protected override string Engine => "espeak";
}

/// <summary>What every engine that speaks does.</summary>
public abstract class SpeechContractTests : IAsyncLifetime
{
    protected const string Text = "Buenos días, la casa es roja.";

    protected abstract string Engine { get; }

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected ITextToSpeechClient Client { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync() => Client = await OpenAsync();

    public virtual ValueTask DisposeAsync()
    {
        Client.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Speaks_and_what_it_says_is_a_sound_of_a_fitting_length()
    {
        var (samples, rate) = Read(await Client.GetAudioAsync(Text, new() { Language = "es" }, Cancel));
        Assert.InRange((double)samples.Length / rate, 1, 5);
        Assert.InRange(Sound.Level(samples), 0.01, 0.5);
    }

    [Fact]
    public async Task Streams_the_same()
    {
        var updates = await Client.GetStreamingAudioAsync(Text, new() { Language = "es" }, Cancel).ToListAsync(Cancel);
        var (samples, rate) = Wav.Read(updates.SelectMany(update => update.Contents).OfType<DataContent>().Single().Data.Span);
        Assert.InRange((double)samples.Length / rate, 1, 5);
    }

    [Fact]
    public async Task Speaks_with_each_of_two_voices_that_it_lists_one_of_each_sex()
    {
        var voices = Client.GetService<IVoiceCatalog>()!.VoicesFor("es");
        Assert.All(voices, voice => Assert.Equal("es", voice.Language));
        Assert.Equal(voices.Count, voices.DistinctBy(voice => voice.Id).Count());
        foreach (var gender in new[] { Gender.Female, Gender.Male })
        {
            var voice = voices.First(voice => voice.Gender == gender);
            Assert.NotEmpty(Read(await Client.GetAudioAsync("Hola.", new() { VoiceId = voice.Id, Language = "es" }, Cancel)).Samples);
        }
    }

    [Fact]
    public void Lists_no_voice_of_a_language_that_nobody_speaks() => Assert.Empty(Client.GetService<IVoiceCatalog>()!.VoicesFor("xx"));

    [Fact]
    public void Says_who_it_is() => Assert.Equal(Engine, Client.GetService<TextToSpeechClientMetadata>()!.ProviderName);

    [Theory]
    [InlineData("", "es", null, "speech.empty")]
    [InlineData(" ... ?!", "es", null, "speech.empty")]
    [InlineData("\u0001\u0007", "es", null, "speech.empty")]
    [InlineData("Hola.", "es", 3f, "speech.speed")]
    [InlineData("Hola.", "es", float.NaN, "speech.speed")]
    [InlineData("Hola.", "xx", null, "speech.voice")]
    public async Task Refuses_what_cannot_be_spoken(string text, string language, float? speed, string code)
    {
        var failure = await FailureOf(Client.GetAudioAsync(text, new() { Language = language, Speed = speed }, Cancel));
        Assert.Equal((code, FailureKind.Usage), (failure.Code, failure.Kind));
    }

    [Fact]
    public async Task Refuses_a_text_that_is_too_long() =>
        Assert.Equal("speech.too_long", (await FailureOf(Client.GetAudioAsync(new string('a', SpeechText.MaxLength + 1), new() { Language = "es" }, Cancel))).Code);

    [Fact]
    public async Task Stops_when_cancelled()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Client.GetAudioAsync(Text, new() { Language = "es" }, stop.Token));
    }

    protected virtual void Configure(EngineOptions options)
    {
        // Engines of this machine need nothing.
    }

    protected Task<ITextToSpeechClient> OpenAsync(Action<EngineOptions>? configure = null)
    {
        var options = new EngineOptions();
        options.Cloud.FirstPause = TimeSpan.FromMilliseconds(20);
        Configure(options);
        configure?.Invoke(options);
        return new EngineCatalog(options, new ModelStore(options.Models)).OpenSpeechAsync("es", Engine, Cancel);
    }

    protected static (float[] Samples, int Rate) Read(TextToSpeechResponse response) => Wav.Read(((DataContent)response.Contents.Single()).Data.Span);

    protected static async Task<Failure> FailureOf(Task task) => (await Assert.ThrowsAsync<DubbingException>(() => task)).Failure;
}
