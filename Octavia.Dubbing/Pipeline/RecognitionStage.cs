using System.Runtime.InteropServices;
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

/// <summary>
/// Sound in, utterances with language, speaker and loudness out, in the order of their start, each on disk before it goes on. Where each of two channels is
/// one speaker's, each is recognised by itself, so that two who talk at once are both understood.
/// </summary>
sealed class RecognitionStage(DubbingRequest request, EnginePool engines, ScriptStore store, RunProgress progress, HeardLines heard, VoiceClones? clones = null)
{
    Script Script => store.Script;

    /// <summary>Runs to the end of the sound.</summary>
    /// <exception cref="DubbingException"><c>input.no_speech</c>, <c>input.unplayable</c>, <c>input.damaged</c>, <c>decoder.killed</c>, <c>model.missing</c>, <c>language.unknown</c>.</exception>
    public async Task RunAsync(MediaInfo media, ChannelWriter<Utterance> output, CancellationToken cancellationToken)
    {
        var encoder = await engines.SpeakerEncoderAsync(cancellationToken);
        var listeners = new List<SpeechListener>();
        try
        {
            if (await HasSpeakerChannelsAsync(media, cancellationToken))
                listeners.AddRange(((int[])[0, 1]).Select(channel => Open(MediaDecoder.OpenSpeech(media, channel, cancellationToken), channel, new SpeakerTracker(encoder, 1))));
            else
                listeners.Add(Open(MediaDecoder.OpenSpeech(media, cancellationToken), null, new SpeakerTracker(encoder, request.Speakers)));
            await RepeatAsync(listeners, output, cancellationToken);
            if (!Script.Recognized) await RecognizeAsync(listeners, output, cancellationToken);
        }
        finally
        {
            foreach (var listener in listeners) await listener.DisposeAsync();
        }
        if (Script.Utterances.Count == 0)
            throw DubbingException.Unusable("input.no_speech", $"Nobody speaks in {media.Name}, so there is nothing to dub.");
        heard.Complete();
        progress.Report(Phase.Transcribing, 1, $"Recognised {Script.Utterances.Count} lines");
    }

    SpeechListener Open(Stream pcm, int? channel, SpeakerTracker speakers) =>
        new(new SpeechTap(pcm, Path.Combine(request.WorkFolder, $"speech{channel}.pcm")), channel, speakers);

    async Task<bool> HasSpeakerChannelsAsync(MediaInfo media, CancellationToken cancellationToken)
    {
        // A run goes on as it began.
        if (Script.Utterances is [var first, ..]) return first.Channel is not null;
        if (media.Speech.Channels != 2 || request.Speakers is not (null or 2)) return false;
        if ((await engines.RecognizerAsync(request, cancellationToken)).GetService(typeof(SileroVad)) is not SileroVad vad) return false;
        var channels = new SpeakerChannels(vad);
        await using var decoder = MediaDecoder.OpenChannels(media, cancellationToken);
        var block = new byte[SpeakerChannels.BlockSamples * sizeof(short)];
        while (!channels.IsSettled)
        {
            var read = await decoder.ReadAtLeastAsync(block, block.Length, throwOnEndOfStream: false, cancellationToken);
            block.AsSpan(read).Clear();
            await Task.Run(() => channels.Add(MemoryMarshal.Cast<byte, short>(block)), cancellationToken);
            if (read < block.Length) break;
        }
        return channels.AreTwo;
    }

    // What an interrupted run had recognised goes on as it is; the speakers are learnt again from the sound.
    async Task RepeatAsync(List<SpeechListener> listeners, ChannelWriter<Utterance> output, CancellationToken cancellationToken)
    {
        foreach (var listener in listeners)
        {
            var spoken = Script.Utterances.LastOrDefault(line => line.Channel == listener.Channel)?.End ?? 0;
            await listener.SkipAsync(Math.Max(Script.RecognizedUntil, spoken), cancellationToken);
        }
        foreach (var line in Script.Utterances.ToList())
        {
            var listener = listeners.First(one => one.Channel == line.Channel);
            var profile = await Task.Run(() => listener.Know(line.Start, line.End, cancellationToken), cancellationToken);
            heard.Speakers[profile.Id] = profile;
            clones?.Hear(line, listener.Read(line.Start, line.End));
            await PassAsync(line, output, cancellationToken);
        }
        heard.Advance(Script.RecognizedUntil);
    }

