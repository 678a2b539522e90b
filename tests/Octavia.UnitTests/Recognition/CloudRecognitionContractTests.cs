using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using Octavia.Dubbing;
using Octavia.Dubbing.Recognition;
using Xunit;

namespace Octavia.UnitTests.Recognition;

/// <summary>The engine <c>openai</c> with <c>whisper-1</c>, which tells words with their times.</summary>
public sealed class Whisper1ContractTests(Recognizer recognizer) : CloudRecognitionContractTests(recognizer)
{
    protected override string Model => "whisper-1";

    [Fact]
    public async Task Asks_for_times_and_tells_the_language_once_it_is_known()
    {
        await RecognizeAsync(TwoClips().Samples);
        Assert.Equal(["verbose_json segment,word ", "verbose_json segment,word en"], Server.Asked.Select(asked => $"{asked.Format} {asked.Granularities} {asked.Language}"));
        Assert.All(Server.Asked, asked => Assert.Equal("whisper-1", asked.Model));
    }

    [Theory]
    [InlineData("en", null)]
    [InlineData("es", "en")]
    public async Task Another_language_than_that_given_is_told_by_the_service_and_the_given_one_is_used(string given, string? heard)
    {
        var updates = await RecognizeAsync(Recognizer.Clip("0870").Samples, new() { SpeechLanguage = given });
        Assert.Equal(heard, updates[^1].GetLanguageDoubt()?.Language);
        Assert.All(updates.Where(update => update.Text.Length > 0), update => Assert.Equal(given, update.GetLanguage()));
        Assert.Equal(heard is null ? [""] : ["", given], Server.Asked.Select(question => question.Language ?? ""));
    }

    [Fact]
    public async Task Goes_on_without_times_at_a_server_that_knows_none()
    {
        Server.Disturb = async (asked, context) => asked.Format == "verbose_json" && await TranscriptionStandIn.RefuseAsync(context, 400);
        var words = (await RecognizeAsync(TwoClips().Samples)).SelectMany(update => update.GetWords()).ToList();
        Assert.Equal(["verbose_json", "json", "json"], Server.Asked.Select(asked => asked.Format));
        Assert.InRange(words.Count, 29, 31);
    }

    [Theory]
    [InlineData(-1.5, 0.9, 1.3)]
    [InlineData(-0.2, 0.1, 9.0)]
    public async Task Drops_what_nobody_said(double probability, double noSpeech, double compression)
    {
        Server.Disturb = (_, context) => TranscriptionStandIn.WriteAsync(context, FormattableString.Invariant(
            $$"""
            {"task":"transcribe","language":"english","duration":3,"text":"Thank you for watching.","words":[{"word":"Thank","start":0.5,"end":0.8}],
             "segments":[{"id":0,"seek":0,"start":0,"end":3,"text":" Thank you for watching.","tokens":[1],"temperature":0,"avg_logprob":{{probability}},
             "compression_ratio":{{compression}},"no_speech_prob":{{noSpeech}}}]}
            """));
        Assert.Equal("", Recognizer.TextOf(await RecognizeAsync(Recognizer.Clip("0880").Samples)));
    }
}

/// <summary>The engine <c>openai</c> with <c>gpt-4o-transcribe</c>, which tells the text alone.</summary>
public sealed class Gpt4oTranscribeContractTests(Recognizer recognizer) : CloudRecognitionContractTests(recognizer)
{
    protected override string Model => "gpt-4o-transcribe";

    [Fact]
    public async Task Asks_for_text_and_finds_the_language_itself()
    {
        var updates = await RecognizeAsync(TwoClips().Samples);
        // It was listened to before the first question.
        Assert.Equal(["json  en", "json  en"], Server.Asked.Select(asked => $"{asked.Format} {asked.Granularities} {asked.Language}"));
        Assert.InRange(updates.First(update => update.Text.Length > 0).GetLanguageProbability()!.Value, 0.5, 1);
    }

    [Theory]
    [InlineData("en", null)]
    [InlineData("es", "en")]
    public async Task Another_language_than_that_given_is_heard_on_this_machine(string given, string? heard)
    {
        var updates = await RecognizeAsync(Recognizer.Clip("0870").Samples, new() { SpeechLanguage = given });
        Assert.Equal(heard, updates[^1].GetLanguageDoubt()?.Language);
        Assert.Equal([given], Server.Asked.Select(question => question.Language));
    }

    [Fact]
    public async Task Times_words_about_where_they_are_said()
    {
        var samples = Recognizer.Clip("0870").Samples;
        var words = (await RecognizeAsync(samples)).SelectMany(update => update.GetWords()).ToList();
        var exact = (await Local.RunAsync(samples, null, Cancel)).SelectMany(update => update.GetWords()).ToList();
        Assert.Equal(exact.Select(word => word.Text), words.Select(word => word.Text));
        Assert.InRange(words.Zip(exact).Average(pair => Math.Abs(pair.First.Start - pair.Second.Start)), 0, 0.35);
    }
}

/// <summary>What every engine that recognises by a service does beyond that, against a local server that speaks the service's protocol.</summary>
public abstract class CloudRecognitionContractTests(Recognizer recognizer) : RecognitionContractTests(recognizer)
{
    static readonly float[] Clip = Recognizer.Clip("0880").Samples;

