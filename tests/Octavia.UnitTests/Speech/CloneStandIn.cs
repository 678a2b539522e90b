using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Octavia.Dubbing.Media;
using Xunit;

namespace Octavia.UnitTests.Speech;

/// <summary>ElevenLabs with its voice cloning, as documented at elevenlabs.io/docs/api-reference (voices/ivc/create, voices/delete, voices/search).</summary>
public sealed class CloneStandIn : IAsyncDisposable
{
    static readonly SpeechProtocol Protocol = SpeechProtocol.ElevenLabs;
    HttpStandIn server = null!;

    /// <summary>Clones that are there, name by id.</summary>
    public ConcurrentDictionary<string, string> Clones { get; } = new();

    /// <summary>Samples that came.</summary>
    public ConcurrentQueue<(float[] Samples, int Rate)> Samples { get; } = new();

    /// <summary>What was to be spoken.</summary>
    public ConcurrentQueue<SpeechQuestion> Asked { get; } = new();

    /// <summary>Answers a question in place of the server, where it returns true.</summary>
    public Func<SpeechQuestion, HttpContext, Task<bool>>? DisturbSpeech { get; set; }

    /// <summary>Status with which cloning is answered; the voice is made all the same from 500.</summary>
    public int CloneStatus { get; set; } = 200;

    /// <summary>Status with which deletion is answered.</summary>
    public int DeleteStatus { get; set; } = 200;

    public Uri Address => server.Address;

    public static async Task<CloneStandIn> StartAsync()
    {
        var standIn = new CloneStandIn();
        standIn.server = await HttpStandIn.StartAsync(standIn.AnswerAsync);
        return standIn;
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        Assert.Equal(SpeechProtocol.Key, context.Request.Headers["xi-api-key"]);
        if (path == "/v1/voices/add") await AddAsync(context);
        else if (context.Request.Method == "DELETE") await DeleteAsync(context, path["/v1/voices/".Length..]);
        else if (path == "/v2/voices" && context.Request.Query["search"].FirstOrDefault() is { } search) await SearchAsync(context, search);
        else await Protocol.HandleAsync(context, DisturbSpeech, Asked);
    }

    async Task AddAsync(HttpContext context)
    {
        Assert.Equal("POST", context.Request.Method);
        var form = await context.Request.ReadFormAsync();
        await using var sample = Assert.Single(form.Files.GetFiles("files")).OpenReadStream();
        Samples.Enqueue(Wav.Read(sample));
        var id = $"clone{Samples.Count}";
        if (CloneStatus is 200 or >= 500) Clones[id] = form["name"]!;
        if (CloneStatus == 200) await context.Response.WriteAsync(JsonSerializer.Serialize(new { voice_id = id, requires_verification = false }));
        else await Protocol.RefuseAsync(context, CloneStatus);
    }

    async Task DeleteAsync(HttpContext context, string id)
    {
        if (DeleteStatus != 200 || !Clones.TryRemove(id, out _)) await Protocol.RefuseAsync(context, DeleteStatus != 200 ? DeleteStatus : 404);
        else await context.Response.WriteAsync("""{"status":"ok"}""");
    }

    Task SearchAsync(HttpContext context, string search) => context.Response.WriteAsync(JsonSerializer.Serialize(new
    {
        voices = Clones.Where(clone => clone.Value.Contains(search, StringComparison.Ordinal)).Select(clone => new { voice_id = clone.Key, name = clone.Value, category = "cloned" }),
        has_more = false,
    }));
}
