using System.Diagnostics;
using System.Threading.Channels;
using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Mixing;
using Octavia.Dubbing.Reporting;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Subtitles;

namespace Octavia.Dubbing.Pipeline;

/// <summary>A dub or a transcript of one media file: the stages run side by side, each line passing from one to the next as soon as it is ready.</summary>
sealed class MediaRun(DubbingRequest request, EnginePool engines, RunProgress progress)
{
    readonly Stopwatch _watch = Stopwatch.StartNew();
    readonly HeardLines _heard = new();
    readonly ResultFiles _files = new(request);

    bool IsDub => request.Task == DubbingTask.VideoTranslate;

    /// <summary>Runs to the end.</summary>
    public async Task<DubbingResult> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Warm(stop.Token);
        var media = (await MediaProbe.ProbeAsync(request.Input, request.Name ?? Path.GetFileName(request.Input), stop.Token)).Choose(request.AudioTrack);
        var hash = StageHash.Of(await StageHash.OfFileAsync(request.Input, stop.Token), request.Recognition, request.SourceLanguage, $"{request.Quality}", $"{media.Speech.Index}", $"{request.Speakers}");
        using var store = await ScriptStore.OpenAsync(request.WorkFolder, hash, request.Checkpoint, stop.Token);
        store.Script.DurationSeconds = media.DurationSeconds;
        store.Script.TargetLanguage = IsDub ? request.TargetLanguage : "";
        var picture = IsDub && !Burns(media) ? PictureHash.ComputeAsync(media, media, stop.Token) : Task.FromResult<string?>(null);
        var recognition = new RecognitionStage(request, engines, store, progress, _heard);
        var lines = Channel.CreateUnbounded<Utterance>();
        var listening = Stage(() => recognition.RunAsync(media, lines.Writer, stop.Token), lines.Writer);
        if (!IsDub)
        {
            await AllAsync(stop, listening);
            return await TranscriptAsync(store.Script, media, cancellationToken);
        }
        var rates = new SpeakingRates(request.TargetLanguage);
        var translation = new TranslationStage(request, engines, store, progress, _heard, rates);
        var speech = new SpeechStage(request, engines, store, progress, _heard, rates);
        var translated = Channel.CreateUnbounded<Utterance>();
        var spoken = Channel.CreateBounded<MixLine>(8);
        await using var mix = new FileStream(
            Path.Combine(request.WorkFolder, "mix.pcm"), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        var mixing = MixAsync(media, spoken.Reader, mix, stop.Token);
        await AllAsync(
            stop,
            listening,
            Stage(() => translation.RunAsync(lines.Reader, translated.Writer, stop.Token), translated.Writer),
            Stage(() => speech.RunAsync(translated.Reader, spoken.Writer, stop.Token), spoken.Writer),
            mixing,
            picture);
        var report = ReportOf(store.Script, media) with
        {
            Lines = LineFigures.Of(store.Script.Utterances, speech.Reused),
            Engines = new Dictionary<string, string> { ["recognition"] = await RecognizerNameAsync(stop.Token), ["translation"] = translation.Engine!, ["speech"] = speech.Engine!, ["background"] = await engines.SeparatorAsync(stop.Token) is null ? "ducked" : "separated" },
            Voices = request.Voice is { } voice
                ? store.Script.Utterances.Select(line => line.Speaker ?? "").Distinct().ToDictionary(speaker => speaker, _ => voice)
                : speech.Cast.ToDictionary(cast => cast.Key, cast => cast.Value.Id),
            Speakers = speech.Speakers,
            Notes = [.. (await engines.ChoicesAsync(store.Script.SourceLanguage, request, stop.Token)).Select(chosen => chosen.Choice.ToNote(chosen.Part))],
        };
        return await AssembleAsync(store.Script, media, await mixing, mix, await picture, report, cancellationToken);
    }

