using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Octavia.UnitTests;

/// <summary>A local server that speaks the chat completion protocol and translates by a function.</summary>
static class ChatStandIn
{
    /// <summary>Answers each line of the request, with its <c>n</c> and <c>text</c>, unless its translation is null.</summary>
    public static Task<HttpStandIn> StartAsync(Func<JsonNode, string?> translate) => HttpStandIn.StartAsync(async context =>
    {
        var request = (await JsonNode.ParseAsync(context.Request.Body))!;
        var lines = JsonNode.Parse((string)request["messages"]![1]!["content"]!)!["lines"]!.AsArray();
        var answers = lines.Select(line => new { n = (int)line!["n"]!, text = translate(line) }).Where(line => line.text is not null);
        var content = JsonSerializer.Serialize(new { lines = answers });
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(JsonSerializer.Serialize(new
        {
            id = "chatcmpl-1",
            @object = "chat.completion",
            created = 1,
            model = "test-model",
            choices = new[] { new { index = 0, message = new { role = "assistant", content }, finish_reason = "stop" } },
        }));
    });
}
