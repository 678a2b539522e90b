using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Octavia.Dubbing;

namespace Octavia.UnitTests.Translation;

/// <summary>How a chat service is spoken to, as its public documentation has it.</summary>
public abstract class ChatProtocol
{
    public static readonly ChatProtocol OpenAI = new OpenAIProtocol();
    public static readonly ChatProtocol Anthropic = new AnthropicProtocol();

    public abstract string Engine { get; }

    public abstract string Path { get; }

    /// <summary>A body that goes with an error status.</summary>
    public abstract string Refusal { get; }

    /// <summary>Whether the client library passes a temperature on.</summary>
    public virtual bool SendsTemperature => true;

    public abstract void Configure(EngineOptions options, Uri address);

    public abstract string? KeyOf(HttpContext context);

    public abstract string InstructionsOf(JsonNode request);

    /// <summary>What the user says.</summary>
    public abstract string MessageOf(JsonNode request);

    /// <summary>Whether the answer is to follow a JSON schema.</summary>
    public abstract bool HasSchema(JsonNode request);

    /// <summary>A body with an answer of the model.</summary>
    public abstract string Answer(string content);

    sealed class OpenAIProtocol : ChatProtocol
    {
        public override string Engine => "openai";

        public override string Path => "/v1/chat/completions";

        public override string Refusal => """{"error":{"message":"no","type":"error","code":"error"}}""";

        public override void Configure(EngineOptions options, Uri address) =>
            options.OpenAI = new OpenAIOptions { Endpoint = new Uri(address, "v1"), ApiKey = "secret", TranslationModel = "test-model" };

        public override string? KeyOf(HttpContext context) => context.Request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal);

        public override string InstructionsOf(JsonNode request) => (string)request["messages"]![0]!["content"]!;

        public override string MessageOf(JsonNode request) => (string)request["messages"]![1]!["content"]!;

        public override bool HasSchema(JsonNode request) => (string?)request["response_format"]?["type"] == "json_schema";

        public override string Answer(string content) => JsonSerializer.Serialize(new
        {
            id = "chatcmpl-1",
            @object = "chat.completion",
            created = 1,
            model = "test-model",
            choices = new[] { new { index = 0, message = new { role = "assistant", content }, finish_reason = "stop" } },
        });
    }

    sealed class AnthropicProtocol : ChatProtocol
    {
        public override string Engine => "anthropic";

        public override string Path => "/v1/messages";

        public override string Refusal => """{"type":"error","error":{"type":"error","message":"no"}}""";

        public override void Configure(EngineOptions options, Uri address) =>
            options.Anthropic = new AnthropicOptions { Endpoint = address, ApiKey = "secret", TranslationModel = "test-model" };

        public override bool SendsTemperature => false;

        // The service takes a key in either header.
        public override string? KeyOf(HttpContext context) => context.Request.Headers["anthropic-version"].Count != 1 ? null
            : context.Request.Headers["x-api-key"].FirstOrDefault() ?? OpenAI.KeyOf(context);

        public override string InstructionsOf(JsonNode request) => Text(request["system"]!);

        public override string MessageOf(JsonNode request) => Text(request["messages"]![0]!["content"]!);

        public override bool HasSchema(JsonNode request) => (string?)request["output_config"]?["format"]?["type"] == "json_schema";

        public override string Answer(string content) => JsonSerializer.Serialize(new
        {
            id = "msg_1",
            type = "message",
            role = "assistant",
            model = "test-model",
            content = new[] { new { type = "text", text = content } },
            stop_reason = "end_turn",
            stop_sequence = (string?)null,
            usage = new { input_tokens = 10, output_tokens = 10 },
        });

        // One text or a list of blocks: the protocol allows both.
        static string Text(JsonNode content) => content is JsonArray blocks ? string.Concat(blocks.Select(block => (string?)block!["text"])) : (string)content!;
    }
}