    // Models load while ffprobe and ffmpeg start. What fails here fails again, and is told, where it is needed.
    void Warm(CancellationToken cancellationToken)
    {
        _ = engines.RecognizerAsync(request, cancellationToken);
        _ = engines.SpeakerEncoderAsync(cancellationToken);
        if (!IsDub) return;
        _ = engines.SpeechAsync(request, cancellationToken);
        _ = engines.SeparatorAsync(cancellationToken);
        if (request.SourceLanguage != "auto") _ = engines.TranslatorAsync(request.SourceLanguage, request, cancellationToken);
    }

    async Task<Mixer> MixAsync(MediaInfo media, ChannelReader<MixLine> lines, Stream mix, CancellationToken cancellationToken)
    {
        await using var decoder = MediaDecoder.OpenMix(media, cancellationToken);
        var mixer = new Mixer(decoder, await engines.SeparatorAsync(cancellationToken), mix);
        await foreach (var line in lines.ReadAllAsync(cancellationToken))
        {
            await progress.TimeAsync(Phase.Assembling, () => Task.Run(() => mixer.AddAsync(line, cancellationToken), cancellationToken));
            progress.Report(Phase.Assembling, 0.6 * mixer.Seconds / media.DurationSeconds, "Mixing");
        }
        await progress.TimeAsync(Phase.Assembling, () => Task.Run(() => mixer.CompleteAsync(cancellationToken), cancellationToken));
        return mixer;
    }

    async Task<DubbingResult> AssembleAsync(
        Script script, MediaInfo media, Mixer mixer, Stream mix, string? picture, DubbingReport report, CancellationToken cancellationToken)
    {
        progress.Report(Phase.Assembling, 0.6, "Writing the result");
        var (tracks, container) = await TracksAsync(script, media, cancellationToken);
        var output = _files.PathOf($".{request.TargetLanguage}{container.Extension}");
        LoudnessReport? loudness = null;
        await progress.TimeAsync(Phase.Assembling, () => MediaMuxer.WriteAsync(media, container, tracks, MasterAsync, output, cancellationToken));
        // The muxer puts the picture first.
        var after = picture is null ? null
            : await PictureHash.ComputeAsync(media with { Path = output, Video = media.Video! with { Index = 0 } }, media, cancellationToken);
        progress.Report(Phase.Assembling, 1, "Done");
        var main = _files.Add(media.Video is null ? "audio" : "video", output, request.TargetLanguage);
        return await _files.FinishAsync(
            main,
            script,
            report with
            {
                StageSeconds = progress.StageSeconds,
                Notes = [.. PictureNotes(media, picture == after), .. report.Notes],
                Loudness = loudness,
                Picture = picture is null || after is null ? null : new PictureReport(picture, after, picture == after),
            },
            _watch,
            cancellationToken);

        async Task MasterAsync(Stream encoder, CancellationToken token)
        {
            loudness = await Master.WriteAsync(mix, mixer.Source.Integrated, mixer.Mixed.Integrated, mixer.Peak, encoder, token);
        }
    }

    async Task<(Tracks Tracks, Container Container)> TracksAsync(Script script, MediaInfo media, CancellationToken cancellationToken)
    {
        var (to, from) = (request.TargetLanguage, script.SourceLanguage);
        var dubbed = await _files.WriteSubtitlesAsync(Dubbed(script), to, cancellationToken);
        var original = await _files.WriteSubtitlesAsync(Spoken(script), from, cancellationToken);
        if (request.Bilingual) await _files.WriteSubtitlesAsync(Bilingual(script), $"{to}-{from}", cancellationToken);
        var tracks = new Tracks(to, from, [new SubtitleTrack(dubbed.Path, to), new SubtitleTrack(original.Path, from)]);
        if (!Burns(media)) return (tracks, Container.For(media));
        // Under a name of our own: the film's may hold anything.
        var drawn = Path.Combine(request.WorkFolder, "burn-in.ass");
        await File.WriteAllTextAsync(drawn, SubtitleWriter.Write(request.Bilingual ? Bilingual(script) : Dubbed(script), SubtitleFormat.Ass), cancellationToken);
        return (tracks with { BurnIn = drawn }, Container.ForEncoded(media));
    }

