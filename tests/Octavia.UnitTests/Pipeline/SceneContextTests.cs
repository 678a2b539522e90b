using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Octavia.Dubbing;
using Octavia.Dubbing.Translation;
using Octavia.UnitTests.Translation;
using Xunit;

namespace Octavia.UnitTests.Pipeline;

/// <summary>What a chat model is told of the scene around the lines that it translates, in a whole run.</summary>
public class SceneContextTests(DubberFixture fixture) : IClassFixture<DubberFixture>
{
    [Fact]
    public async Task Small_numbered_groups_come_with_the_lines_before_them_and_with_their_terms()
    {
        var requests = new List<JsonNode>();
        await using var server = await HttpStandIn.StartAsync(async context =>
        {
            var request = (await JsonNode.ParseAsync(context.Request.Body))!;
            var message = JsonNode.Parse(ChatProtocol.OpenAI.MessageOf(request))!;
            Assert.True(ChatProtocol.OpenAI.HasSchema(request));
            requests.Add(message);
            var lines = new JsonArray([.. message["lines"]!.AsArray().Select(line => new JsonObject { ["n"] = (int)line!["n"]!, ["text"] = $"es: {line["text"]}" })]);
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(ChatProtocol.OpenAI.Answer(new JsonObject { ["lines"] = lines }.ToJsonString()));
        });
        var options = new EngineOptions();
        ChatProtocol.OpenAI.Configure(options, server.Address);
        await using var dubber = new Dubber(options);
        var texts = Enumerable.Range(1, 40).Select(i => $"This is line {i}.").ToArray();
        var request = await fixture.RequestAsync("note.txt", string.Join('\n', texts), DubbingTask.Translate) with
        {
            Translation = "openai",
            Glossary = new Glossary([new("line 20", null)]),
        };
        var result = await dubber.RunAsync(request, null, default);

        Assert.Equal(texts.Select(text => $"es: {text}"), await File.ReadAllLinesAsync(result.Main.Path));
        var seen = 0;
        foreach (var message in requests)
        {
            var lines = message["lines"]!.AsArray();
            Assert.InRange(lines.Count, 1, 12);
            Assert.Equal(Enumerable.Range(1, lines.Count), lines.Select(line => (int)line!["n"]!));
            Assert.Equal(texts.Skip(seen).Take(lines.Count), lines.Select(line => (string)line!["text"]!));
            // Read only: they have no number and are not asked for again.
            var context = message["context"]!.AsArray();
            Assert.All(context, line => Assert.Null(line!["n"]));
            Assert.Equal(texts.Take(seen).TakeLast(context.Count), context.Select(line => (string)line!["text"]!));
            Assert.InRange(context.Count, Math.Min(seen, 4), 6);
            seen += lines.Count;
            Assert.Equal(lines.Any(line => (string)line!["text"]! == texts[19]), message["glossary"] is not null);
        }
        Assert.Equal(texts.Length, seen);
    }
}
