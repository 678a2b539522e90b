using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Pipeline;
using Octavia.Dubbing.Quoting;
using Octavia.Dubbing.Translation;

namespace Octavia.Dubbing;

/// <summary>What to do with the input.</summary>
public enum DubbingTask
{
    /// <summary>Media in, the same picture speaking another language out.</summary>
    VideoTranslate,

    /// <summary>Media in, script and subtitles out.</summary>
    Transcribe,

    /// <summary>SRT, VTT or text in, the same in another language out.</summary>
    Translate,

    /// <summary>Text or subtitles in, audio out.</summary>
    Synthesize,
}

/// <summary>How much time quality may cost.</summary>
public enum Quality
{
    /// <summary>Greedy, smallest models.</summary>
    Fast,

    /// <summary>The default.</summary>
    Balanced,

    /// <summary>Beam search, largest models at hand.</summary>
    Best,
}

/// <summary>The four stages, in the order of their share of the progress: 0-30, 30-60, 60-90, 90-100.</summary>
public enum Phase
{
    /// <summary>Decoding and recognising.</summary>
    Transcribing,

    /// <summary>Translating.</summary>
    Translating,

    /// <summary>Casting, speaking and fitting.</summary>
    Synthesizing,

    /// <summary>Mixing and writing.</summary>
    Assembling,
}

/// <summary>A part of the media.</summary>
/// <param name="Start">Seconds.</param>
/// <param name="Seconds">Length, up to the end of the media.</param>
public sealed record MediaSpan(double Start, double Seconds);

/// <summary>One run of the engine.</summary>
public sealed record DubbingRequest
{
    /// <summary>What to do.</summary>
    public DubbingTask Task { get; init; } = DubbingTask.VideoTranslate;

    /// <summary>Path of the input file.</summary>
    public required string Input { get; init; }

    /// <summary>Folder for results; made when missing.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>
    /// Folder of <c>script.json</c> (and <c>script.fr.json</c> and the like, for languages after the first) and <c>takes/</c>, from which an interrupted run
    /// continues; made when missing. A part of which the whole has no use keeps its own, <c>script.part.json</c>.
    /// </summary>
    public required string WorkFolder { get; init; }

    /// <summary>Name of result files without extension; null for the input's.</summary>
    public string? Name { get; init; }

    /// <summary>ISO 639-1, or <c>auto</c>.</summary>
    public string SourceLanguage { get; init; } = "auto";

    /// <summary>
    /// ISO 639-1: of a dub one or more, each a sound track of the one result, the first of them the one that plays; of texts exactly one; for
    /// <see cref="DubbingTask.Transcribe"/> ignored.
    /// </summary>
    public IReadOnlyList<string> TargetLanguages { get; init; } = [];

    /// <summary>How much time quality may cost.</summary>
    public Quality Quality { get; init; } = Quality.Balanced;

    /// <summary>Size of the model that recognises, one of <see cref="ModelSizes"/>; null to leave it to the quality.</summary>
    public string? ModelSize { get; init; }

    /// <summary>The sound track to dub or to transcribe: its number among them, from 1, or its language; null for the one that the file plays.</summary>
    public string? AudioTrack { get; init; }

    /// <summary>Recognition engine, or <c>auto</c>.</summary>
    public string Recognition { get; init; } = "auto";

    /// <summary>Translation engine, or <c>auto</c>.</summary>
    public string Translation { get; init; } = "auto";

    /// <summary>Speech engine, or <c>auto</c>.</summary>
    public string Speech { get; init; } = "auto";

    /// <summary>Terms that are translated always in one way.</summary>
    public Glossary Glossary { get; init; } = Glossary.Empty;

    /// <summary>How people are spoken to.</summary>
    public Tone Tone { get; init; }

    /// <summary>Voice of every speaker; null to cast one per speaker.</summary>
    public string? Voice { get; init; }

