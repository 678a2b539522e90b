using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using Octavia.Dubbing;
using Octavia.Dubbing.Speech;
using Xunit;

namespace Octavia.UnitTests.Speech;

/// <summary>The engine <c>openai</c>, whose protocol many servers speak.</summary>
public sealed class OpenAISpeechContractTests : CloudSpeechContractTests
{
    protected override SpeechProtocol Protocol => SpeechProtocol.OpenAI;

    [Theory]
    [InlineData("tts-1", false)]
    [InlineData("gpt-4o-mini-tts", true)]
    public async Task Lists_the_voices_of_its_model(string model, bool hasNew)
    {
        using var client = await OpenAsync(options => options.OpenAI.SpeechModel = model);
        Assert.Equal(hasNew, client.GetService<IVoiceCatalog>()!.VoicesFor("de").Any(voice => voice.Id == "verse"));
    }
}

/// <summary>The engine <c>elevenlabs</c>.</summary>
public sealed class ElevenLabsContractTests : CloudSpeechContractTests
{
    protected override SpeechProtocol Protocol => SpeechProtocol.ElevenLabs;

    [Fact]
    public void Casts_from_all_pages_the_verified_first_old_ones_last_and_no_clones()
    {
        var catalog = Client.GetService<IVoiceCatalog>()!;
        Assert.Equal(["vWoman", "vOld", "vNobody", "vMan"], catalog.VoicesFor("es").Select(voice => voice.Id));
        Assert.Equal(["vMan", "vWoman", "vNobody", "vOld"], catalog.VoicesFor("en").Select(voice => voice.Id));
        Assert.Equal(new Voice("vMan", "en", Gender.Male, null, "en-gb"), catalog.VoicesFor("en")[0]);
        Assert.Equal(Gender.Unknown, catalog.VoicesFor("es")[2].Gender);
    }

    [Theory]
    [InlineData("eleven_multilingual_v2", null)]
    [InlineData("eleven_flash_v2_5", "es")]
    public async Task Tells_the_language_to_the_models_that_take_it(string model, string? language)
    {
        using var client = await OpenAsync(options => options.ElevenLabs.Model = model);
        await client.GetAudioAsync("Hola.", new() { Language = "es" }, Cancel);
        Assert.Equal((model, language), (Asked.Last().Model, Asked.Last().Language));
    }

    [Theory]
    [InlineData(401, "speech.unauthorized")]
    [InlineData(500, "speech.unavailable")]
    public async Task A_list_of_voices_that_is_refused_has_its_reason(int status, string code)
    {
        await using var server = await HttpStandIn.StartAsync(context => Protocol.RefuseAsync(context, status));
        Assert.Equal(code, (await FailureOf(OpenAsync(options => options.ElevenLabs.Endpoint = server.Address))).Code);
    }

    [Theory]
    [InlineData("<html>Log in</html>")]
    [InlineData("{}")]
    [InlineData("""{"voices":[null,{"name":"without an id"},7]}""")]
    public async Task A_list_of_voices_that_is_none_has_its_reason(string body)
    {
        await using var server = await HttpStandIn.StartAsync(context => context.Response.WriteAsync(body));
        Assert.Equal("speech.unreadable", (await FailureOf(OpenAsync(options => options.ElevenLabs.Endpoint = server.Address))).Code);
    }
}

/// <summary>What every engine that speaks by a service does beyond that, against a local server that speaks the service's protocol.</summary>
public abstract class CloudSpeechContractTests : SpeechContractTests
{
    HttpStandIn server = null!;

    protected abstract SpeechProtocol Protocol { get; }

    protected override string Engine => Protocol.Engine;

    protected ConcurrentQueue<SpeechQuestion> Asked { get; } = new();

    /// <summary>Answers in place of the server, where it returns true.</summary>
    Func<HttpContext, Task<bool>>? Disturb { get; set; }

    public override async ValueTask InitializeAsync()
    {
        server = await Protocol.StartAsync((_, context) => Disturb?.Invoke(context) ?? Task.FromResult(false), Asked);
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await server.DisposeAsync();
    }

    protected override void Configure(EngineOptions options) => Protocol.Configure(options, server.Address);

    [Fact]
    public async Task Sends_what_was_asked_with_the_key()
    {
        await Client.GetAudioAsync("¡Hola!\u0001\n <speak>", new() { VoiceId = Protocol.AVoice.Id, Language = "es" }, Cancel);
        Assert.Equal(new SpeechQuestion("¡Hola! <speak>", Protocol.AVoice.Id, Protocol.Model, SpeechProtocol.Key, null), Assert.Single(Asked));
        Assert.Contains(Protocol.AVoice, Client.GetService<IVoiceCatalog>()!.VoicesFor("es"));
    }

