using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.AI;
using Octavia.Dubbing;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Mixing;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Pipeline;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Speech;
using Xunit;

namespace Octavia.UnitTests.Pipeline;

/// <summary>The stage that speaks, with espeak-ng and lines that it fails on.</summary>
public sealed class SpeechStageTests : IAsyncLifetime
{
    readonly string _folder = Directory.CreateTempSubdirectory("octavia-speech").FullName;
    EnginePool _engines = null!;
    ITextToSpeechClient _espeak = null!;

    public async ValueTask InitializeAsync()
    {
        var options = new EngineOptions();
        var models = new ModelStore(options.Models);
        _engines = new EnginePool(new EngineCatalog(options, models), models);
        _espeak = await EspeakTextToSpeechClient.OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _engines.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("speech.empty", FailureKind.Usage)]
    [InlineData("speech.silent", FailureKind.Engine)]
    public async Task A_line_that_fails_is_flagged_and_the_others_are_spoken(string code, FailureKind kind)
    {
        using var store = await OpenAsync();
        var mixed = await SpeakAsync(store, new Failing(_espeak, text => text.Contains("Zwei", StringComparison.Ordinal) ? Refusal(code, kind) : null));
        Assert.Equal([true, false, true], mixed.Select(line => line.Take is not null));
        Assert.StartsWith("unspoken: ", Assert.Single(store.Script.Utterances[1].Flags), StringComparison.Ordinal);
        Assert.All(store.Script.Utterances, line => Assert.Equal(line.Id != 2, line is { Take: not null, Placement: not null }));
    }

    [Fact]
    public async Task A_stage_in_which_every_line_fails_fails()
    {
        using var store = await OpenAsync();
        var e = await Assert.ThrowsAsync<DubbingException>(() => SpeakAsync(store, new Failing(_espeak, _ => Refusal("speech.silent", FailureKind.Engine))));
        Assert.Equal("speech.silent", e.Failure.Code);
    }

    [Theory]
    [InlineData("speech.voice", FailureKind.Usage)]
    [InlineData("tool.missing", FailureKind.MissingTool)]
    public async Task What_no_line_can_survive_ends_the_stage_at_once(string code, FailureKind kind)
    {
        using var store = await OpenAsync();
        var failing = new Failing(_espeak, _ => Refusal(code, kind));
        Assert.Equal(code, (await Assert.ThrowsAsync<DubbingException>(() => SpeakAsync(store, failing))).Failure.Code);
        Assert.Equal(1, failing.Calls);
    }

    [Fact]
    public async Task A_checkpoint_that_fails_is_no_bad_line()
    {
        var lost = new InvalidOperationException("lost");
        using var store = await OpenAsync((files, _) => files.Any(file => file.StartsWith("takes/", StringComparison.Ordinal)) ? throw lost : Task.CompletedTask);
        Assert.Same(lost, await Assert.ThrowsAsync<InvalidOperationException>(() => SpeakAsync(store, _espeak)));
        Assert.All(store.Script.Utterances, line => Assert.Empty(line.Flags));
    }

    [Fact]
    public async Task A_restarted_run_keeps_its_cast_and_drops_the_take_of_a_line_that_fails_now()
    {
        using (var store = await OpenAsync()) await SpeakAsync(store, _espeak);
        using var again = await OpenAsync();
        Assert.Equal(again.Script.Utterances[0].Take!.Voice, again.Script.Cast["S1"]);
        // Not the one that casting would choose.
        again.Script.Cast["S1"] = "de+f2";
        await SpeakAsync(again, new Failing(_espeak, text => text.Contains("Zwei", StringComparison.Ordinal) ? Refusal("speech.silent", FailureKind.Engine) : null));
        Assert.Equal(["de+f2", null, "de+f2"], again.Script.Utterances.Select(line => line.Take?.Voice));
        Assert.Null(again.Script.Utterances[1].Placement);
    }

    [Fact]
    public async Task What_somebody_else_says_meanwhile_does_not_let_a_line_run_into_the_next_of_its_speaker()
    {
        using var store = await OpenAsync();
        (string Speaker, double Start, double End)[] times = [("S1", 0, 3), ("S2", 1, 1.8), ("S1", 3.2, 6)];
        var lines = times.Select((time, i) => new Utterance
        {
            Id = i + 1,
            Start = time.Start,
            End = time.End,
            Text = "x",
            Speaker = time.Speaker,
            Translation = store.Script.Utterances[i].Translation,
        }).ToList();
        store.Script.Utterances.Clear();
        store.Script.Utterances.AddRange(lines);
        await SpeakAsync(store, _espeak);
        Assert.InRange(lines[0].Take!.SlotSeconds, 3, 3.2 - Timeline.Gap);
    }

    static DubbingException Refusal(string code, FailureKind kind) => new(new Failure(code, kind, "This line is refused; try another one."));

    async Task<ScriptStore> OpenAsync(Func<IReadOnlyList<string>, CancellationToken, Task>? checkpoint = null)
    {
        var store = await ScriptStore.OpenAsync(_folder, "abc", checkpoint, default);
        (store.Script.TargetLanguage, store.Script.DurationSeconds) = ("de", 12);
        if (store.Script.Utterances.Count > 0) return store;
        string[] texts = ["Guten Morgen.", "Zwei kleine Häuser.", "Auf Wiedersehen."];
        await store.UpdateAsync(
            script => script.Utterances.AddRange(texts.Select((text, i) => new Utterance
            {
                Id = i + 1,
                Start = 4 * i,
                End = 4 * i + 2,
                Text = "x",
                Speaker = "S1",
                Translation = new Translated(text, "h"),
            })),
            null, default);
        return store;
    }

    async Task<List<MixLine>> SpeakAsync(ScriptStore store, ITextToSpeechClient speech)
    {
        var request = new DubbingRequest { Input = "x", OutputFolder = _folder, WorkFolder = _folder };
        var (heard, lines) = HeardScript.Of(store.Script);
        var mixed = Channel.CreateUnbounded<MixLine>();
        await new SpeechStage(request, _engines, store, new RunProgress(null, null), heard, new SpeakingRates("de")).RunAsync(speech, null, lines, mixed.Writer, default);
        mixed.Writer.Complete();
        return await mixed.Reader.ReadAllAsync().ToListAsync();
    }

    /// <summary>Speaks all texts but those that are to fail.</summary>
    sealed class Failing(ITextToSpeechClient inner, Func<string, Exception?> failure) : ITextToSpeechClient
    {
        public int Calls { get; private set; }

        public Task<TextToSpeechResponse> GetAudioAsync(string text, TextToSpeechOptions? options = null, CancellationToken cancellationToken = default)
        {
            Calls++;
            return failure(text) is { } e ? Task.FromException<TextToSpeechResponse>(e) : inner.GetAudioAsync(text, options, cancellationToken);
        }

        public async IAsyncEnumerable<TextToSpeechResponseUpdate> GetStreamingAudioAsync(
            string text, TextToSpeechOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            foreach (var update in (await GetAudioAsync(text, options, cancellationToken)).ToTextToSpeechResponseUpdates()) yield return update;
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => inner.GetService(serviceType, serviceKey);

        public void Dispose()
        {
            // The inner client is the test's.
        }
    }
}