    async Task RecognizeAsync(List<SpeechListener> listeners, ChannelWriter<Utterance> output, CancellationToken cancellationToken)
    {
        progress.Report(Phase.Transcribing, 0, "Listening");
        var recognizer = await engines.RecognizerAsync(request, cancellationToken);
        // Who is behind listens on: so the channels stay side by side, and no line waits long for its turn.
        while (listeners.Where(one => !one.HasEnded).MinBy(one => one.Until) is { } listener)
        {
            var known = Script.SourceLanguage is { Length: > 0 } found ? found : request.SourceLanguage;
            var update = await progress.TimeAsync(
                Phase.Transcribing, () => listener.HearAsync(sound => recognizer.GetStreamingTextAsync(sound, Options(known), cancellationToken), cancellationToken));
            if (update is not null) Learn(update, known);
            while (Next(listeners) is { } speaking) await AddAsync(speaking.Lines.Dequeue(), speaking, output, cancellationToken);
            await AdvanceAsync(listeners, cancellationToken);
        }
        await store.UpdateAsync(script => script.Recognized = true, null, cancellationToken);
    }

    SpeechToTextOptions Options(string known) => new()
    {
        SpeechLanguage = known == "auto" ? null : known,
        // Always said: one recogniser serves runs of every quality.
        AdditionalProperties = new() { ["beams"] = EngineCatalog.Beams(request.Quality) },
    };

    void Learn(SpeechToTextResponseUpdate update, string known)
    {
        if (update.GetRemark() is { } remark) heard.Remarks[remark] = true;
        if (update is { StartTime: { } start, EndTime: { } end }) heard.Weigh((end - start).TotalSeconds, update.GetRemark() is not null);
        Script.SourceLanguageDoubt = update.GetLanguageDoubt();
        if (Script.SourceLanguage.Length > 0) return;
        if ((known == "auto" ? update.GetLanguage() : known) is not { } language) return;
        Script.SourceLanguage = Languages.Get(language).Code;
        Script.SourceLanguageProbability = update.GetLanguageProbability();
    }

    /// <summary>Whose line comes next; null while another channel may have an earlier one.</summary>
    static SpeechListener? Next(List<SpeechListener> listeners)
    {
        var next = listeners.Where(one => one.Lines.Count > 0).MinBy(one => one.Lines.Peek().Start);
        return next is null || listeners.Any(one => one != next && !one.HasEnded && EarliestOf(one, listeners) < next.Lines.Peek().Start) ? null : next;
    }

    // Where there are several, to the reach of the search for its voice: a line may begin so much before the recogniser's word.
    static double EarliestOf(SpeechListener listener, List<SpeechListener> listeners) =>
        listener.Lines.TryPeek(out var line) ? line.Start : listeners.Count > 1 ? listener.Until - VoiceOnset.Reach : listener.Until;

    async Task AdvanceAsync(List<SpeechListener> listeners, CancellationToken cancellationToken)
    {
        var open = listeners.Where(one => !one.HasEnded || one.Lines.Count > 0).ToList();
        if (open.Count == 0) return;
        var until = open.Min(one => EarliestOf(one, listeners));
        heard.Advance(until);
        if (until <= Script.RecognizedUntil) return;
        await store.UpdateAsync(script => script.RecognizedUntil = until, null, cancellationToken);
        progress.Report(Phase.Transcribing, 0.99 * open.Min(one => one.Position) / Script.DurationSeconds, $"Recognised {Script.Utterances.Count} lines");
    }

    async Task AddAsync(SpokenLine spoken, SpeechListener listener, ChannelWriter<Utterance> output, CancellationToken cancellationToken)
    {
        var profile = await Task.Run(() => listener.Know(spoken.Start, spoken.End, cancellationToken), cancellationToken);
        heard.Speakers[profile.Id] = profile;
        var samples = listener.Read(spoken.Start, spoken.End);
        var line = new Utterance
        {
            Id = Script.Utterances.Count + 1,
            Start = Math.Round(spoken.Start, 3),
            End = Math.Round(spoken.End, 3),
            Text = spoken.Text,
            Words = spoken.Words,
            Speaker = profile.Id,
            Channel = listener.Channel,
            Flags = SingingDetector.IsSung(samples) ? [$"{Utterance.Singing} the original stays as it is"] : [],
            Loudness = LoudnessMeter.Measure(samples, MediaDecoder.SpeechRate) is { } lufs ? Math.Round(lufs, 1) : null,
        };
        clones?.Hear(line, samples);
        await store.UpdateAsync(
            script =>
            {
                script.Utterances.Add(line);
                // On another channel something may begin before it ends.
                script.RecognizedUntil = Math.Max(script.RecognizedUntil, line.Channel is null ? line.End : line.Start);
            },
            null,
            cancellationToken);
        await PassAsync(line, output, cancellationToken);
    }

    ValueTask PassAsync(Utterance line, ChannelWriter<Utterance> output, CancellationToken cancellationToken)
    {
        heard.Add(line);
        return output.WriteAsync(line, cancellationToken);
    }
}
