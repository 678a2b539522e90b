using Microsoft.Extensions.AI;
using Octavia.Dubbing;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Speakers;
using Octavia.Dubbing.Speech;
using Xunit;

namespace Octavia.UnitTests.Speech;

/// <summary>What speaks where a service does not: espeak-ng behind a server that fails.</summary>
public class FallbackSpeechTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("coral", Gender.Female)]
    [InlineData("ash", Gender.Male)]
    public async Task The_next_engine_speaks_in_a_voice_of_the_same_sex_and_says_so(string voice, Gender gender)
    {
        await using var server = await SpeechProtocol.OpenAI.StartAsync((_, context) => SpeechProtocol.OpenAI.RefuseAsync(context, 400));
        var client = await OpenAsync(server);
        var response = await client.GetAudioAsync("Guten Morgen, wie geht es Ihnen?", new() { VoiceId = voice, Language = "de" }, Cancel);
        var (samples, rate) = Wav.Read(((DataContent)response.Contents.Single()).Data.Span);
        Assert.Equal(gender, VoiceCasting.GenderOf(PitchDetector.Median(Sound.To16000(samples, rate))));
        Assert.Contains("answered 400. It was spoken by espeak instead.", response.GetRemark(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, 4)]
    [InlineData(401, 1)]
    public async Task A_line_that_is_refused_says_nothing_of_the_next_but_a_key_does(int status, int asked)
    {
        await using var server = await SpeechProtocol.OpenAI.StartAsync((_, context) => SpeechProtocol.OpenAI.RefuseAsync(context, status));
        var client = await OpenAsync(server);
        for (var i = 0; i < 4; i++) Assert.NotNull((await SpeakAsync(client)).GetRemark());
        Assert.Equal(asked, server.Requests.Count);
    }

    [Fact]
    public async Task A_service_that_is_down_is_left_alone_after_two_lines()
    {
        await using var server = await SpeechProtocol.OpenAI.StartAsync((_, context) => SpeechProtocol.OpenAI.RefuseAsync(context, 500));
        var client = await OpenAsync(server);
        for (var i = 0; i < 2; i++) await SpeakAsync(client);
        var asked = server.Requests.Count;
        Assert.Contains("answered 500", (await SpeakAsync(client)).GetRemark(), StringComparison.Ordinal);
        Assert.Equal(asked, server.Requests.Count);
    }

    [Fact]
    public async Task A_line_that_no_engine_can_speak_has_the_reason_of_the_first()
    {
        await using var server = await SpeechProtocol.OpenAI.StartAsync((_, context) => SpeechProtocol.OpenAI.RefuseAsync(context, 500));
        var failing = Catalog(server);
        var candidates = new[] { "one", "two" }.Select(name => new SpeechCandidate(name, token => failing.OpenSpeechAsync("de", "openai", token))).ToList();
        var client = await FallbackTextToSpeechClient.OpenAsync("de", candidates, Cancel);
        Assert.Equal("speech.unavailable", (await Assert.ThrowsAsync<DubbingException>(() => SpeakAsync(client))).Failure.Code);
    }

    [Fact]
    public async Task What_cannot_be_opened_is_passed_over_and_told()
    {
        var refusal = new DubbingException(new Failure("speech.unauthorized", FailureKind.MissingTool, "The key is refused."));
        SpeechCandidate[] candidates = [new("paid", _ => throw refusal), new("espeak", async token => await EspeakTextToSpeechClient.OpenAsync(token))];
        var client = await FallbackTextToSpeechClient.OpenAsync("de", candidates, Cancel);
        Assert.Equal("The key is refused. espeak spoke instead.", client.Problem);
        Assert.Null((await client.GetAudioAsync("Guten Morgen.", new() { Language = "de" }, Cancel)).GetRemark());
        Assert.Equal("espeak", client.GetService<TextToSpeechClientMetadata>()!.ProviderName);
        await Assert.ThrowsAsync<DubbingException>(() => FallbackTextToSpeechClient.OpenAsync("de", [candidates[0]], Cancel));
    }

    static Task<TextToSpeechResponse> SpeakAsync(FallbackTextToSpeechClient client) => client.GetAudioAsync("Guten Morgen.", new() { VoiceId = "ash", Language = "de" }, Cancel);

    static Task<FallbackTextToSpeechClient> OpenAsync(HttpStandIn server)
    {
        var catalog = Catalog(server);
        return FallbackTextToSpeechClient.OpenAsync(
            "de", [.. new[] { "openai", "espeak" }.Select(name => new SpeechCandidate(name, token => catalog.OpenSpeechAsync("de", name, token)))], Cancel);
    }

    static EngineCatalog Catalog(HttpStandIn server)
    {
        var options = new EngineOptions();
        options.Cloud.FirstPause = TimeSpan.FromMilliseconds(10);
        SpeechProtocol.OpenAI.Configure(options, server.Address);
        return new EngineCatalog(options, new ModelStore(options.Models));
    }
}