    /// <summary>Whether each voice is to come near the original speaker's in pitch and rate, by mixing voices; else voices are cast by sex and pitch alone.</summary>
    public bool MatchVoices { get; init; }

    /// <summary>
    /// Whether a dub is to speak in clones of the speakers' own voices, by an engine that can make them; only with <see cref="ConsentGiven"/>. They are deleted
    /// after the run, however it ends.
    /// </summary>
    public bool CloneVoices { get; init; }

    /// <summary>When the user confirmed to have the consent of those who speak to the cloning of their voices; null for not at all.</summary>
    public DateTimeOffset? ConsentGiven { get; init; }

    /// <summary>Who confirmed it, for the report; null where nobody is known.</summary>
    public string? ConsentBy { get; init; }

    /// <summary>How many people speak; null to find out.</summary>
    public int? Speakers { get; init; }

    /// <summary>Whether to make subtitles in two languages too, for each language of the dub: that above, the original's below.</summary>
    public bool Bilingual { get; init; }

    /// <summary>
    /// Whether to draw the subtitles of the first language into the picture (with the original's, with <see cref="Bilingual"/>): the one case in which it
    /// is encoded again.
    /// </summary>
    public bool BurnIn { get; init; }

    /// <summary>
    /// The part of the media that is dubbed, as if there were no more of it; null for all. A run of the whole in the same work folder goes on from where one of
    /// the beginning ended. Lips are not moved.
    /// </summary>
    public MediaSpan? Span { get; init; }

    /// <summary>
    /// Called after a script and every new take of it were written to <see cref="WorkFolder"/>, with the paths relative to it, never twice at a time.
    /// What it throws ends the run: that is how a worker that lost its job stops.
    /// </summary>
    public Func<IReadOnlyList<string>, CancellationToken, Task>? Checkpoint { get; init; }
}

/// <summary>Where a run stands. <see cref="Percentage"/> never goes back.</summary>
/// <param name="Phase">Stage.</param>
/// <param name="Percentage">0 to 100 over the whole run.</param>
/// <param name="Step">What is being done, for people.</param>
public sealed record DubbingProgress(Phase Phase, double Percentage, string Step);

/// <summary>A file that a run made.</summary>
/// <param name="Kind"><c>video</c>, <c>audio</c>, <c>subtitles</c>, <c>script</c>, <c>report</c>, <c>text</c>.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Language">ISO 639-1 of what is in one language, codes with hyphens (<c>es-en</c>) of what is in several; null where it says nothing.</param>
public sealed record Artifact(string Kind, string Path, string? Language = null);

/// <summary>What a run made. <see cref="Main"/> is the file that the user came for and is one of <see cref="Artifacts"/>.</summary>
public sealed record DubbingResult(Artifact Main, IReadOnlyList<Artifact> Artifacts, Reporting.DubbingReport Report);

/// <summary>The engine: media in, dubbed media out. Thread-safe; keeps models loaded until it is disposed.</summary>
public sealed class Dubber : IAsyncDisposable
{
    readonly EnginePool _engines;

    /// <summary>What is loaded, for those that measure.</summary>
    internal EnginePool Engines => _engines;

    /// <summary>An engine.</summary>
    /// <param name="options">What it may use.</param>
    public Dubber(EngineOptions options)
    {
        var models = new ModelStore(options.Models);
        _engines = new EnginePool(new EngineCatalog(options, models), models) { Quoter = new Quoter(new PriceList(options.Prices), SpeedLog.In(models.Cache)) };
    }

    /// <summary>Tells what a dub or a transcript of a file would take, without doing any of it.</summary>
    /// <exception cref="DubbingException">As <see cref="RunAsync"/> would refuse it before the work.</exception>
    public async Task<Quote> QuoteAsync(DubbingRequest request, CancellationToken cancellationToken)
    {
        var media = (await MediaProbe.ProbeAsync(request.Input, request.Name ?? Path.GetFileName(request.Input), cancellationToken)).Choose(request.AudioTrack).Only(request.Span);
        return await QuoteAsync(request, media.DurationSeconds, media.Video is not null, cancellationToken);
    }