    [Fact]
    public async Task A_voice_that_is_named_stays_within_its_place()
    {
        await SpeakAsync("../../../v1/user?x=");
        Assert.EndsWith("v1/user?x=", Uri.UnescapeDataString(Assert.Single(Asked).Voice), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, "speech.unauthorized", FailureKind.MissingTool)]
    [InlineData(403, "speech.unauthorized", FailureKind.MissingTool)]
    [InlineData(404, "speech.model_unknown", FailureKind.MissingTool)]
    [InlineData(400, "speech.refused", FailureKind.Engine)]
    [InlineData(422, "speech.refused", FailureKind.Engine)]
    [InlineData(500, "speech.unavailable", FailureKind.Engine)]
    public async Task Says_why_a_line_is_not_spoken(int status, string code, FailureKind kind)
    {
        Disturb = context => Protocol.RefuseAsync(context, status);
        var failure = await FailureOf(SpeakAsync());
        Assert.Equal((code, kind), (failure.Code, failure.Kind));
        Assert.DoesNotContain(SpeechProtocol.Key, failure.Message, StringComparison.Ordinal);
        Assert.InRange(Asked.Count, status == 500 ? 2 : 1, status == 500 ? 4 : 1);
    }

    [Fact]
    public async Task Waits_as_long_as_a_busy_server_says()
    {
        Disturb = context =>
        {
            if (Asked.Count > 1) return Task.FromResult(false);
            context.Response.Headers.RetryAfter = "1";
            return Protocol.RefuseAsync(context, 429);
        };
        var watch = Stopwatch.StartNew();
        await SpeakAsync();
        Assert.True(watch.Elapsed >= TimeSpan.FromSeconds(0.9), watch.Elapsed.ToString());
        Assert.Equal(2, Asked.Count);
    }

    [Fact]
    public async Task Gives_up_a_server_that_does_not_answer()
    {
        Disturb = async context =>
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        using var client = await OpenAsync(options => options.Cloud.Timeout = TimeSpan.FromMilliseconds(300));
        var failure = await FailureOf(client.GetAudioAsync(Text, new() { Language = "es" }, Cancel));
        Assert.Equal("speech.unavailable", failure.Code);
        Assert.Contains("in time", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Asks_again_for_an_answer_that_breaks_off()
    {
        Disturb = async context =>
        {
            if (Asked.Count > 1) return false;
            context.Response.ContentLength = 100_000;
            await context.Response.Body.WriteAsync(new byte[1000]);
            await context.Response.Body.FlushAsync();
            context.Abort();
            return true;
        };
        Assert.NotEmpty(Read(await SpeakAsync()).Samples);
        Assert.Equal(2, Asked.Count);
    }

    [Theory]
    [InlineData("text/html", "<html>Log in first</html>")]
    [InlineData("application/json", "{\"error\":\"none\"}")]
    public async Task Plays_nothing_that_is_no_sound(string type, string body)
    {
        Disturb = async context =>
        {
            context.Response.ContentType = type;
            await context.Response.WriteAsync(body);
            return true;
        };
        Assert.Equal("speech.unreadable", (await FailureOf(SpeakAsync())).Code);
    }

    [Fact]
    public async Task A_sound_without_a_sample_is_a_failure()
    {
        Disturb = Protocol.KeepSilentAsync;
        Assert.Equal("speech.silent", (await FailureOf(SpeakAsync())).Code);
    }

    [Fact]
    public async Task Nothing_is_asked_after_it_was_closed()
    {
        Client.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => SpeakAsync());
        Assert.Empty(Asked);
    }

    [Fact]
    public async Task Is_traced_without_what_is_said()
    {
        var traces = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Octavia.Dubbing" or "System.Net.Http",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = traces.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var root = new Activity("test").Start();
        await SpeakAsync();
        var own = traces.Where(trace => trace.TraceId == root.TraceId).ToList();
        Assert.Contains(own, trace => trace.Source.Name == "Octavia.Dubbing");
        Assert.Contains(own, trace => trace.Source.Name == "System.Net.Http");
        Assert.DoesNotContain(own.SelectMany(trace => trace.TagObjects), tag => $"{tag.Value}".Contains("casa", StringComparison.Ordinal));
    }

    Task<TextToSpeechResponse> SpeakAsync(string? voice = null) => Client.GetAudioAsync(Text, new() { Language = "es", VoiceId = voice }, Cancel);
}
