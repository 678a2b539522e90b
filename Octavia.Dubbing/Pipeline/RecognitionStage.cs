using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.AI;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Mixing;
using Octavia.Dubbing.Recognition;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Signal;
using Octavia.Dubbing.Speakers;

namespace Octavia.Dubbing.Pipeline;

/// <summary>Sound in, utterances with language, speaker and loudness out, in order, each on disk before it goes on.</summary>
sealed class RecognitionStage(DubbingRequest request, EnginePool engines, ScriptStore store, RunProgress progress, HeardLines heard)
{
    const double ShortestLine = 0.1;
    readonly UtteranceCutter _cutter = new();
    double _offset;

    Script Script => store.Script;

    /// <summary>Runs to the end of the sound.</summary>
    /// <exception cref="DubbingException"><c>input.no_speech</c>, <c>input.unplayable</c>, <c>input.damaged</c>, <c>decoder.killed</c>, <c>model.missing</c>, <c>language.unknown</c>.</exception>
    public async Task RunAsync(MediaInfo media, ChannelWriter<Utterance> output, CancellationToken cancellationToken)
    {
        var speakers = new SpeakerTracker(await engines.SpeakerEncoderAsync(cancellationToken), request.Speakers);
        await using var decoder = MediaDecoder.OpenSpeech(media, cancellationToken);
        await using var sound = new SpeechTap(decoder, Path.Combine(request.WorkFolder, "speech.pcm"));
        await RepeatAsync(sound, speakers, output, cancellationToken);
        if (!Script.Recognized)
        {
            await foreach (var line in RecognizeAsync(sound, cancellationToken))
                await AddAsync(line, sound, speakers, output, cancellationToken);
            await store.UpdateAsync(script => script.Recognized = true, null, cancellationToken);
        }
        if (Script.Utterances.Count == 0)
            throw DubbingException.Unusable("input.no_speech", $"Nobody speaks in {media.Name}, so there is nothing to dub.");
        heard.Complete();
        progress.Report(Phase.Transcribing, 1, $"Recognised {Script.Utterances.Count} lines");
    }

    // What an interrupted run had recognised goes on as it is; the speakers are learnt again from the sound.
    async Task RepeatAsync(SpeechTap sound, SpeakerTracker speakers, ChannelWriter<Utterance> output, CancellationToken cancellationToken)
    {
        _offset = Script.RecognizedUntil;
        if (_offset > 0) await sound.SkipAsync(_offset, cancellationToken);
        foreach (var line in Script.Utterances.ToList())
        {
            var profile = await Task.Run(() => speakers.Add(sound.Read(line.Start, line.End), cancellationToken), cancellationToken);
            heard.Speakers[profile.Id] = profile;
            await PassAsync(line, output, cancellationToken);
        }
        heard.Advance(_offset);
    }

    async IAsyncEnumerable<SpokenLine> RecognizeAsync(
        SpeechTap sound, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        progress.Report(Phase.Transcribing, 0, "Listening");
        var recognizer = await engines.RecognizerAsync(request, cancellationToken);
        var known = Script.SourceLanguage is { Length: > 0 } found ? found : request.SourceLanguage;
        var options = new SpeechToTextOptions { SpeechLanguage = known == "auto" ? null : known };
        // Always said: one recogniser serves runs of every quality.
        options.AdditionalProperties = new() { ["beams"] = EngineCatalog.Beams(request.Quality) };
        await using var updates = recognizer.GetStreamingTextAsync(sound, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await progress.TimeAsync(Phase.Transcribing, () => updates.MoveNextAsync().AsTask()))
        {
            var update = updates.Current;
            Learn(update, known);
            foreach (var line in Cut(update)) yield return line;
            await AdvanceAsync(update, cancellationToken);
        }
        if (_cutter.Finish() is { } last) yield return last;
    }

    void Learn(SpeechToTextResponseUpdate update, string known)
    {
        if (Script.SourceLanguage.Length > 0) return;
        if ((known == "auto" ? update.GetLanguage() : known) is not { } language) return;
        Script.SourceLanguage = Languages.Get(language).Code;
        Script.SourceLanguageProbability = update.GetLanguageProbability();
    }

    IEnumerable<SpokenLine> Cut(SpeechToTextResponseUpdate update)
    {
        if (update.GetWords() is { Count: > 0 } words)
        {
            foreach (var line in _cutter.Add(words.Select(w => w with { Start = w.Start + _offset, End = w.End + _offset }))) yield return line;
        }
        else if (!string.IsNullOrWhiteSpace(update.Text) && update.StartTime is { } start && update.EndTime is { } end)
        {
            yield return new SpokenLine(start.TotalSeconds + _offset, end.TotalSeconds + _offset, update.Text.Trim(), []);
        }
        if (update.GetPosition() is { } position && _cutter.Advance(position + _offset) is { } ended) yield return ended;
    }

    async Task AdvanceAsync(SpeechToTextResponseUpdate update, CancellationToken cancellationToken)
    {
        if (update.GetPosition() is not { } position) return;
        var until = _cutter.OpenSince ?? position + _offset;
        heard.Advance(until);
        if (until <= Script.RecognizedUntil) return;
        await store.UpdateAsync(script => script.RecognizedUntil = until, null, cancellationToken);
        progress.Report(Phase.Transcribing, 0.99 * (position + _offset) / Script.DurationSeconds, $"Recognised {Script.Utterances.Count} lines");
    }

    async Task AddAsync(
        SpokenLine spoken, SpeechTap sound, SpeakerTracker speakers, ChannelWriter<Utterance> output, CancellationToken cancellationToken)
    {
        spoken = Snap(spoken, sound);
        var samples = sound.Read(spoken.Start, spoken.End);
        var profile = await Task.Run(() => speakers.Add(samples, cancellationToken), cancellationToken);
        heard.Speakers[profile.Id] = profile;
        var line = new Utterance
        {
            Id = Script.Utterances.Count + 1,
            Start = Math.Round(spoken.Start, 3),
            End = Math.Round(spoken.End, 3),
            Text = spoken.Text,
            Words = spoken.Words,
            Speaker = profile.Id,
            Flags = SingingDetector.IsSung(samples) ? [$"{Utterance.Singing} the original stays as it is"] : [],
            Loudness = LoudnessMeter.Measure(samples, MediaDecoder.SpeechRate) is { } lufs ? Math.Round(lufs, 1) : null,
        };
        await store.UpdateAsync(
            script =>
            {
                script.Utterances.Add(line);
                script.RecognizedUntil = Math.Max(script.RecognizedUntil, line.End);
            },
            null,
            cancellationToken);
        await PassAsync(line, output, cancellationToken);
    }

    // The new voice shall begin with the old one, not where the recogniser takes its first word to begin.
    SpokenLine Snap(SpokenLine spoken, SpeechTap sound)
    {
        var from = Math.Max(0, spoken.Start - VoiceOnset.Reach);
        if (VoiceOnset.OfLine(sound.Read(from, spoken.End), MediaDecoder.SpeechRate, spoken.Start - from) is not { } onset) return spoken;
        var earliest = Script.Utterances.Count > 0 ? Script.Utterances[^1].End : 0;
        // Not Clamp: of a line shorter than the shortest the two limits cross.
        return spoken with { Start = Math.Max(Math.Min(from + onset, spoken.End - ShortestLine), Math.Min(earliest, spoken.Start)) };
    }

    ValueTask PassAsync(Utterance line, ChannelWriter<Utterance> output, CancellationToken cancellationToken)
    {
        heard.Add(line);
        return output.WriteAsync(line, cancellationToken);
    }
}
