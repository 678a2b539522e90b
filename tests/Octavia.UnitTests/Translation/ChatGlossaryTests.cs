using System.Text.Json.Nodes;
using Octavia.Dubbing;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Translation;
using Xunit;

namespace Octavia.UnitTests.Translation;

/// <summary>Glossary and tone as chat models are told of them, and what becomes of an answer without a term.</summary>
public class ChatGlossaryTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sends_the_terms_of_the_lines_and_the_tone()
    {
        var seen = new List<JsonNode>();
        await using var server = await StartAsync((request, lines) =>
        {
            seen.Add(request);
            return [.. lines.Select(line => $"{line} voz Octavia")];
        });
        await using var translator = await OpenAsync(server);
        GlossaryTerm[] terms = [new("voice", "voz"), new("Octavia", null)];
        var translated = await translator.TranslateAsync(
            [Line("A voice.", Tone.Formal, terms[0]), Line("Octavia has a voice.", Tone.Formal, terms[1], terms[0]), Line("Yes.", Tone.Formal)], [], Cancel);
        await translator.TranslateAsync([Line("No.", Tone.Neutral)], [], Cancel);

        Assert.All(translated, line => Assert.Null(line.Problem));
        Assert.Equal(["voice=voz", "Octavia=Octavia"], seen[0]["glossary"]!.AsArray().Select(term => $"{term!["term"]}={term["write"]}"));
        Assert.Equal("formal (usted)", (string?)seen[0]["tone"]);
        Assert.Equal((null, null), (seen[1]["glossary"], seen[1]["tone"]));
        Assert.Equal(2, seen.Count);
    }

    [Fact]
    public async Task Asks_once_more_alone_for_a_line_without_its_term_and_flags_it_then()
    {
        var asked = new List<string>();
        await using var server = await StartAsync((_, lines) =>
        {
            asked.Add(string.Join('|', lines));
            return [.. lines.Select(line => line == "A voice." && lines.Count == 1 ? "Una voz." : "Un sonido.")];
        });
        await using var translator = await OpenAsync(server);
        GlossaryTerm term = new("voice", "voz");
        var translated = await translator.TranslateAsync(
            [Line("A voice.", Tone.Neutral, term), Line("My voice.", Tone.Neutral, term), Line("A sound.", Tone.Neutral)], [], Cancel);

        Assert.Equal(["A voice.|My voice.|A sound.", "A voice.", "My voice."], asked);
        Assert.Equal(new TranslatedLine("Una voz."), translated[0]);
        Assert.Equal(new TranslatedLine("Un sonido.", "The glossary's \"voz\" is missing."), translated[1]);
        Assert.Equal(new TranslatedLine("Un sonido."), translated[2]);
    }

    [Fact]
    public async Task A_shorter_wording_without_the_term_is_none()
    {
        await using var server = await StartAsync((_, lines) => [.. lines.Select(_ => "Sonido.")]);
        await using var translator = await OpenAsync(server);
        var line = Line("A voice.", Tone.Neutral, new GlossaryTerm("voice", "voz"));
        Assert.Null(await ((IShortener)translator).ShortenAsync(line, new Overrun("Una voz que se oye.", 1), Cancel));
        Assert.Equal("Sonido.", await ((IShortener)translator).ShortenAsync(line with { Terms = [] }, new Overrun("Una voz que se oye.", 1), Cancel));
    }

    static TranslationLine Line(string text, Tone tone, params GlossaryTerm[] terms) => new(text) { Terms = terms, Tone = tone };

    static Task<HttpStandIn> StartAsync(Func<JsonNode, List<string>, string[]> answer) => HttpStandIn.StartAsync(async context =>
    {
        var message = JsonNode.Parse(ChatProtocol.OpenAI.MessageOf((await JsonNode.ParseAsync(context.Request.Body))!))!;
        var texts = answer(message, [.. message["lines"]!.AsArray().Select(line => (string)line!["text"]!)]);
        var lines = new JsonArray([.. texts.Select((text, i) => new JsonObject { ["n"] = i + 1, ["text"] = text })]);
        context.Response.ContentType = "application/json";
        await Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(
            context.Response, ChatProtocol.OpenAI.Answer(new JsonObject { ["lines"] = lines }.ToJsonString()));
    });

    static Task<ITranslator> OpenAsync(HttpStandIn server)
    {
        var options = new EngineOptions();
        ChatProtocol.OpenAI.Configure(options, server.Address);
        return new EngineCatalog(options, new ModelStore(options.Models)).OpenTranslatorAsync("en", "es", "openai", Cancel);
    }
}
