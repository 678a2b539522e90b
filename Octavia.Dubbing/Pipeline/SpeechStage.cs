using System.Threading.Channels;
using Microsoft.Extensions.AI;
using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Mixing;
using Octavia.Dubbing.Reporting;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Speakers;
using Octavia.Dubbing.Speech;
using Octavia.Dubbing.Translation;

namespace Octavia.Dubbing.Pipeline;

/// <summary>Casts, speaks, fits and places each line. A line that fails is flagged and keeps its original voice.</summary>
sealed class SpeechStage(
    DubbingRequest request, EnginePool engines, ScriptStore store, RunProgress progress, HeardLines heard, SpeakingRates rates, VoiceClones? clones = null)
{
    const double QuietestGainDb = -20;
    const double LoudestGainDb = 12;
    // The largest step between two lines of one speaker that a listener takes for the same distance (field: 1.5 times).
    const double GainStepDb = 3.5;
    // Seconds that are listened on before a voice is matched: a greeting is not said at the pitch of what follows it.
    const double Acquaintance = 30;
    const string NotCloned = "voice: ";
    readonly Timeline _timeline = new(store.Script.DurationSeconds);
    readonly Dictionary<string, double> _gains = [];
    readonly SpeakerFigures _figures = new();
    readonly Dictionary<string, Voice> _own = [];
    readonly HashSet<string> _uncloned = [];

    /// <summary>Voice per speaker.</summary>
    public IReadOnlyDictionary<string, Voice> Cast { get; private set; } = new Dictionary<string, Voice>();

    /// <summary>Voices against the original speakers.</summary>
    public IReadOnlyList<SpeakerReport> Speakers => _figures.Of(store.Script.Utterances, heard.Speakers);

    /// <summary>What spoke; null before the first line.</summary>
    public string? Engine { get; private set; }

    /// <summary>Why not the best engine spoke; null when it did.</summary>
    public string? Problem { get; private set; }

    /// <summary>Takes used again.</summary>
    public int Reused { get; private set; }

    /// <summary>Runs until the input ends.</summary>
    public async Task RunAsync(ChannelReader<Utterance> input, ChannelWriter<MixLine> output, CancellationToken cancellationToken)
    {
        var language = store.Script.TargetLanguage;
        var speech = await engines.SpeechAsync(language, request, cancellationToken);
        Problem = (speech as FallbackTextToSpeechClient)?.Problem;
        // The original's language, and with it the translator, is not known before the first line.
        var translator = await input.WaitToReadAsync(cancellationToken) ? await engines.TranslatorAsync(store.Script.SourceLanguage, language, request, cancellationToken) : null;
        await RunAsync(speech, translator as IShortener, input, output, cancellationToken);
    }

    /// <summary>Runs until the input ends, with engines that are open.</summary>
    internal async Task RunAsync(
        ITextToSpeechClient speech, IShortener? shortener, ChannelReader<Utterance> input, ChannelWriter<MixLine> output, CancellationToken cancellationToken)
    {
        await store.UpdateAsync(script =>
        {
            // Cast for another wish than this run's.
            if (script.MatchesVoices != request.MatchVoices) script.Cast.Clear();
            script.MatchesVoices = request.MatchVoices;
        }, null, cancellationToken);
        if (clones is not null) await clones.TidyAsync(speech, cancellationToken);
        var pacing = new Pacing(new SpeakingRates(store.Script.SourceLanguage), rates, request.MatchVoices);
        var cast = new VoiceCast(store.Script.TargetLanguage, request, speech, store.Script.Cast);
        var speaker = new LineSpeaker(speech, _timeline, store, request, shortener);
        Engine = speaker.Engine;
        var done = 0;
        while (await ReadAsync(input, cast, speech, cancellationToken) is { Count: > 0 } ready)
        {
            await progress.TimeAsync(Phase.Synthesizing, () => speaker.SpeakAheadAsync(ready, cancellationToken));
            var planned = await progress.TimeAsync(Phase.Synthesizing, () => PlanAsync(speaker, ready, cancellationToken));
            for (var i = 0; i < ready.Count; i++)
            {
                var (line, text, voice) = ready[i];
                var phrase = Phrase.From(planned[i..]);
                var slot = _timeline.SlotOf(phrase, await NextAsync(phrase[^1].Line, cancellationToken));
                slot = slot with { Pace = pacing.Of(line, slot.Start) };
                var spoken = await progress.TimeAsync(Phase.Synthesizing, () => speaker.SpeakAsync(
                    line, text, voice, slot, sound => GainOf(line, sound), cancellationToken));
                pacing.Hear(line);
                if (line is { Take: { } take, Translation: { } said })
                    rates.Hear(line.Speaker ?? "", take.Voice, said.Text.Length, take.Seconds * take.Speed * take.Tempo);
                await output.WriteAsync(spoken, cancellationToken);
                (Cast, Reused) = (VoicesOf(cast), speaker.Reused);
                progress.Report(Phase.Synthesizing, 0.99 * line.End / store.Script.DurationSeconds, $"Spoke line {++done}");
            }
        }
        speaker.Complete();
        progress.Report(Phase.Synthesizing, 1, $"Spoke {done} lines");
    }

    /// <summary>The next line, and those that follow close upon it and so can be spoken in one breath; empty at the end.</summary>
    async Task<List<(Utterance Line, string? Text, Voice Voice)>> ReadAsync(
        ChannelReader<Utterance> input, VoiceCast cast, ITextToSpeechClient speech, CancellationToken cancellationToken)
    {
        var ready = new List<(Utterance, string?, Voice)>();
        while (ready.Count < LineSpeaker.MostAhead && await input.WaitToReadAsync(cancellationToken) && input.TryRead(out var line))
        {
            ready.Add((line, line.IsSung ? null : line.Translation?.Text, await VoiceOfAsync(line, cast, speech, cancellationToken)));
            // Its place cannot be told before this is known either. A line farther off may be known or not: it must not matter to a run that continues this one.
            if (await NextAsync(line, cancellationToken) is not { } next || next.Start >= HorizonOf(line)) break;
        }
        return ready;
    }

    async Task<List<Planned>> PlanAsync(LineSpeaker speaker, List<(Utterance Line, string? Text, Voice Voice)> ready, CancellationToken cancellationToken)
    {
        var planned = new List<Planned>();
        for (var i = 0; i < ready.Count; i++)
        {
            var (line, text, voice) = ready[i];
            var shares = (i > 0 && Phrase.Continues(ready[i - 1].Line, line)) || (i + 1 < ready.Count && Phrase.Continues(line, ready[i + 1].Line));
            var isSpoken = LineSpeaker.HasWords(text);
            var seconds = !shares || !isSpoken ? 0
                : await speaker.ExpectAsync(line, text!, voice, cancellationToken) ?? text!.Length / rates.Of(line.Speaker ?? "");
            planned.Add(new Planned(line, Math.Round(seconds, 2), isSpoken));
        }
        return planned;
    }

    static double HorizonOf(Utterance line) => line.End + Timeline.MostBorrowed + Timeline.Gap;

    // What somebody else says meanwhile does not bound a line.
    async Task<Utterance?> NextAsync(Utterance line, CancellationToken cancellationToken)
    {
        var next = line;
        do next = await heard.NextAsync(next, HorizonOf(line), cancellationToken);
        while (next is not null && Timeline.TalkAtOnce(line, next));
        return next;
    }

    Dictionary<string, Voice> VoicesOf(VoiceCast cast)
    {
        var voices = new Dictionary<string, Voice>(cast.Voices);
        foreach (var (speaker, voice) in _own) voices[speaker] = voice;
        return voices;
    }

    async Task<Voice> VoiceOfAsync(Utterance line, VoiceCast cast, ITextToSpeechClient speech, CancellationToken cancellationToken)
    {
        var speaker = line.Speaker ?? "";
        if (clones is not null && request.Voice is null && await OwnVoiceOfAsync(line, speech, cancellationToken) is { } own) return _own[speaker] = own;
        if (request.MatchVoices && !cast.Voices.ContainsKey(speaker)) await heard.UntilAsync(line.End + Acquaintance, cancellationToken);
        return cast.For(heard.Speakers.GetValueOrDefault(speaker) ?? new SpeakerProfile(speaker, null, 0));
    }

    // Who was not cloned is told once, at the first line.
    async Task<Voice?> OwnVoiceOfAsync(Utterance line, ITextToSpeechClient speech, CancellationToken cancellationToken)
    {
        var (own, problem) = await clones!.ForAsync(line, store.Script.TargetLanguage, speech, cancellationToken);
        var isFirst = problem is not null && _uncloned.Add(line.Speaker!);
        if (!isFirst && !line.Flags.Exists(flag => flag.StartsWith(NotCloned, StringComparison.Ordinal))) return own;
        await store.UpdateAsync(
            _ =>
            {
                line.Flags.RemoveAll(flag => flag.StartsWith(NotCloned, StringComparison.Ordinal));
                if (isFirst) line.Flags.Add(NotCloned + problem);
            },
            null,
            cancellationToken);
        return own;
    }

    double GainOf(Utterance line, SpokenTake spoken)
    {
        _figures.Hear(line.Speaker ?? "", spoken);
        if (line.Loudness is not { } wanted || LoudnessMeter.Measure(spoken.Samples, spoken.Rate) is not { } have) return 0;
        var gain = Math.Clamp(wanted - have, QuietestGainDb, LoudestGainDb);
        var speaker = line.Speaker ?? "";
        if (_gains.TryGetValue(speaker, out var before)) gain = Math.Clamp(gain, before - GainStepDb, before + GainStepDb);
        return _gains[speaker] = gain;
    }
}
