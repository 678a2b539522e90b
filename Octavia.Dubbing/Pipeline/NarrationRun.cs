using System.Diagnostics;
using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Mixing;
using Octavia.Dubbing.Reporting;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Speakers;
using Octavia.Dubbing.Speech;
using Octavia.Dubbing.Subtitles;

namespace Octavia.Dubbing.Pipeline;

/// <summary>Speaks a text, or subtitles at their times.</summary>
sealed class NarrationRun(DubbingRequest request, EnginePool engines, RunProgress progress)
{
    const double SentencePause = 0.3;
    const double ParagraphPause = 0.7;
    // Nobody speaks faster.
    const double FastestCharactersPerSecond = 25;
    // Characters of one take: about a quarter of a minute.
    const int LongestPart = 250;
    // What speech services deliver; louder is squashed by players.
    const double TargetLufs = -16;
    readonly string _language = request.TargetLanguages[0];
    readonly Stopwatch _watch = Stopwatch.StartNew();
    readonly ResultFiles _files = new(request);
    readonly HashSet<int> _paragraphEnds = [];
    double _end;

    /// <summary>Runs to the end.</summary>
    public async Task<DubbingResult> RunAsync(CancellationToken cancellationToken)
    {
        var text = await TextFile.ReadAsync(request.Input, cancellationToken);
        var timed = SubtitleReader.FormatOf(request.Input, text) is not null;
        var lines = timed ? Timed(text) : Untimed(text);
        if (lines.Count == 0) throw Unusable("input.no_words", "There is nothing to speak in this text: not one letter or digit.");
        var speech = await engines.SpeechAsync(_language, request, cancellationToken);
        var voice = new VoiceCast(_language, request, speech, new Dictionary<string, string>()).For(new SpeakerProfile("", null, 0));
        using var store = await ScriptStore.OpenAsync(request.WorkFolder, StageHash.Of(text, _language), request.Checkpoint, cancellationToken);
        await store.UpdateAsync(script => Begin(script, lines), null, cancellationToken);
        var timeline = timed ? new Timeline(lines.Max(line => line.End) + Timeline.MostBorrowed) : null;
        var speaker = new LineSpeaker(speech, timeline, store, request);
        await using var mix = new FileStream(
            Path.Combine(request.WorkFolder, "mix.pcm"), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        var mixer = new Mixer(Stream.Null, null, mix);
        await SpeakAsync(store.Script.Utterances, speaker, timeline, mixer, voice, cancellationToken);
        await mixer.CompleteAsync(cancellationToken);
        var output = _files.PathOf($".{_language}.m4a");
        LoudnessReport? loudness = null;
        await progress.TimeAsync(Phase.Assembling, async () =>
        {
            await MediaMuxer.WriteAudioAsync(new Dub(_language, MasterAsync), output, cancellationToken);
            return true;
        });
        progress.Report(Phase.Assembling, 1, "Done");
        var report = new DubbingReport
        {
            DurationSeconds = Math.Round(mixer.Seconds, 3),
            StageSeconds = progress.StageSeconds,
            Notes = speech is FallbackTextToSpeechClient { Problem: { } problem } ? [problem] : [],
            Versions =
            [
                new VersionReport
                {
                    Language = _language,
                    Engines = new Dictionary<string, string> { ["speech"] = speaker.Engine },
                    Voices = new Dictionary<string, string> { [""] = voice.Id },
                    Lines = LineFigures.Of(store.Script.Utterances, speaker.Reused),
                    Loudness = loudness,
                },
            ],
        };
        return await _files.FinishAsync(_files.Add("audio", output, _language), [store.Script], report, _watch, cancellationToken);

        async Task<double> MasterAsync(Stream encoder, double ceilingDb, CancellationToken token)
        {
            loudness = await Master.WriteAsync(mix, TargetLufs, mixer.Mixed.Integrated, mixer.Peak, ceilingDb, encoder, token);
            return loudness.TruePeakDb;
        }
    }

    async Task SpeakAsync(
        List<Utterance> lines, LineSpeaker speaker, Timeline? timeline, Mixer mixer, Voice voice, CancellationToken cancellationToken)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i];
            if (i % LineSpeaker.MostAhead == 0)
                await progress.TimeAsync(
                    Phase.Synthesizing, () => speaker.SpeakAheadAsync([.. lines.Skip(i).Take(LineSpeaker.MostAhead).Select(next => (next, (string?)next.Text, voice))], cancellationToken));
            var slot = timeline?.SlotOf(line, i + 1 < lines.Count ? lines[i + 1] : null) ?? new Slot(_end, 3600, double.MaxValue);
            var spoken = await progress.TimeAsync(
                Phase.Synthesizing, () => speaker.SpeakAsync(line, line.Text, voice, slot, null, cancellationToken));
            if (spoken.Take is { } take) await AddAsync(mixer, spoken, (double)take.Length / MediaDecoder.MixRate, cancellationToken);
            _end += _paragraphEnds.Contains(line.Id) ? ParagraphPause : SentencePause;
            progress.Report(Phase.Synthesizing, (i + 1.0) / lines.Count, $"Spoke {i + 1} of {lines.Count} lines");
        }
        speaker.Complete();
    }

    async Task AddAsync(Mixer mixer, MixLine spoken, double seconds, CancellationToken cancellationToken)
    {
        _end = spoken.Start + seconds;
        if (_end > MediaProbe.LongestSeconds) throw TooLong();
        // There is no original: the mix follows the takes.
        await mixer.AddAsync(spoken with { OriginalStart = spoken.Start, OriginalEnd = _end }, cancellationToken);
    }

    static void Begin(Script script, IReadOnlyList<Utterance> lines)
    {
        if (script.Utterances.Count == 0) script.Utterances.AddRange(lines);
    }

    static List<Utterance> Timed(string text)
    {
        var cues = SubtitleReader.Read(text);
        if (cues.Any(cue => cue.End > MediaProbe.LongestSeconds)) throw TooLong();
        return [.. cues
            .Where(cue => cue.Text.Any(char.IsLetterOrDigit))
            .Select((cue, i) => new Utterance { Id = i + 1, Start = cue.Start, End = cue.End, Text = cue.Text.ReplaceLineEndings(" ") })];
    }

    List<Utterance> Untimed(string text)
    {
        // Told before hours of work; speech in other scripts is slower still, and is stopped where it gets too long.
        if (text.Length / FastestCharactersPerSecond > MediaProbe.LongestSeconds) throw TooLong();
        var lines = new List<Utterance>();
        foreach (var paragraph in text.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            foreach (var sentence in Sentences.Split(paragraph, part => part.Length <= LongestPart).Where(part => part.Any(char.IsLetterOrDigit)))
                lines.Add(new Utterance { Id = lines.Count + 1, Start = 0, End = 0, Text = sentence });
            _paragraphEnds.Add(lines.Count);
        }
        return lines;
    }

    static DubbingException TooLong() => Unusable(
        "input.too_long", $"Spoken, this text lasts longer than {MediaProbe.LongestSeconds / 3600:0} hours, which is the longest that is made. Split it first.");

    static DubbingException Unusable(string code, string message) => new(new Failure(code, FailureKind.UnusableInput, message));
}
