using System.Diagnostics;
using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Mixing;
using Octavia.Dubbing.Recognition;
using Octavia.Dubbing.Reporting;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Speech;
using Octavia.Dubbing.Subtitles;

namespace Octavia.Dubbing.Pipeline;

/// <summary>Speaks a text, or subtitles at their times.</summary>
sealed class NarrationRun(DubbingRequest request, EnginePool engines, RunProgress progress)
{
    const double SentencePause = 0.3;
    const double ParagraphPause = 0.7;
    // What speech services deliver; louder is squashed by players.
    const double TargetLufs = -16;
    readonly Stopwatch _watch = Stopwatch.StartNew();
    readonly ResultFiles _files = new(request);
    readonly HashSet<int> _paragraphEnds = [];
    double _end;

    /// <summary>Runs to the end.</summary>
    public async Task<DubbingResult> RunAsync(CancellationToken cancellationToken)
    {
        var text = await TextFile.ReadAsync(request.Input, cancellationToken);
        var speech = await engines.SpeechAsync(request, cancellationToken);
        var voice = VoiceOf(speech);
        var timed = SubtitleReader.FormatOf(request.Input, text) is not null;
        var lines = timed ? Timed(text) : Untimed(text);
        var hash = StageHash.Of(text, request.TargetLanguage);
        using var store = await ScriptStore.OpenAsync(request.WorkFolder, hash, request.Checkpoint, cancellationToken);
        await store.UpdateAsync(script => Begin(script, lines), null, cancellationToken);
        var takes = new TakeMaker(new LineFitter(speech), SpeechStage.NameOf(speech), request.WorkFolder);
        await using var mix = new FileStream(
            Path.Combine(request.WorkFolder, "mix.pcm"), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        var mixer = new Mixer(Stream.Null, null, mix);
        await SpeakAsync(store, takes, mixer, voice, timed, cancellationToken);
        await mixer.CompleteAsync(cancellationToken);
        var output = _files.PathOf($".{request.TargetLanguage}.m4a");
        LoudnessReport? loudness = null;
        await progress.TimeAsync(Phase.Assembling, async () =>
        {
            await MediaMuxer.WriteAudioAsync(request.TargetLanguage, MasterAsync, output, cancellationToken);
            return true;
        });
        progress.Report(Phase.Assembling, 1, "Done");
        var report = new DubbingReport
        {
            DurationSeconds = Math.Round(mixer.Seconds, 3),
            TargetLanguage = request.TargetLanguage,
            StageSeconds = progress.StageSeconds,
            Engines = new Dictionary<string, string> { ["speech"] = SpeechStage.NameOf(speech) },
            Voices = new Dictionary<string, string> { [""] = voice.Id },
            Lines = LineFigures.Of(store.Script.Utterances, takes.Reused),
            Loudness = loudness,
        };
        return await _files.FinishAsync(_files.Add("audio", output, request.TargetLanguage), store.Script, report, _watch, cancellationToken);

        async Task MasterAsync(Stream encoder, CancellationToken token) =>
            loudness = await Master.WriteAsync(mix, TargetLufs, mixer.Mixed.Integrated, mixer.Peak, encoder, token);
    }

    Voice VoiceOf(Microsoft.Extensions.AI.ITextToSpeechClient speech)
    {
        var voices = (speech.GetService(typeof(IVoiceCatalog)) as IVoiceCatalog)?.VoicesFor(request.TargetLanguage) ?? [];
        if (request.Voice is { } wanted)
            return voices.FirstOrDefault(voice => voice.Id == wanted) ?? new Voice(wanted, request.TargetLanguage, Gender.Unknown, null, request.TargetLanguage);
        return VoiceCasting.Cast([new Speakers.SpeakerProfile("", null, 0)], voices)[""];
    }

    async Task SpeakAsync(ScriptStore store, TakeMaker takes, Mixer mixer, Voice voice, bool timed, CancellationToken cancellationToken)
    {
        var lines = store.Script.Utterances;
        var timeline = new Timeline(timed ? lines[^1].End + Timeline.MostBorrowed : double.MaxValue);
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i];
            var next = i + 1 < lines.Count ? lines[i + 1] : null;
            var slot = timed ? timeline.SlotOf(line, next) : new Slot(_end, 3600, double.MaxValue);
            var spoken = await progress.TimeAsync(
                Phase.Synthesizing, () => takes.MakeAsync(line, line.Text, voice, slot.Seconds, cancellationToken));
            var start = timed ? timeline.Place(line, slot, spoken.Take.Seconds)?.Start : _end;
            if (start is { } placed) await PlaceAsync(store, mixer, line, spoken, placed, cancellationToken);
            _end += spoken.Take.Seconds + (_paragraphEnds.Contains(line.Id) ? ParagraphPause : SentencePause);
            progress.Report(Phase.Synthesizing, (i + 1.0) / lines.Count, $"Spoke {i + 1} of {lines.Count} lines");
        }
    }

    static async Task PlaceAsync(ScriptStore store, Mixer mixer, Utterance line, SpokenTake spoken, double start, CancellationToken cancellationToken)
    {
        var end = start + spoken.Take.Seconds;
        await store.UpdateAsync(
            _ => (line.Take, line.Placement) = (spoken.Take, new Placement(Math.Round(start, 3), Math.Round(end, 3), 0)), spoken.Take.File, cancellationToken);
        var take = await Task.Run(() => Resampler.Resample(spoken.Samples, spoken.Rate, MediaDecoder.MixRate), cancellationToken);
        await mixer.AddAsync(new MixLine(start, end, start, take, 0), cancellationToken);
    }

    static void Begin(Script script, IReadOnlyList<Utterance> lines)
    {
        if (script.Utterances.Count == 0) script.Utterances.AddRange(lines);
    }

    static List<Utterance> Timed(string text) => [.. SubtitleReader.Read(text)
        .Where(cue => cue.Text.Any(char.IsLetterOrDigit))
        .Select((cue, i) => new Utterance { Id = i + 1, Start = cue.Start, End = cue.End, Text = cue.Text.ReplaceLineEndings(" ") })];

    // Sentences, cut by the rules for recognised speech.
    List<Utterance> Untimed(string text)
    {
        var lines = new List<Utterance>();
        foreach (var paragraph in text.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            foreach (var sentence in Sentences(paragraph).Where(sentence => sentence.Any(char.IsLetterOrDigit)))
                lines.Add(new Utterance { Id = lines.Count + 1, Start = 0, End = 0, Text = sentence });
            _paragraphEnds.Add(lines.Count);
        }
        return lines;
    }

    static IEnumerable<string> Sentences(string paragraph)
    {
        const double wordSeconds = 0.3;
        var cutter = new UtteranceCutter();
        var words = paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select((word, i) => new Word(" " + word, i * wordSeconds, (i + 1) * wordSeconds, 1));
        foreach (var line in cutter.Add(words)) yield return line.Text;
        if (cutter.Finish() is { } last) yield return last.Text;
    }
}
