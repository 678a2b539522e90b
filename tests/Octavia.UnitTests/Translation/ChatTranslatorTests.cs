using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Octavia.Dubbing;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Translation;
using Xunit;

namespace Octavia.UnitTests.Translation;

/// <summary>The engine <c>openai</c>, whose protocol many servers speak.</summary>
public sealed class OpenAITranslatorTests : ChatTranslatorTests
{
    protected override ChatProtocol Protocol => ChatProtocol.OpenAI;
}

/// <summary>The engine <c>anthropic</c>.</summary>
public sealed class AnthropicTranslatorTests : ChatTranslatorTests
{
    protected override ChatProtocol Protocol => ChatProtocol.Anthropic;
}

/// <summary>What every engine that translates with a chat model does, against a local server that speaks the service's protocol.</summary>
public abstract class ChatTranslatorTests
{
    protected abstract ChatProtocol Protocol { get; }

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sends_lines_with_context_and_budget_and_reads_the_answer()
    {
        JsonNode? seen = null;
        string? key = null;
        await using var server = await ChatAsync((request, context) =>
        {
            (seen, key) = (request, Protocol.KeyOf(context));
            return Reply(Lines(request).Select(line => (line.N, $"<{line.Text}>")));
        });
        await using var translator = await OpenAsync(server);
        var translated = await translator.TranslateAsync(
            [new TranslationLine("Hello.", 20, "Ana"), new TranslationLine("Goodbye.")], [new TranslationLine("Before.")], Cancel);

        Assert.Equal([new TranslatedLine("<Hello.>"), new TranslatedLine("<Goodbye.>")], translated);
        Assert.Equal("secret", key);
        Assert.Equal("test-model", (string?)seen!["model"]);
        Assert.True(Protocol.HasSchema(seen));
        var message = JsonNode.Parse(Protocol.MessageOf(seen))!;
        Assert.Equal("Before.", (string?)message["context"]![0]!["text"]);
        Assert.Equal(20, (int?)message["lines"]![0]!["max_characters"]);
        Assert.Equal("Ana", (string?)message["lines"]![0]!["speaker"]);
        Assert.Contains("English to Spanish", Protocol.InstructionsOf(seen));
    }

    [Fact]
    public async Task Asks_alone_for_lines_that_are_missing_or_doubled_and_flags_what_never_comes()
    {
        var sizes = new List<int>();
        await using var server = await ChatAsync((request, _) =>
        {
            var lines = Lines(request);
            sizes.Add(lines.Count);
            if (lines.Count > 1) return Reply([(1, "uno"), (2, "dos"), (2, "deux"), (9, "nueve")]);
            return lines[0].Text == "two" ? Reply([(1, "dos")]) : Reply([]);
        });
        await using var translator = await OpenAsync(server);
        var translated = await TranslateAsync(translator, "one", "two", "three");
        Assert.Equal(["uno", "dos", null], translated.Select(line => line.Text));
        Assert.Equal([true, true, false], translated.Select(line => line.Problem is null));
        Assert.Equal([3, 1, 1], sizes);
    }

    [Theory]
    [InlineData("no JSON at all")]
    [InlineData("{\"lines\":[{\"n\":1,\"text\":")]
    [InlineData("{\"lines\":null}")]
    [InlineData("{\"lines\":[null]}")]
    [InlineData("{\"lines\":[{\"n\":1,\"text\":\"\"}]}")]
    [InlineData("[]")]
    [InlineData("}{")]
    public async Task Flags_lines_that_are_answered_with_nonsense(string answer)
    {
        await using var server = await ChatAsync((_, _) => Content(answer));
        await using var translator = await OpenAsync(server);
        var line = Assert.Single(await TranslateAsync(translator, "Hello."));
        Assert.Null(line.Text);
        Assert.NotNull(line.Problem);
    }

    [Fact]
    public async Task Reads_JSON_in_a_fence_and_refuses_a_speech_in_place_of_a_line()
    {
        await using var server = await ChatAsync((request, _) => Lines(request)[0].Text == "Hello."
            ? Content("```json\n{\"lines\":[{\"n\":1,\"text\":\"Hola.\"}]}\n```")
            : Reply([(1, string.Join(' ', Enumerable.Repeat("As a language model I", 50)))]));
        await using var translator = await OpenAsync(server);
        Assert.Equal(new TranslatedLine("Hola."), Assert.Single(await TranslateAsync(translator, "Hello.")));
        Assert.NotNull(Assert.Single(await TranslateAsync(translator, "Bye.")).Problem);
    }

