using Octavia.Dubbing;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Scripts;
using Octavia.UnitTests.Media;
using Octavia.UnitTests.Speech;
using Xunit;

namespace Octavia.UnitTests.Pipeline;

/// <summary>What becomes of a run when services fail at some of its lines, or at all: a chat server and a voice server that are told to.</summary>
public class SpeechFailureTests(DubberFixture fixture, TestMedia media) : IClassFixture<DubberFixture>
{
    static readonly SpeechProtocol Voices = SpeechProtocol.ElevenLabs;

    // By what each line of the reading has alone. One is not translated, one breaks the voice server, one comes back without sound.
    static readonly (string Has, string? Becomes)[] Lines =
    [
        ("Dashwood", "El señor tenía tiempo para pensar."), ("young man", null), ("selfish", "Salvo que ser frío sea malo."), ("respectable", "Habría sido más respetable."),
        ("himself", "Pudo haber sido amable."),
    ];

    [Theory]
    [InlineData("auto")]
    [InlineData("by name")]
    public async Task A_dub_with_three_broken_lines_is_completed_with_those_lines_flagged(string choice)
    {
        await using var chat = await ChatStandIn.StartAsync(line => Lines.FirstOrDefault(known => ((string)line["text"]!).Contains(known.Has, StringComparison.OrdinalIgnoreCase)).Becomes);
        await using var voices = await Voices.StartAsync(async (question, context) => question.Text switch
        {
            _ when question.Text.Contains("frío", StringComparison.Ordinal) => await Voices.RefuseAsync(context, 500),
            _ when question.Text.Contains("respetable", StringComparison.Ordinal) => await Voices.KeepSilentAsync(context),
            _ => false,
        });
        await using var dubber = Dubber(voices, new Uri(chat.Address, "v1"));
        var (translation, speech) = choice == "auto" ? ("auto", "auto") : ("openai", "elevenlabs");
        var result = await dubber.RunAsync(fixture.Request(await ReadingAsync()) with { Translation = translation, Speech = speech }, null, default);

        Assert.True(result.Report.Picture!.Untouched);
        var script = await ScriptOf(result);
        var found = Lines.Select(known => script.Utterances.Single(line => line.Text.Contains(known.Has, StringComparison.OrdinalIgnoreCase))).ToArray();
        Assert.Equal([0, 1, 1, 1, 0], found.Select(line => line.Flags.Count));
        Assert.Equal(3, result.Only().Lines.Flagged);
        Assert.All([found[0], found[4]], line => Assert.NotNull(line.Take));
        Assert.Equal(Lines[0].Becomes, found[0].Translation!.Text);
        if (choice == "auto")
        {
            Assert.All(found, line => Assert.NotNull(line.Placement));
            Assert.Contains("translated by apertium", found[1].Flags[0], StringComparison.OrdinalIgnoreCase);
            Assert.Contains("joven", found[1].Translation!.Text, StringComparison.Ordinal);
            Assert.Equal("speech: The speech server answered 500. It was spoken by kokoro instead.", found[2].Flags[0]);
            Assert.Contains("no sound for this line. It was spoken by kokoro instead.", found[3].Flags[0], StringComparison.Ordinal);
            Assert.Equal([null, "apertium", null, null, null], found.Select(line => line.Translation!.By));
            Assert.Equal([null, null, "kokoro", "kokoro", null], found.Select(line => line.Take!.By));
        }
        else
        {
            Assert.Equal([true, false, false, false, true], found.Select(line => line.Placement is not null));
            Assert.StartsWith("untranslated: ", found[1].Flags[0], StringComparison.Ordinal);
            Assert.Equal("unspoken: The speech server answered 500.", found[2].Flags[0]);
            Assert.StartsWith("unspoken: ", found[3].Flags[0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_key_that_is_refused_ends_a_run_that_asked_for_the_engine_with_one_sentence()
    {
        await using var voices = await HttpStandIn.StartAsync(context => Voices.RefuseAsync(context, 401));
        await using var dubber = Dubber(voices);
        var e = await Assert.ThrowsAsync<DubbingException>(() => dubber.RunAsync(fixture.Request(media.Clip) with { Speech = "elevenlabs" }, null, default));
        Assert.Equal(("speech.unauthorized", FailureKind.MissingTool), (e.Failure.Code, e.Failure.Kind));
        Assert.Contains("Octavia__ElevenLabs__ApiKey", e.Failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(SpeechProtocol.Key, e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_refused_costs_no_job_while_another_engine_can_speak()
    {
        await using var voices = await HttpStandIn.StartAsync(context => Voices.RefuseAsync(context, 401));
        await using var dubber = Dubber(voices);
        var result = await dubber.RunAsync(fixture.Request(media.Clip), null, default);
        Assert.Equal((2, 0), (result.Only().Lines.Placed, result.Only().Lines.Flagged));
        Assert.StartsWith("kokoro", result.Only().Engines["speech"], StringComparison.Ordinal);
        // Of which the service, whose price nobody knows, did nothing.
        Assert.Equal((null, 0), (result.Report.Quote!.Quoted.Usd, result.Report.Quote.Usd));
        Assert.Contains(result.Report.Notes, note => note.Contains("refused the key", StringComparison.Ordinal) && note.EndsWith("kokoro spoke instead.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_named_voice_of_a_service_that_refuses_the_key_is_told_with_the_key()
    {
        await using var voices = await HttpStandIn.StartAsync(context => Voices.RefuseAsync(context, 401));
        await using var dubber = Dubber(voices);
        var failure = (await Assert.ThrowsAsync<DubbingException>(() => dubber.RunAsync(fixture.Request(media.Clip) with { Voice = "v1" }, null, default))).Failure;
        Assert.Equal("speech.voice", failure.Code);
        Assert.Contains("check Octavia__ElevenLabs__ApiKey", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("kokoro, which speaks instead, does not have that voice: name one of its own, or none.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_another_engine_spoke_is_asked_for_again_by_the_next_run()
    {
        var broken = true;
        await using var voices = await Voices.StartAsync(async (_, context) => broken && await Voices.RefuseAsync(context, 400));
        await using var dubber = Dubber(voices);
        var request = await fixture.RequestAsync("note.txt", "Buenos días.", DubbingTask.Synthesize);
        var result = await dubber.RunAsync(request, null, default);
        Assert.EndsWith("It was spoken by kokoro instead.", Assert.Single(result.Only().Lines.Flags), StringComparison.Ordinal);

        broken = false;
        result = await dubber.RunAsync(request, null, default);
        Assert.Equal((1, 0, 0), (result.Only().Lines.Placed, result.Only().Lines.Flagged, result.Only().Lines.Reused));
        result = await dubber.RunAsync(request, null, default);
        Assert.Equal((1, 0, 1), (result.Only().Lines.Placed, result.Only().Lines.Flagged, result.Only().Lines.Reused));
    }

    [Theory]
    [InlineData("auto", null)]
    [InlineData("openai", "recognition.unauthorized")]
    public async Task A_recording_that_a_service_does_not_take_is_recognised_here_unless_the_service_was_named(string recognition, string? code)
    {
        await using var server = await HttpStandIn.StartAsync(context => SpeechProtocol.OpenAI.RefuseAsync(context, 401));
        var options = new EngineOptions { Models = new ModelStoreOptions { Offline = true } };
        options.OpenAI = new OpenAIOptions { Endpoint = new Uri(server.Address, "v1"), ApiKey = SpeechProtocol.Key, RecognitionModel = "whisper-1" };
        await using var dubber = new Dubber(options);
        var request = fixture.Request(media.Clip, DubbingTask.Transcribe) with { Recognition = recognition };
        if (code is not null)
        {
            var failure = (await Assert.ThrowsAsync<DubbingException>(() => dubber.RunAsync(request, null, default))).Failure;
            Assert.Equal((code, FailureKind.MissingTool), (failure.Code, failure.Kind));
            return;
        }
        var result = await dubber.RunAsync(request, null, default);
        Assert.Equal(2, result.Only().Lines.Total);
        Assert.Contains(
            result.Report.Notes,
            note => note.Contains("refused the key", StringComparison.Ordinal) && note.EndsWith("Whisper on this machine recognised parts of it instead.", StringComparison.Ordinal));
        Assert.Single(server.Requests);
    }

    static Dubber Dubber(HttpStandIn voices, Uri? chat = null)
    {
        var options = new EngineOptions { Models = new ModelStoreOptions { Offline = true } };
        options.Cloud.FirstPause = TimeSpan.FromMilliseconds(10);
        Voices.Configure(options, voices.Address);
        if (chat is not null) (options.OpenAI.Endpoint, options.OpenAI.ApiKey) = (chat, "secret");
        return new Dubber(options);
    }

    static async Task<Script> ScriptOf(DubbingResult result) => System.Text.Json.JsonSerializer.Deserialize(
        await File.ReadAllBytesAsync(result.Artifacts.Single(artifact => artifact.Kind == "script").Path), ScriptJson.Readable.Script)!;

    // The five sentences of the reading, with pauses.
    async Task<string> ReadingAsync()
    {
        var path = media.At($"reading-{Guid.NewGuid():N}.mp4");
        string[] clips = ["0870", "0880", "0890", "0920", "0930"];
        await TestMedia.MakeAsync(
        [
            .. clips.SelectMany(clip => (string[])["-i", TestFiles.At($"tests/media/librivox/{clip}.wav")]), "-f", "lavfi", "-i", "testsrc=size=192x108:rate=25:duration=40",
            "-filter_complex", $"{string.Concat(clips.Select((_, i) => $"[{i}]apad=pad_dur=2[p{i}];"))}{string.Concat(clips.Select((_, i) => $"[p{i}]"))}concat=n=5:v=0:a=1[s]",
            "-map", "5:v", "-map", "[s]", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest", path,
        ]);
        return path;
    }
}