    bool Burns(MediaInfo media) => request.BurnIn && media.Video is not null;

    IEnumerable<string> PictureNotes(MediaInfo media, bool untouched)
    {
        if (!untouched) yield return "The picture came out changed; please report this with the file.";
        if (Burns(media)) yield return "The picture was encoded again, with the subtitles in it, as was asked for.";
        else if (request.BurnIn) yield return "There is no picture that subtitles could be drawn into.";
    }

    async Task<DubbingResult> TranscriptAsync(Script script, MediaInfo media, CancellationToken cancellationToken)
    {
        var main = await _files.WriteSubtitlesAsync(Spoken(script), script.SourceLanguage, cancellationToken);
        var text = string.Join('\n', script.Utterances.Select(line => line.Text)) + "\n";
        await _files.WriteTextAsync("text", $".{script.SourceLanguage}.txt", text, script.SourceLanguage, cancellationToken);
        progress.Report(Phase.Assembling, 1, "Done");
        var report = ReportOf(script, media) with
        {
            StageSeconds = progress.StageSeconds,
            Lines = LineFigures.Of(script.Utterances, 0),
            Engines = new Dictionary<string, string> { ["recognition"] = await RecognizerNameAsync(cancellationToken) },
        };
        return await _files.FinishAsync(main, script, report, _watch, cancellationToken);
    }

    static DubbingReport ReportOf(Script script, MediaInfo media) => new()
    {
        DurationSeconds = Math.Round(media.DurationSeconds, 3),
        SourceLanguage = script.SourceLanguage,
        SourceLanguageProbability = script.SourceLanguageProbability,
        TargetLanguage = script.TargetLanguage,
    };

    async Task<string> RecognizerNameAsync(CancellationToken cancellationToken)
    {
        var recognizer = await engines.RecognizerAsync(request, cancellationToken);
        return recognizer.GetService(typeof(Microsoft.Extensions.AI.SpeechToTextClientMetadata)) is Microsoft.Extensions.AI.SpeechToTextClientMetadata { ProviderName: { } name } about
            ? $"{name} {about.DefaultModelId}".Trim()
            : recognizer.GetType().Name;
    }

    static List<SubtitleCue> Spoken(Script script) => Cues(script, line => new SubtitleLine(line.Start, line.End, line.Text, line.Words));

    static List<SubtitleCue> Dubbed(Script script) => Cues(script, line => new SubtitleLine(line.Start, line.End, line.Translation?.Text ?? "", []));

    static List<SubtitleCue> Bilingual(Script script) =>
        Cues(script, line => new SubtitleLine(line.Start, line.End, line.Translation?.Text ?? "", []) { Below = line.Text });

    static List<SubtitleCue> Cues(Script script, Func<Utterance, SubtitleLine> line) =>
        [.. SubtitleLayout.Lay([.. script.Utterances.Select(line).Where(said => !string.IsNullOrWhiteSpace(said.Text))], script.DurationSeconds)];

    static async Task Stage<T>(Func<Task> run, ChannelWriter<T> output)
    {
        await Task.Yield();
        try
        {
            await run();
            output.Complete();
        }
        catch (Exception e)
        {
            output.TryComplete(e);
            throw;
        }
    }

    // The first stage that fails stops the others, and is the one that is told.
    static async Task AllAsync(CancellationTokenSource stop, params Task[] stages)
    {
        var left = stages.ToList();
        while (left.Count > 0)
        {
            var ended = await Task.WhenAny(left);
            left.Remove(ended);
            if (ended.IsCompletedSuccessfully) continue;
            await stop.CancelAsync();
            await Task.WhenAll(left).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            await ended;
        }
    }
}