    [Fact]
    public async Task Goes_in_groups_with_the_lines_before_as_context()
    {
        var contexts = new List<int>();
        await using var server = await ChatAsync((request, _) =>
        {
            contexts.Add(JsonNode.Parse(Protocol.MessageOf(request))!["context"]!.AsArray().Count);
            return Reply(Lines(request).Select(line => (line.N, line.Text.ToUpperInvariant())));
        });
        await using var translator = await OpenAsync(server);
        var texts = Enumerable.Range(1, 30).Select(i => $"line {i}").ToArray();
        var translated = await TranslateAsync(translator, texts);
        Assert.Equal(texts.Select(text => text.ToUpperInvariant()), translated.Select(line => line.Text));
        Assert.Equal([0, 6, 6], contexts);
    }

    [Theory]
    [InlineData(401, "translation.unauthorized")]
    [InlineData(403, "translation.unauthorized")]
    [InlineData(404, "translation.model_unknown")]
    public async Task Ends_with_a_reason_when_every_line_would_fail(int status, string code)
    {
        await using var server = await ChatAsync((_, context) => Error(context, status));
        await using var translator = await OpenAsync(server);
        var failure = (await Assert.ThrowsAsync<DubbingException>(() => TranslateAsync(translator, "Hello."))).Failure;
        Assert.Equal(code, failure.Code);
        Assert.Equal(FailureKind.MissingTool, failure.Kind);
        Assert.DoesNotContain("secret", failure.Message);
    }

    [Fact]
    public async Task Waits_as_long_as_a_busy_server_says()
    {
        var calls = 0;
        await using var server = await ChatAsync((request, context) =>
        {
            if (++calls > 1) return Reply(Lines(request).Select(line => (line.N, "hola")));
            context.Response.Headers.RetryAfter = "1";
            return Error(context, 429);
        });
        await using var translator = await OpenAsync(server);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(new TranslatedLine("hola"), Assert.Single(await TranslateAsync(translator, "Hello.")));
        Assert.True(watch.Elapsed >= TimeSpan.FromSeconds(0.9), watch.Elapsed.ToString());
    }

    [Fact]
    public async Task Flags_lines_when_the_server_stays_broken_and_does_not_ask_for_each()
    {
        await using var server = await ChatAsync((_, context) => Error(context, 500));
        await using var translator = await OpenAsync(server);
        var translated = await TranslateAsync(translator, "one", "two", "three");
        Assert.Equal(3, translated.Count);
        Assert.All(translated, line => Assert.Null(line.Text));
        Assert.All(translated, line => Assert.Contains("500", line.Problem));
        Assert.InRange(server.Requests.Count, 1, 4);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(422)]
    public async Task Flags_only_the_line_that_a_content_filter_refuses(int status)
    {
        await using var server = await ChatAsync((request, context) => IsFiltered(request)
            ? Error(context, status)
            : Reply(Lines(request).Select(line => (line.N, line.Text.ToUpperInvariant()))));
        await using var translator = await OpenAsync(server);
        var texts = Enumerable.Range(1, 24).Select(i => i == 12 ? "a bad word" : $"line {i}").ToArray();
        var translated = await TranslateAsync(translator, texts);

        // The second group has the bad line before it.
        Assert.Equal(texts.Select(text => text == "a bad word" ? null : text.ToUpperInvariant()), translated.Select(line => line.Text));
        Assert.Contains($"{status}", translated[11].Problem);
        Assert.All(translated.Where((_, i) => i != 11), line => Assert.Null(line.Problem));
    }

