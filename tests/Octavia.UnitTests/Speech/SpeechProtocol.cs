using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using Octavia.Dubbing;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Mixing;
using Octavia.Dubbing.Speech;
using Xunit;

namespace Octavia.UnitTests.Speech;

/// <summary>What a voice service was asked.</summary>
public sealed record SpeechQuestion(string Text, string Voice, string Model, string? Key, string? Language);

/// <summary>How a voice service is spoken to, as its public documentation has it.</summary>
public abstract class SpeechProtocol
{
    public const string Key = "secret";
    public static readonly SpeechProtocol OpenAI = new OpenAIProtocol();
    public static readonly SpeechProtocol ElevenLabs = new ElevenLabsProtocol();

    public abstract string Engine { get; }

    public virtual string Model => "test-model";

    /// <summary>A voice of the service that speaks Spanish, and its sex.</summary>
    public abstract Voice AVoice { get; }

    public abstract void Configure(EngineOptions options, Uri address);

    /// <summary>A body that goes with an error status.</summary>
    public abstract string Refusal { get; }

    /// <summary>The question of a request to speak, its form checked; null for a request of another kind, which is answered.</summary>
    protected abstract Task<SpeechQuestion?> ReadAsync(HttpContext context);

    /// <summary>The answer with a sound, 24 kHz mono.</summary>
    protected abstract Task AnswerAsync(HttpContext context, short[] sound);

    /// <summary>A server that speaks with espeak-ng.</summary>
    /// <param name="disturb">Answers in its place, where it returns true.</param>
    /// <param name="asked">Filled with the questions.</param>
    public Task<HttpStandIn> StartAsync(Func<SpeechQuestion, HttpContext, Task<bool>>? disturb = null, ConcurrentQueue<SpeechQuestion>? asked = null) =>
        HttpStandIn.StartAsync(context => HandleAsync(context, disturb, asked));

    /// <summary>One request of such a server.</summary>
    public async Task HandleAsync(HttpContext context, Func<SpeechQuestion, HttpContext, Task<bool>>? disturb = null, ConcurrentQueue<SpeechQuestion>? asked = null)
    {
        if (await ReadAsync(context) is not { } question) return;
        asked?.Enqueue(question);
        if (disturb is not null && await disturb(question, context)) return;
        await AnswerAsync(context, await SpeakAsync(question.Text));
    }

