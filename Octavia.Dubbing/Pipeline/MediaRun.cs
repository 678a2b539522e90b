using System.Diagnostics;
using System.Threading.Channels;
using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.LipSync;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Quoting;
using Octavia.Dubbing.Reporting;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Subtitles;

namespace Octavia.Dubbing.Pipeline;

/// <summary>A dub or a transcript of one media file: the stages run side by side, each line passing from one to the next as soon as it is ready.</summary>
sealed class MediaRun(DubbingRequest request, EnginePool engines, RunProgress progress)
{
    readonly Stopwatch _watch = Stopwatch.StartNew();
    readonly HeardLines _heard = new();
    readonly Func<IReadOnlyList<string>, CancellationToken, Task>? _checkpoint = OneAtATime(request.Checkpoint);
    readonly ResultFiles _files = new(request);
    bool _continues;

    bool IsDub => request.Task == DubbingTask.VideoTranslate;

    /// <summary>Runs to the end.</summary>
    public async Task<DubbingResult> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Warm(stop.Token);
        var media = (await MediaProbe.ProbeAsync(request.Input, request.Name ?? Path.GetFileName(request.Input), stop.Token)).Choose(request.AudioTrack).Only(request.Span);
        // The beginning of the media is heard as that of the whole.
        var from = request.Span is { Start: > 0 and var start } ? FormattableString.Invariant($" from {start}") : "";
        var hash = StageHash.Of(
            await StageHash.OfFileAsync(request.Input, stop.Token), request.Recognition, request.SourceLanguage, $"{request.Quality} {request.ModelSize}".TrimEnd(), $"{media.Speech.Index}", $"{request.Speakers}{from}");
        using var store = await OpenAsync(media, hash, stop.Token);
        store.Script.DurationSeconds = media.DurationSeconds;
        _continues = store.Script.Utterances.Count > 0;
        return IsDub ? await DubAsync(media, store, hash, stop, cancellationToken) : await TranscribeAsync(media, store, stop, cancellationToken);
    }

    async Task<DubbingResult> TranscribeAsync(MediaInfo media, ScriptStore store, CancellationTokenSource stop, CancellationToken cancellationToken)
    {
        store.Script.TargetLanguage = "";
        var lines = Channel.CreateUnbounded<Utterance>();
        await Stages.AllAsync(stop, [Listen(media, store, lines, null, stop.Token)]);
        return await TranscriptAsync(store.Script, media, cancellationToken);
    }

    async Task<DubbingResult> DubAsync(MediaInfo media, ScriptStore store, string hash, CancellationTokenSource stop, CancellationToken cancellationToken)
    {
        var versions = new List<DubVersion>();
        await using var clones = new VoiceClones(request, media, engines, _heard, _checkpoint);
        try
        {
            foreach (var language in request.TargetLanguages)
            {
                // The first shares its document with the recognition.
                var own = versions.Count == 0 ? store : await OpenAsync($"{store.Suffix}.{language}", hash, stop.Token);
                var part = progress.ForVersion(request.TargetLanguages.Count == 1 ? "" : Languages.NameOf(language));
                versions.Add(new DubVersion(language, request, engines, store, own, part, _heard, clones));
            }
            var picture = Burns(media) || media.Span is not null ? Task.FromResult<string?>(null) : PictureHash.ComputeAsync(media, media, stop.Token);
            var lines = Channel.CreateUnbounded<Utterance>();
            await Stages.AllAsync(
                stop,
                [
                    Listen(media, store, lines, clones, stop.Token),
                    Stages.RunAsync(() => DistributeAsync(lines.Reader, versions, stop.Token), [.. versions.Select(version => version.Input)]),
                    .. versions.SelectMany(version => version.Start(media, stop.Token)),
                    .. Translators(stop.Token),
                    picture,
                ]);
            await clones.DeleteAsync();
            var result = await AssembleAsync(versions, clones, media, await picture, cancellationToken);
            foreach (var version in versions.Where(_ => media.Span is not null)) await version.LeaveOffAsync(EndOf(media.DurationSeconds), cancellationToken);
            return result;
        }
        finally
        {
            // Each of them, though one fails: what is left open leaves hours of sound on the disk.
            await Task.WhenAll(versions.Select(version => version.DisposeAsync().AsTask()));
        }
    }

    // Where a part ends, the whole goes on: what is said there is cut short, and a line a little before it has other room there.
    static double EndOf(double partEnd) => partEnd - Timeline.MostBorrowed - Timeline.Gap;

    // A part of which nothing is of use to the whole, or which would cost it lines, has documents of its own.
    async Task<ScriptStore> OpenAsync(MediaInfo media, string hash, CancellationToken cancellationToken)
    {
        double? end = media.Span is null ? null : media.DurationSeconds;
        if (media.Span is not { Start: > 0 })
        {
            var store = await OpenAsync("", hash, cancellationToken);
            if (end is null || !GoesBeyond(store.Script, end.Value)) return await GoOnAsync(store, end, cancellationToken);
            store.Dispose();
        }
        return await GoOnAsync(await OpenAsync(".part", hash, cancellationToken), end, cancellationToken);
    }

    static bool GoesBeyond(Script script, double end) => (script.PartEnd ?? double.PositiveInfinity) > end && script.Utterances.Any(line => line.End > EndOf(end));

    // What a run that was to end elsewhere has found near that end, or beyond this one's, is not what this one finds there.
    static async Task<ScriptStore> GoOnAsync(ScriptStore store, double? end, CancellationToken cancellationToken)
    {
        if (store.Script.PartEnd == end) return store;
        await store.UpdateAsync(
            script =>
            {
                script.ForgetAfter(EndOf(Math.Min(script.PartEnd ?? double.PositiveInfinity, end ?? double.PositiveInfinity)));
                script.PartEnd = end;
            },
            null,
            cancellationToken);
        return store;
    }

    Task<ScriptStore> OpenAsync(string suffix, string hash, CancellationToken cancellationToken) =>
        ScriptStore.OpenAsync(request.WorkFolder, suffix, hash, _checkpoint, TimeProvider.System, cancellationToken);

    // Each document saves in its own time.
    static Func<IReadOnlyList<string>, CancellationToken, Task>? OneAtATime(Func<IReadOnlyList<string>, CancellationToken, Task>? checkpoint)
    {
        if (checkpoint is null) return null;
        var turn = new SemaphoreSlim(1, 1);
        return async (files, token) =>
        {
            await turn.WaitAsync(token);
            try
            {
                await checkpoint(files, token);
            }
            finally
            {
                turn.Release();
            }
        };
    }

    Task Listen(MediaInfo media, ScriptStore store, Channel<Utterance> lines, VoiceClones? clones, CancellationToken cancellationToken)
    {
        var recognition = new RecognitionStage(request, engines, store, progress, _heard, clones);
        return Stages.RunAsync(() => recognition.RunAsync(media, lines.Writer, cancellationToken), lines.Writer);
    }

    static async Task DistributeAsync(ChannelReader<Utterance> lines, List<DubVersion> versions, CancellationToken cancellationToken)
    {
        await foreach (var line in lines.ReadAllAsync(cancellationToken))
            foreach (var version in versions) await version.AddAsync(line, cancellationToken);
        foreach (var version in versions) await version.EndAsync(cancellationToken);
    }

    // Models load while ffprobe and ffmpeg start. What fails here fails again, and is told, where it is needed.
    void Warm(CancellationToken cancellationToken)
    {
        _ = engines.RecognizerAsync(request, cancellationToken);
        _ = engines.SpeakerEncoderAsync(cancellationToken);
        if (!IsDub) return;
        foreach (var language in request.TargetLanguages) _ = engines.SpeechAsync(language, request, cancellationToken);
        _ = engines.SeparatorAsync(cancellationToken);
        _ = Translators(cancellationToken);
    }

    // Two languages that cannot be are refused before anything is done where the original's is given; else its first line tells.
    List<Task> Translators(CancellationToken cancellationToken) => request.SourceLanguage == "auto"
        ? [] : [.. request.TargetLanguages.Select(language => engines.TranslatorAsync(request.SourceLanguage, language, request, cancellationToken))];

    async Task<DubbingResult> AssembleAsync(List<DubVersion> versions, VoiceClones clones, MediaInfo media, string? picture, CancellationToken cancellationToken)
    {
        progress.Report(Phase.Assembling, 0.6, "Writing the result");
        var script = versions[0].Script;
        var lips = await SyncLipsAsync(media, script, cancellationToken);
        var (tracks, container) = await TracksAsync(versions, media, lips?.Picture, cancellationToken);
        var language = string.Join('-', request.TargetLanguages);
        var output = _files.PathOf($".{language}{container.Extension}");
        await progress.TimeAsync(Burns(media) ? Quoter.BurnIn : nameof(Phase.Assembling).ToLowerInvariant(), async () =>
        {
            await MediaMuxer.WriteAsync(media, container, tracks, output, cancellationToken);
            return true;
        });
        // The muxer puts the picture first.
        if (lips?.Picture is not null) picture = null;
        var after = picture is null ? null
            : await PictureHash.ComputeAsync(media with { Path = output, Video = media.Video! with { Index = 0 } }, media, cancellationToken);
        progress.Report(Phase.Assembling, 1, "Done");
        var report = ReportOf(script, media) with
        {
            Engines = new Dictionary<string, string>
            {
                ["recognition"] = await RecognizerNameAsync(cancellationToken),
                ["background"] = await engines.SeparatorAsync(cancellationToken) is null ? "ducked" : "separated",
            },
            Versions = [.. versions.Select(version => version.ToReport())],
            Clones = clones.ToReport(),
            Notes =
            [
                .. LanguageNotes(script), .. PictureNotes(media, picture == after), .. lips is null ? [] : new[] { lips.Note }, .. versions.SelectMany(version => version.Notes), .. clones.Notes,
                .. _heard.Remarks.Keys, .. await engines.NotesAsync(script.SourceLanguage, request, cancellationToken),
            ],
            Picture = picture is null || after is null ? null : new PictureReport(picture, after, picture == after),
        };
        return await FinishAsync(
            _files.Add(media.Video is null ? "audio" : "video", output, language), [.. versions.Select(version => version.Script)], report, media.Video is not null, cancellationToken);
    }

    // To the language that plays: there is one picture.
    async Task<LipSynced?> SyncLipsAsync(MediaInfo media, Script script, CancellationToken cancellationToken)
    {
        if (media.Video is null || media.Span is not null || engines.OpenLipSync(request) is not { } lips) return null;
        using var _ = lips as IDisposable;
        return await progress.TimeAsync(Quoter.LipSync, () => new LipSyncStage(lips, request.WorkFolder).RunAsync(
            media, script.Utterances, done => progress.Report(Phase.Assembling, 0.6 + 0.2 * done, "Moving the lips"), cancellationToken));
    }

    async Task<(Tracks Tracks, Container Container)> TracksAsync(List<DubVersion> versions, MediaInfo media, NewPicture? picture, CancellationToken cancellationToken)
    {
        var first = versions[0].Script;
        var from = first.SourceLanguage;
        var subtitles = new List<SubtitleTrack>();
        foreach (var version in versions)
        {
            var dubbed = await _files.WriteSubtitlesAsync(ScriptCues.Dubbed(version.Script), version.Language, cancellationToken);
            subtitles.Add(new SubtitleTrack(dubbed.Path, version.Language));
        }
        subtitles.Add(new SubtitleTrack((await _files.WriteSubtitlesAsync(ScriptCues.Spoken(first), from, cancellationToken)).Path, from));
        foreach (var version in versions.Where(_ => request.Bilingual))
            await _files.WriteSubtitlesAsync(ScriptCues.Bilingual(version.Script), $"{version.Language}-{from}", cancellationToken);
        var tracks = new Tracks([.. versions.Select(version => new Dub(version.Language, version.WriteAsync))], from, subtitles) { Picture = picture };
        if (!Burns(media)) return (tracks, picture is null ? Container.For(media) : Container.ForEncoded(media));
        // Under a name of our own: the film's may hold anything.
        var drawn = Path.Combine(request.WorkFolder, "burn-in.ass");
        await File.WriteAllTextAsync(drawn, SubtitleWriter.Write(request.Bilingual ? ScriptCues.Bilingual(first) : ScriptCues.Dubbed(first), SubtitleFormat.Ass), cancellationToken);
        return (tracks with { BurnIn = drawn }, Container.ForEncoded(media));
    }

    bool Burns(MediaInfo media) => request.BurnIn && media.Video is not null;

    IEnumerable<string> LanguageNotes(Script script)
    {
        // What was found by a run that this one continues is given to the recogniser, but not by anybody.
        if (request.SourceLanguage == "auto" || script.SourceLanguageDoubt is not { } doubt) yield break;
        var (given, heard) = (Languages.NameOf(script.SourceLanguage), Languages.NameOf(doubt.Language));
        yield return FormattableString.Invariant($"{given} was given as the language of the original, but it sounds like {heard} ({100 * doubt.Probability:0} %): if that is right, start again with {heard}, or with auto.");
    }

    IEnumerable<string> PictureNotes(MediaInfo media, bool untouched)
    {
        if (!untouched) yield return "The picture came out changed; please report this with the file.";
        if (Burns(media)) yield return "The picture was encoded again, with the subtitles in it, as was asked for.";
        else if (request.BurnIn) yield return "There is no picture that subtitles could be drawn into.";
    }

    async Task<DubbingResult> TranscriptAsync(Script script, MediaInfo media, CancellationToken cancellationToken)
    {
        var main = await _files.WriteSubtitlesAsync(ScriptCues.Spoken(script), script.SourceLanguage, cancellationToken);
        var text = string.Join('\n', script.Utterances.Select(line => line.Text)) + "\n";
        await _files.WriteTextAsync("text", $".{script.SourceLanguage}.txt", text, script.SourceLanguage, cancellationToken);
        progress.Report(Phase.Assembling, 1, "Done");
        var report = ReportOf(script, media) with
        {
            Engines = new Dictionary<string, string> { ["recognition"] = await RecognizerNameAsync(cancellationToken) },
            Notes = [.. LanguageNotes(script), .. _heard.Remarks.Keys],
            Versions = [new VersionReport { Language = script.SourceLanguage, Lines = LineFigures.Of(script.Utterances, 0) }],
        };
        return await FinishAsync(main, [script], report, media.Video is not null, cancellationToken);
    }

    async Task<DubbingResult> FinishAsync(Artifact main, IReadOnlyList<Script> scripts, DubbingReport report, bool hasPicture, CancellationToken cancellationToken)
    {
        var run = await engines.QuotedAsync(request, report.SourceLanguage, report.DurationSeconds, hasPicture, cancellationToken);
        var made = scripts.Zip(report.Versions, (script, version) => MadeVersion.Of(script, _continues ? null : version.Tokens, engines.EngineOf)).ToList();
        var result = await _files.FinishAsync(main, scripts, report with { Quote = engines.Quoter.Compare(run, made, _heard.OwnShare, _watch.Elapsed.TotalSeconds) }, _watch, cancellationToken);
        // A run that continues another did a part of the work only.
        if (!_continues) engines.Quoter.Learn(run, made, _heard.OwnShare, result.Report);
        return result;
    }

    DubbingReport ReportOf(Script script, MediaInfo media) => new()
    {
        DurationSeconds = Math.Round(media.DurationSeconds, 3),
        SourceLanguage = script.SourceLanguage,
        SourceLanguageProbability = script.SourceLanguageProbability,
        StageSeconds = progress.StageSeconds,
    };

    async Task<string> RecognizerNameAsync(CancellationToken cancellationToken)
    {
        var recognizer = await engines.RecognizerAsync(request, cancellationToken);
        return recognizer.GetService(typeof(Microsoft.Extensions.AI.SpeechToTextClientMetadata)) is Microsoft.Extensions.AI.SpeechToTextClientMetadata { ProviderName: { } name } about
            ? $"{name} {about.DefaultModelId}".Trim()
            : recognizer.GetType().Name;
    }
}