    [Fact]
    public async Task Flags_a_line_that_is_refused_and_asks_no_more_for_it()
    {
        await using var server = await ChatAsync((request, context) => IsFiltered(request) ? Error(context, 400) : Reply([(1, "hola")]));
        await using var translator = await OpenAsync(server);
        Assert.Equal(new TranslatedLine("hola"), Assert.Single(await TranslateAsync(translator, "Hello.")));
        Assert.Null(Assert.Single(await TranslateAsync(translator, "a bad word")).Text);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task Does_not_ask_for_each_line_when_the_server_takes_nothing()
    {
        await using var server = await ChatAsync((_, context) => Error(context, 400));
        await using var translator = await OpenAsync(server);
        var translated = await TranslateAsync(translator, [.. Enumerable.Range(1, 12).Select(i => $"line {i}")]);
        Assert.All(translated, line => Assert.Contains("400", line.Problem));
        Assert.InRange(server.Requests.Count, 1, 16);
    }

    [Theory]
    [InlineData(400, false, true)]
    [InlineData(400, true, false)]
    [InlineData(422, false, false)]
    public async Task Leaves_out_what_the_server_does_not_take(int status, bool takesFormat, bool takesTemperature)
    {
        var answered = 0;
        await using var server = await ChatAsync((request, context) =>
        {
            if ((Protocol.HasSchema(request) && !takesFormat) || (request["temperature"] is not null && !takesTemperature)) return Error(context, status);
            answered++;
            return Reply(Lines(request).Select(line => (line.N, "hola")));
        });
        await using var translator = await OpenAsync(server);
        Assert.Equal(new TranslatedLine("hola"), Assert.Single(await TranslateAsync(translator, "Hello.")));
        var tries = server.Requests.Count;
        Assert.InRange(tries, takesFormat && !Protocol.SendsTemperature ? 1 : 2, 4);

        // From then on it is asked as it likes.
        Assert.Equal(new TranslatedLine("hola"), Assert.Single(await TranslateAsync(translator, "Hello.")));
        Assert.Equal((tries + 1, 2), (server.Requests.Count, answered));
    }

    [Fact]
    public async Task Flags_lines_when_nobody_listens()
    {
        await using var translator = await OpenAsync(new Uri("http://127.0.0.1:9/"));
        Assert.Contains("cannot be reached", Assert.Single(await TranslateAsync(translator, "Hello.")).Problem);
    }

    [Fact]
    public async Task Stops_when_cancelled()
    {
        await using var server = await ChatAsync(async (_, context) => await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => ""));
        await using var translator = await OpenAsync(server);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        var running = translator.TranslateAsync([new TranslationLine("Hello.")], [], stop.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(TimeSpan.FromSeconds(20), Cancel));
    }

    Task<ITranslator> OpenAsync(HttpStandIn server) => OpenAsync(server.Address);

    Task<ITranslator> OpenAsync(Uri address)
    {
        var options = new EngineOptions();
        options.Cloud.FirstPause = TimeSpan.FromMilliseconds(20);
        Protocol.Configure(options, address);
        return new EngineCatalog(options, new ModelStore(options.Models)).OpenTranslatorAsync("en", "es", Protocol.Engine, Cancel);
    }

    static Task<IReadOnlyList<TranslatedLine>> TranslateAsync(ITranslator translator, params string[] texts) =>
        translator.TranslateAsync([.. texts.Select(text => new TranslationLine(text))], [], Cancel);

    Task<HttpStandIn> ChatAsync(Func<JsonNode, HttpContext, string> answer) =>
        ChatAsync((request, context) => Task.FromResult(answer(request, context)));

    Task<HttpStandIn> ChatAsync(Func<JsonNode, HttpContext, Task<string>> answer) => HttpStandIn.StartAsync(async context =>
    {
        Assert.Equal(Protocol.Path, context.Request.Path);
        var request = (await JsonNode.ParseAsync(context.Request.Body))!;
        var body = await answer(request, context);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body);
    });

    List<(int N, string Text)> Lines(JsonNode request) =>
        [.. JsonNode.Parse(Protocol.MessageOf(request))!["lines"]!.AsArray().Select(line => ((int)line!["n"]!, (string)line["text"]!))];

    bool IsFiltered(JsonNode request) => (Protocol.MessageOf(request)).Contains("bad word", StringComparison.Ordinal);

    string Reply(IEnumerable<(int N, string Text)> lines) =>
        Content(JsonSerializer.Serialize(new { lines = lines.Select(line => new { n = line.N, text = line.Text }) }));

    string Content(string content) => Protocol.Answer(content);

    string Error(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Protocol.Refusal;
    }
}