    /// <summary>An error as the service tells it.</summary>
    public async Task<bool> RefuseAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(Refusal);
        return true;
    }

    /// <summary>A sound without a sample.</summary>
    public async Task<bool> KeepSilentAsync(HttpContext context)
    {
        await AnswerAsync(context, []);
        return true;
    }

    static async Task<short[]> SpeakAsync(string text)
    {
        using var espeak = await EspeakTextToSpeechClient.OpenAsync();
        var response = await espeak.GetAudioAsync(text, new() { Language = "es" });
        var (samples, rate) = Wav.Read(((DataContent)response.Contents.Single()).Data.Span);
        return [.. Resampler.Resample(samples, rate, 24_000).Select(sample => (short)Math.Clamp(sample * 32767, -32768, 32767))];
    }

    static byte[] Pcm(short[] sound)
    {
        var bytes = new byte[2 * sound.Length];
        for (var i = 0; i < sound.Length; i++) BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(2 * i), sound[i]);
        return bytes;
    }

    // platform.openai.com/docs/api-reference/audio/createSpeech
    sealed class OpenAIProtocol : SpeechProtocol
    {
        public override string Engine => "openai";

        public override Voice AVoice => new("coral", "es", Gender.Female, null, "es");

        public override string Refusal => """{"error":{"message":"no","type":"invalid_request_error","param":null,"code":"error"}}""";

        public override void Configure(EngineOptions options, Uri address) =>
            options.OpenAI = new OpenAIOptions { Endpoint = new Uri(address, "v1"), ApiKey = Key, SpeechModel = Model };

        protected override async Task<SpeechQuestion?> ReadAsync(HttpContext context)
        {
            Assert.Equal(("POST", "/v1/audio/speech"), (context.Request.Method, context.Request.Path.Value));
            var body = (await JsonNode.ParseAsync(context.Request.Body))!;
            Assert.Equal("wav", (string?)body["response_format"]);
            return new SpeechQuestion(
                (string)body["input"]!, (string)body["voice"]!, (string)body["model"]!, context.Request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal), null);
        }

        // The service writes the header before it knows the length.
        protected override async Task AnswerAsync(HttpContext context, short[] sound)
        {
            var header = new byte[44];
            "RIFF"u8.CopyTo(header);
            header.AsSpan(4, 4).Fill(0xFF);
            "WAVEfmt "u8.CopyTo(header.AsSpan(8));
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), 16);
            BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(20), 1);
            BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(22), 1);
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(24), 24_000);
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(28), 48_000);
            BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(32), 2);
            BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(34), 16);
            "data"u8.CopyTo(header.AsSpan(36));
            header.AsSpan(40, 4).Fill(0xFF);
            context.Response.ContentType = "audio/wav";
            await context.Response.BodyWriter.WriteAsync(header.Concat(Pcm(sound)).ToArray());
        }
    }

    // elevenlabs.io/docs/api-reference/text-to-speech/convert and /voices/search
    sealed class ElevenLabsProtocol : SpeechProtocol
    {
        public override string Engine => "elevenlabs";

        // The name decides on the languages.
        public override string Model => "eleven_multilingual_v2";

        public override Voice AVoice => new("vWoman", "es", Gender.Female, null, "es-es");

        public override string Refusal => """{"detail":{"status":"error","message":"no"}}""";

        public override void Configure(EngineOptions options, Uri address) =>
            options.ElevenLabs = new ElevenLabsOptions { Endpoint = address, ApiKey = Key, Model = Model };

        protected override async Task<SpeechQuestion?> ReadAsync(HttpContext context)
        {
            var key = context.Request.Headers["xi-api-key"].FirstOrDefault();
            var path = context.Request.Path.Value!;
            if (path == "/v2/voices")
            {
                if (key == Key) await context.Response.WriteAsync(Page((string?)context.Request.Query["next_page_token"]));
                else await RefuseAsync(context, 401);
                return null;
            }
            Assert.StartsWith("/v1/text-to-speech/", path, StringComparison.Ordinal);
            Assert.Equal(("POST", "pcm_24000"), (context.Request.Method, (string?)context.Request.Query["output_format"]));
            var body = (await JsonNode.ParseAsync(context.Request.Body))!;
            return new SpeechQuestion((string)body["text"]!, path.Split('/')[^1], (string)body["model_id"]!, key, (string?)body["language_code"]);
        }

        protected override async Task AnswerAsync(HttpContext context, short[] sound)
        {
            context.Response.ContentType = "audio/pcm";
            await context.Response.BodyWriter.WriteAsync(Pcm(sound));
        }

        // Two pages, with voices of every kind: labels may be missing, and so may all that is not the id.
        static string Page(string? token) => JsonSerializer.Serialize(token is null
            ? new
            {
                voices = new object[]
                {
                    new { voice_id = "vClone", name = "The owner", category = "cloned", labels = new { gender = "female" } },
                    new { voice_id = "vNobody", name = "Nobody", category = "generated", labels = (object?)null },
                    new { voice_id = "vOld", name = "Old", category = "premade", labels = new { gender = "male", age = "old", accent = "british", language = "es" } },
                },
                has_more = true,
                next_page_token = (string?)"second page",
            }
            : new
            {
                voices = new object[]
                {
                    new { voice_id = "vMan", name = "Man", category = "premade", labels = new { gender = "male", age = "young", accent = "british", language = "en" } },
                    new
                    {
                        voice_id = "vWoman", name = "Woman", category = "professional", labels = new { gender = "female", age = "middle_aged", accent = "american", language = "en" },
                        verified_languages = new[] { new { language = "es", locale = "es-ES", model_id = "eleven_multilingual_v2", accent = "peninsular" } },
                    },
                },
                has_more = false,
                next_page_token = (string?)null,
            });
    }
}
