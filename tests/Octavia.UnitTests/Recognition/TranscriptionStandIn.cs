using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using Octavia.Dubbing;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Recognition;
using Xunit;

namespace Octavia.UnitTests.Recognition;

/// <summary>What was asked of a transcription service.</summary>
public sealed record TranscriptionQuestion(string Model, string Format, string? Language, string Granularities, double Seconds);

/// <summary>
/// A local server that speaks OpenAI's transcription protocol (platform.openai.com/docs/api-reference/audio/createTranscription) and understands what it is sent:
/// with the Whisper of this repository.
/// </summary>
sealed class TranscriptionStandIn : IAsyncDisposable
{
    readonly WhisperSpeechToTextClient whisper;
    HttpStandIn server = null!;

    TranscriptionStandIn(WhisperSpeechToTextClient whisper) => this.whisper = whisper;

    public ConcurrentQueue<TranscriptionQuestion> Asked { get; } = new();

    /// <summary>Answers in place of the server, where it returns true.</summary>
    public Func<TranscriptionQuestion, HttpContext, Task<bool>>? Disturb { get; set; }

    public static async Task<TranscriptionStandIn> StartAsync(WhisperSpeechToTextClient whisper)
    {
        var standIn = new TranscriptionStandIn(whisper);
        standIn.server = await HttpStandIn.StartAsync(standIn.AnswerAsync);
        return standIn;
    }

    public void Configure(EngineOptions options, string model) =>
        options.OpenAI = new OpenAIOptions { Endpoint = new Uri(server.Address, "v1"), ApiKey = "secret", RecognitionModel = model };

    public ValueTask DisposeAsync() => server.DisposeAsync();

    /// <summary>An error as the service tells it.</summary>
    public static async Task<bool> RefuseAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        await WriteAsync(context, """{"error":{"message":"no","type":"invalid_request_error","param":null,"code":"error"}}""");
        return true;
    }

    public static async Task<bool> WriteAsync(HttpContext context, string body, string type = "application/json")
    {
        context.Response.ContentType = type;
        await context.Response.WriteAsync(body);
        return true;
    }

    async Task AnswerAsync(HttpContext context)
    {
        Assert.Equal(("POST", "/v1/audio/transcriptions", "Bearer secret"), (context.Request.Method, context.Request.Path.Value, context.Request.Headers.Authorization.ToString()));
        var form = await context.Request.ReadFormAsync();
        var file = Assert.Single(form.Files.GetFiles("file"));
        Assert.EndsWith(".wav", file.FileName, StringComparison.Ordinal);
        Assert.InRange(file.Length, 100, 1_000_000);
        using var sound = new MemoryStream();
        await file.CopyToAsync(sound);
        var (samples, rate) = Wav.Read(sound.ToArray());
        Assert.Equal(Recognizer.Rate, rate);
        var question = new TranscriptionQuestion(
            form["model"]!, form["response_format"]!, form["language"].FirstOrDefault(), string.Join(',', form["timestamp_granularities[]"].Order()), (double)samples.Length / rate);
        Asked.Enqueue(question);
        if (Disturb is not null && await Disturb(question, context)) return;
        sound.Position = 0;
        var updates = await whisper.GetStreamingTextAsync(sound).Where(update => update.Text.Length > 0).ToListAsync();
        await WriteAsync(context, question.Format == "verbose_json" ? Verbose(updates, question.Seconds) : JsonSerializer.Serialize(new { text = Recognizer.TextOf(updates) }));
    }

    // Words come without their marks.
    static string Verbose(List<SpeechToTextResponseUpdate> updates, double seconds) => JsonSerializer.Serialize(new
    {
        task = "transcribe",
        language = "english",
        duration = seconds,
        text = Recognizer.TextOf(updates),
        words = updates.SelectMany(update => update.GetWords()).Select(word => new { word = word.Text.Trim().Trim('.', ',', '!', '?', ';'), start = word.Start, end = word.End }),
        segments = updates.Select((update, i) => new
        {
            id = i,
            seek = 0,
            start = update.StartTime!.Value.TotalSeconds,
            end = update.EndTime!.Value.TotalSeconds,
            text = update.Text,
            tokens = new[] { 50364 },
            temperature = 0.0,
            avg_logprob = -0.25,
            compression_ratio = 1.3,
            no_speech_prob = 0.01,
        }),
    });
}
