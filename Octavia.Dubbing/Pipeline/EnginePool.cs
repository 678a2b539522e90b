using System.Collections.Concurrent;
using Microsoft.Extensions.AI;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.LipSync;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Quoting;
using Octavia.Dubbing.Separation;
using Octavia.Dubbing.Speakers;
using Octavia.Dubbing.Speech;
using Octavia.Dubbing.Translation;

namespace Octavia.Dubbing.Pipeline;

/// <summary>
/// Opens each engine once and keeps it for later runs; of the translators, which are one per pair of languages, the last used. What could not be
/// opened is tried again the next time.
/// </summary>
sealed class EnginePool(EngineCatalog catalog, ModelStore models) : IAsyncDisposable
{
    /// <summary>Translators that are kept while no run uses them.</summary>
    public const int KeptTranslators = 4;
    readonly Lock _lock = new();
    readonly Dictionary<string, Entry> _open = [];
    readonly ConcurrentDictionary<string, EngineChoice> _choices = new();
    readonly CancellationTokenSource _closing = new();
    long _uses;

    /// <summary>Tells what runs take, and learns it.</summary>
    public Quoter Quoter { get; init; } = new(new PriceList(new Dictionary<string, string>()), SpeedLog.In(models.Cache));

    public async Task<ISpeechToTextClient> RecognizerAsync(DubbingRequest request, CancellationToken cancellationToken) => await GetAsync(
        $"recognition {catalog.RecognitionKey(new RecognitionWish(request.Quality, request.ModelSize), request.Recognition)}", null,
        token => catalog.OpenRecognizerAsync(request.Quality, request.Recognition, request.ModelSize, token), cancellationToken);

    /// <summary>One engine speaks many languages: it is loaded once for all.</summary>
    public async Task<ITextToSpeechClient> SpeechAsync(string target, DubbingRequest request, CancellationToken cancellationToken)
    {
        var engines = await catalog.SpeechEnginesAsync(target, request.Speech, cancellationToken);
        return engines.Count == 1
            ? await OpenAsync(engines[0], cancellationToken)
            : await FallbackTextToSpeechClient.OpenAsync(
                Languages.Get(target).Code, [.. engines.Select(engine => new SpeechCandidate(engine.Name, token => OpenAsync(engine, token)))], cancellationToken);
    }

    /// <summary>What moves the lips, for one run; null where nothing does.</summary>
    public ILipSync? OpenLipSync(DubbingRequest request) => catalog.OpenLipSync(request.Quality);

    Task<ITextToSpeechClient> OpenAsync(ISpeechEngine engine, CancellationToken cancellationToken) =>
        GetAsync($"speech {engine.Name}", null, engine.OpenAsync, cancellationToken);

    /// <summary>The run's until <see cref="ReleaseAsync"/>.</summary>
    public Task<ITranslator> TranslatorAsync(string source, string target, DubbingRequest request, CancellationToken cancellationToken) => GetAsync(
        TranslationKey(source, target, request), request,
        async token =>
        {
            // Kept for the notes: to ask again at the end of a run may mean to wait for a hub that is not reached.
            _choices[TranslationKey(source, target, request)] = await catalog.ChooseTranslationAsync(source, target, request.Translation, token);
            return await catalog.OpenTranslatorAsync(source, target, request.Translation, token);
        },
        cancellationToken);

    static string TranslationKey(string source, string target, DubbingRequest request) => $"translation {request.Translation} {source} {target}";

    public Task<SpeakerEncoder> SpeakerEncoderAsync(CancellationToken cancellationToken) =>
        GetAsync("speakers", null, async token => new SpeakerEncoder(await models.GetAsync("speaker-encoder", token), models.Graphs), cancellationToken);

    /// <summary>Separates speech from background; null where its model is not on this machine: a dub does not wait for a download.</summary>
    public async Task<SpeechSeparator?> SeparatorAsync(CancellationToken cancellationToken) => models.Find("separator") is null
        ? null
        : await GetAsync("separator", null, async token => new SpeechSeparator(await models.GetAsync("separator", token)), cancellationToken);

    /// <summary>Which engines a run has chosen, and why, by the part of the work; for notes.</summary>
    public async Task<IReadOnlyList<string>> NotesAsync(string source, DubbingRequest request, CancellationToken cancellationToken)
    {
        List<string> notes = [catalog.ChooseRecognition(request.Quality, request.Recognition, request.ModelSize).ToNote("recognition")];
        foreach (var target in request.TargetLanguages)
        {
            var of = request.TargetLanguages.Count == 1 ? "" : $" into {Languages.NameOf(target)}";
            notes.Add(_choices[TranslationKey(source, target, request)].ToNote("translation" + of));
            if (await ToneNoteAsync(source, target, request, cancellationToken) is { } note) notes.Add(note);
            notes.Add((await catalog.ChooseSpeechAsync(target, request.Speech, cancellationToken)).ToNote("speech" + of.Replace("into", "in", StringComparison.Ordinal)));
        }
        return notes;
    }

    /// <summary>An engine by its part and name.</summary>
    public EngineChoice EngineOf(string part, string name) =>
        catalog.List().FirstOrDefault(engine => engine.Part == part && engine.Name == name) is { } found ? new EngineChoice(name, found.Description, "") { Facts = found.Facts } : new EngineChoice(name, name, "");

