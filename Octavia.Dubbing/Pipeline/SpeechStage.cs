using System.Threading.Channels;
using Microsoft.Extensions.AI;
using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Mixing;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Speech;

namespace Octavia.Dubbing.Pipeline;

/// <summary>Casts, speaks, fits and places each line. A line that fails is flagged and keeps its original voice.</summary>
sealed class SpeechStage(DubbingRequest request, EnginePool engines, ScriptStore store, RunProgress progress, HeardLines heard)
{
    const string Flag = "unspoken: ";
    const double QuietestGainDb = -20;
    const double LoudestGainDb = 12;
    // The largest step between two lines of one speaker that a listener takes for the same distance (field: 1.5 times).
    const double GainStepDb = 3.5;
    readonly Timeline _timeline = new(store.Script.DurationSeconds);
    readonly Dictionary<string, double> _gains = [];
    Exception? _lastFailure;
    int _done;
    int _tried;
    int _failed;

    /// <summary>Voice per speaker.</summary>
    public Dictionary<string, Voice> Cast { get; private set; } = [];

    /// <summary>What spoke; null before the first line.</summary>
    public string? Engine { get; private set; }

    /// <summary>Takes used again.</summary>
    public int Reused { get; private set; }

    /// <summary>Runs until the input ends.</summary>
    public async Task RunAsync(ChannelReader<Utterance> input, ChannelWriter<MixLine> output, CancellationToken cancellationToken)
    {
        var speech = await engines.SpeechAsync(request, cancellationToken);
        Engine = NameOf(speech);
        var takes = new TakeMaker(new LineFitter(speech), Engine, request.WorkFolder);
        await foreach (var line in input.ReadAllAsync(cancellationToken))
        {
            var next = await heard.NextAsync(line, line.End + Timeline.MostBorrowed + Timeline.Gap, cancellationToken);
            var spoken = await progress.TimeAsync(Phase.Synthesizing, () => SpeakAsync(speech, takes, line, next, cancellationToken));
            await output.WriteAsync(spoken, cancellationToken);
            Reused = takes.Reused;
            progress.Report(Phase.Synthesizing, 0.99 * line.End / store.Script.DurationSeconds, $"Spoke line {++_done}");
        }
        if (_tried > 0 && _failed == _tried)
            throw _lastFailure as DubbingException ?? new DubbingException(
                new Failure("speech.failed", FailureKind.Engine, $"Not one line could be spoken: {_lastFailure?.Message}"), _lastFailure);
        progress.Report(Phase.Synthesizing, 1, $"Spoke {_done} lines");
    }

    /// <summary>The engine's name, as reports write it.</summary>
    public static string NameOf(ITextToSpeechClient speech) =>
        speech.GetService(typeof(TextToSpeechClientMetadata)) is TextToSpeechClientMetadata { ProviderName: { } name } about
            ? $"{name} {about.DefaultModelId}".Trim()
            : speech.GetType().Name;

    async Task<MixLine> SpeakAsync(
        ITextToSpeechClient speech, TakeMaker takes, Utterance line, Utterance? next, CancellationToken cancellationToken)
    {
        line.Flags.RemoveAll(flag => flag.StartsWith(Flag, StringComparison.Ordinal));
        var original = new MixLine(line.Start, line.End, line.Start, null, 0);
        // Marks alone ("...") have nothing to say.
        if (line.Translation is not { } translation || !translation.Text.Any(char.IsLetterOrDigit)) return original;
        _tried++;
        try
        {
            var slot = _timeline.SlotOf(line, next);
            var voice = VoiceOf(line, speech);
            var spoken = await takes.MakeAsync(line, translation.Text, voice, slot.Seconds, cancellationToken);
            if (_timeline.Place(line, slot, spoken.Take.Seconds) is not { } place) return original;
            var gain = GainOf(line, spoken);
            await store.UpdateAsync(
                _ =>
                {
                    line.Take = spoken.Take;
                    line.Placement = new Placement(Math.Round(place.Start, 3), Math.Round(place.End, 3), Math.Round(gain, 1));
                },
                spoken.Take.File,
                cancellationToken);
            var length = (int)((place.End - place.Start) * spoken.Rate);
            var samples = spoken.Samples.AsMemory(0, Math.Min(length, spoken.Samples.Length));
            var take = await Task.Run(() => Resampler.Resample(samples.Span, spoken.Rate, MediaDecoder.MixRate), cancellationToken);
            return new MixLine(line.Start, line.End, place.Start, take, gain);
        }
        catch (Exception e) when (e is not OperationCanceledException && e is not DubbingException { Failure.Kind: FailureKind.MissingTool or FailureKind.Usage })
        {
            _lastFailure = e;
            _failed++;
            await store.UpdateAsync(_ => line.Flags.Add(Flag + e.Message), null, cancellationToken);
            return original;
        }
    }

    Voice VoiceOf(Utterance line, ITextToSpeechClient speech)
    {
        var voices = (speech.GetService(typeof(IVoiceCatalog)) as IVoiceCatalog)?.VoicesFor(request.TargetLanguage) ?? [];
        if (request.Voice is { } wanted)
            return voices.FirstOrDefault(voice => voice.Id == wanted) ?? new Voice(wanted, request.TargetLanguage, Gender.Unknown, null, request.TargetLanguage);
        var speaker = line.Speaker ?? "";
        if (Cast.TryGetValue(speaker, out var voice)) return voice;
        var profile = heard.Speakers.GetValueOrDefault(speaker) ?? new Speakers.SpeakerProfile(speaker, null, 0);
        Cast = new Dictionary<string, Voice>(VoiceCasting.Cast([profile], voices, Cast));
        return Cast[speaker];
    }

    double GainOf(Utterance line, SpokenTake spoken)
    {
        if (line.Loudness is not { } wanted || LoudnessMeter.Measure(spoken.Samples, spoken.Rate) is not { } have) return 0;
        var gain = Math.Clamp(wanted - have, QuietestGainDb, LoudestGainDb);
        var speaker = line.Speaker ?? "";
        if (_gains.TryGetValue(speaker, out var before)) gain = Math.Clamp(gain, before - GainStepDb, before + GainStepDb);
        return _gains[speaker] = gain;
    }
}