    /// <summary>As the other, of media that is elsewhere or of a text.</summary>
    /// <param name="request">What would be asked for; its files do not matter.</param>
    /// <param name="mediaSeconds">Length, of a text as spoken.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public Task<Quote> QuoteAsync(DubbingRequest request, double mediaSeconds, CancellationToken cancellationToken) => QuoteAsync(request, mediaSeconds, true, cancellationToken);

    async Task<Quote> QuoteAsync(DubbingRequest request, double mediaSeconds, bool hasPicture, CancellationToken cancellationToken)
    {
        request = Normalize(request);
        return _engines.Quoter.Make(await _engines.QuotedAsync(request, request.SourceLanguage, mediaSeconds, hasPicture, cancellationToken));
    }

    /// <summary>Runs one request to its end.</summary>
    /// <exception cref="DubbingException">With the typed reason.</exception>
    /// <exception cref="OperationCanceledException">When cancelled.</exception>
    public async Task<DubbingResult> RunAsync(DubbingRequest request, IProgress<DubbingProgress>? progress, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        request = Normalize(request);
        Directory.CreateDirectory(request.OutputFolder);
        Directory.CreateDirectory(request.WorkFolder);
        try
        {
            return await RunStagesAsync(request, progress, cancellationToken);
        }
        finally
        {
            await _engines.ReleaseAsync(request);
        }
    }

    async Task<DubbingResult> RunStagesAsync(DubbingRequest request, IProgress<DubbingProgress>? progress, CancellationToken cancellationToken) =>
        request.Task switch
        {
            DubbingTask.Translate => await new TextRun(request, _engines, new RunProgress(progress, Phase.Translating)).RunAsync(cancellationToken),
            DubbingTask.Synthesize => await new NarrationRun(request, _engines, new RunProgress(progress, Phase.Synthesizing)).RunAsync(cancellationToken),
            DubbingTask.Transcribe => await new MediaRun(request, _engines, new RunProgress(progress, Phase.Transcribing)).RunAsync(cancellationToken),
            _ => await new MediaRun(request, _engines, new RunProgress(progress, null)).RunAsync(cancellationToken),
        };

    // People write languages in many ways; from here on there is one.
    static DubbingRequest Normalize(DubbingRequest request)
    {
        if (request is { CloneVoices: true, ConsentGiven: null })
            throw new DubbingException(new Failure(
                "clone.no_consent", FailureKind.Usage, "Voices are cloned only with the consent of those who speak: confirm that you have it (--i-have-consent)."));
        if (request.Span is { } span && !(span is { Start: >= 0, Seconds: >= MediaInfo.ShortestSpan }))
            throw new DubbingException(new Failure("span.invalid", FailureKind.Usage, "A part of the media begins at 0 seconds or later and lasts a second at least."));
        // Refused before the work.
        if (request.ModelSize is { } size) _ = ModelSizes.ModelOf(size);
        var from = request.SourceLanguage is "auto" or "" ? "auto" : Languages.Get(request.SourceLanguage).Code;
        if (request.Task == DubbingTask.Transcribe) return request with { SourceLanguage = from, TargetLanguages = [] };
        var to = (request.TargetLanguages is { Count: > 0 } named ? named : [""]).Select(Languages.Get).ToList();
        if (to.GroupBy(language => language).FirstOrDefault(same => same.Count() > 1) is { Key: var twice })
            throw new DubbingException(new Failure("language.twice", FailureKind.Usage, $"{twice.Name} is named twice as the language to make: name each language once."));
        if (to.Count > 1 && request.Task != DubbingTask.VideoTranslate)
            throw new DubbingException(new Failure("language.several", FailureKind.Usage, "Only a dub can be made in several languages at once: name one language."));
        return request with { SourceLanguage = from, TargetLanguages = [.. to.Select(language => language.Code)] };
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _engines.DisposeAsync();
}