    /// <summary>A run as quotes see it. Where the original's language is still to be found out, the most usual one stands for it.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="source">Language of the original, or <c>auto</c>.</param>
    /// <param name="mediaSeconds">Length.</param>
    /// <param name="hasPicture">Whether there is a picture that could be worked on.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<QuotedRun> QuotedAsync(DubbingRequest request, string source, double mediaSeconds, bool hasPicture, CancellationToken cancellationToken)
    {
        var (hears, translates, speaks) = PartsOf(request.Task);
        var versions = new List<QuotedVersion>();
        foreach (var target in request.TargetLanguages)
        {
            var from = source != "auto" ? source : target == "en" ? "es" : "en";
            // What a run has chosen is not asked for again: that may mean to wait for a hub that is not reached.
            var translation = !translates ? null : _choices.GetValueOrDefault(TranslationKey(from, target, request))
                ?? await catalog.ChooseTranslationAsync(from, target, request.Translation, cancellationToken);
            versions.Add(new QuotedVersion(target, translation, speaks ? await catalog.ChooseSpeechAsync(target, request.Speech, cancellationToken) : null));
        }
        return new QuotedRun(mediaSeconds, request.Quality, hears ? catalog.ChooseRecognition(request.Quality, request.Recognition, request.ModelSize) : null, versions, MixingOf(request))
        {
            OnPicture = hasPicture && request.Task == DubbingTask.VideoTranslate ? [.. OnPicture(request)] : [],
        };
    }

    IEnumerable<(string Part, string Engine)> OnPicture(DubbingRequest request)
    {
        if (catalog.LipSyncName(request.Quality) is { } lips) yield return (Quoter.LipSync, lips);
        if (request.BurnIn) yield return (Quoter.BurnIn, "libx264");
    }

    static (bool Hears, bool Translates, bool Speaks) PartsOf(DubbingTask task) =>
        (task is DubbingTask.VideoTranslate or DubbingTask.Transcribe, task is DubbingTask.VideoTranslate or DubbingTask.Translate, task is DubbingTask.VideoTranslate or DubbingTask.Synthesize);

    string? MixingOf(DubbingRequest request) => request.Task != DubbingTask.VideoTranslate ? null : models.Find("separator") is null ? "ducked" : "separated";

    /// <summary>Says that the tone could not be heeded; null where it was, or none was asked for.</summary>
    public async Task<string?> ToneNoteAsync(string source, string target, DubbingRequest request, CancellationToken cancellationToken)
    {
        if (request.Tone == Tone.Neutral) return null;
        var translator = await TranslatorAsync(source, target, request, cancellationToken);
        return translator.TakesTone ? null : $"The tone {request.Tone.ToString().ToLowerInvariant()} was not heeded: {translator.Description} knows no tone; a chat model does.";
    }

    /// <summary>Tells that a run is over: translators that no run uses any more are closed, but for the last used.</summary>
    public async Task ReleaseAsync(DubbingRequest request)
    {
        List<Entry> closed = [];
        lock (_lock)
        {
            foreach (var entry in _open.Values) entry.Users.Remove(request);
            foreach (var (key, entry) in _open.Where(pair => pair.Value.IsTranslator && pair.Value.Users.Count == 0).OrderByDescending(pair => pair.Value.LastUse).Skip(KeptTranslators).ToList())
            {
                _open.Remove(key);
                closed.Add(entry);
            }
        }
        foreach (var entry in closed) await entry.CloseAsync();
    }

    // Loading belongs to all runs, so one run's cancel ends only its own wait.
    async Task<T> GetAsync<T>(string key, DubbingRequest? user, Func<CancellationToken, Task<T>> open, CancellationToken cancellationToken)
        where T : class
    {
        Entry? entry;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
            if (!_open.TryGetValue(key, out entry) || entry.Opening is { IsCompleted: true, IsCompletedSuccessfully: false })
                _open[key] = entry = new Entry(Task.Run<object>(async () => await open(_closing.Token)), user is not null);
            entry.LastUse = ++_uses;
            if (user is not null) entry.Users.Add(user);
        }
        return (T)await entry.Opening.WaitAsync(cancellationToken);
    }

    /// <summary>Ends what is still being opened or downloaded, and closes the rest.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        List<Entry> entries;
        lock (_lock)
        {
            entries = [.. _open.Values];
            _open.Clear();
        }
        foreach (var entry in entries) await entry.CloseAsync();
    }

    sealed class Entry(Task<object> opening, bool isTranslator)
    {
        public Task<object> Opening => opening;

        public bool IsTranslator => isTranslator;

        /// <summary>Runs that may call it; by reference, since two runs may ask for the same.</summary>
        public HashSet<DubbingRequest> Users { get; } = new(ReferenceEqualityComparer.Instance);

        public long LastUse { get; set; }

        public async Task CloseAsync()
        {
            var opened = await opening.ContinueWith(static task => task.IsCompletedSuccessfully ? task.Result : null, TaskScheduler.Default);
            if (opened is IAsyncDisposable later) await later.DisposeAsync();
            else (opened as IDisposable)?.Dispose();
        }
    }
}