    protected abstract string Model { get; }

    protected override string Engine => "openai";

    private protected TranscriptionStandIn Server { get; private set; } = null!;

    public override async ValueTask InitializeAsync()
    {
        Server = await TranscriptionStandIn.StartAsync(Local.Client);
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Server.DisposeAsync();
    }

    protected override void Configure(EngineOptions options) => Server.Configure(options, Model);

    [Fact]
    public override async Task Hears_nothing_in_silence()
    {
        await base.Hears_nothing_in_silence();
        Assert.Empty(Server.Asked);
    }

    [Theory]
    [InlineData(401, "recognition.unauthorized", FailureKind.MissingTool)]
    [InlineData(403, "recognition.unauthorized", FailureKind.MissingTool)]
    [InlineData(404, "recognition.model_unknown", FailureKind.MissingTool)]
    [InlineData(400, "recognition.refused", FailureKind.Engine)]
    [InlineData(500, "recognition.unavailable", FailureKind.Engine)]
    public async Task Says_why_it_cannot_go_on(int status, string code, FailureKind kind)
    {
        Server.Disturb = (_, context) => TranscriptionStandIn.RefuseAsync(context, status);
        var failure = await FailureOf(RecognizeAsync(Clip));
        Assert.Equal((code, kind), (failure.Code, failure.Kind));
        Assert.DoesNotContain("secret", failure.Message, StringComparison.Ordinal);
        Assert.InRange(Server.Asked.Count, 1, 4);
    }

    [Fact]
    public async Task Waits_as_long_as_a_busy_server_says()
    {
        Server.Disturb = async (_, context) =>
        {
            context.Response.Headers.RetryAfter = "1";
            return Server.Asked.Count == 1 && await TranscriptionStandIn.RefuseAsync(context, 429);
        };
        var watch = Stopwatch.StartNew();
        Assert.NotEqual("", Recognizer.TextOf(await RecognizeAsync(Clip)));
        Assert.True(watch.Elapsed >= TimeSpan.FromSeconds(0.9), watch.Elapsed.ToString());
        Assert.Equal(2, Server.Asked.Count);
    }

    [Fact]
    public async Task Gives_up_a_server_that_does_not_answer()
    {
        Server.Disturb = async (_, context) =>
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        using var client = await OpenAsync(Engine, options => options.Cloud.Timeout = TimeSpan.FromMilliseconds(300));
        Assert.Contains("in time", (await FailureOf(RecognizeAsync(client, Clip))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Asks_again_for_an_answer_that_breaks_off()
    {
        Server.Disturb = async (_, context) =>
        {
            if (Server.Asked.Count > 1) return false;
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("{\"text\":");
            await context.Response.Body.FlushAsync();
            context.Abort();
            return true;
        };
        Assert.NotEqual("", Recognizer.TextOf(await RecognizeAsync(Clip)));
        Assert.Equal(2, Server.Asked.Count);
    }

    [Theory]
    [InlineData("text/html", "<html>Log in first</html>")]
    [InlineData("application/json", "{\"text\":")]
    [InlineData("application/json", "[7]")]
    public async Task Believes_no_answer_that_is_none(string type, string body)
    {
        Server.Disturb = (_, context) => TranscriptionStandIn.WriteAsync(context, body, type);
        Assert.Equal("recognition.unreadable", (await FailureOf(RecognizeAsync(Clip))).Code);
    }

    [Fact]
    public async Task An_answer_without_a_word_is_no_line()
    {
        Server.Disturb = (_, context) => TranscriptionStandIn.WriteAsync(context, """{"text":" ... "}""");
        Assert.Equal("", Recognizer.TextOf(await RecognizeAsync(Clip)));
    }

    [Theory]
    [InlineData(401, 1)]
    [InlineData(500, 4)]
    public async Task With_auto_this_machine_recognises_what_the_service_cannot_and_says_so(int status, int asked)
    {
        Server.Disturb = (_, context) => TranscriptionStandIn.RefuseAsync(context, status);
        using var client = await OpenAsync("auto");
        Assert.Equal("openai", client.GetService<SpeechToTextClientMetadata>()!.ProviderName);
        var updates = await RecognizeAsync(client, Clip);
        Assert.Contains("young man", Recognizer.TextOf(updates), StringComparison.Ordinal);
        Assert.Contains("Whisper on this machine recognised parts of it instead.", updates.First(update => update.Text.Length > 0).GetRemark(), StringComparison.Ordinal);
        Assert.Equal(asked, Server.Asked.Count);
    }

    [Fact]
    public async Task With_auto_the_service_is_asked_again_after_one_failure()
    {
        Server.Disturb = async (_, context) => Server.Asked.Count <= 4 && await TranscriptionStandIn.RefuseAsync(context, 503);
        using var client = await OpenAsync("auto");
        var (samples, first, second) = TwoClips();
        var updates = await RecognizeAsync(client, samples);
        Assert.Equal([true, false], updates.Where(update => update.Text.Length > 0).Select(update => update.GetRemark() is not null).Distinct());
        Assert.Contains("young man", Recognizer.TextOf(updates), StringComparison.Ordinal);
        Assert.True(first.End < second.Start);
    }
}
