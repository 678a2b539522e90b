using System.Collections.Concurrent;
using Microsoft.Extensions.AI;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Models;
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

    public async Task<ISpeechToTextClient> RecognizerAsync(DubbingRequest request, CancellationToken cancellationToken) => await GetAsync(
        $"recognition {catalog.RecognitionKey(request.Quality, request.Recognition)}", null,
        token => catalog.OpenRecognizerAsync(request.Quality, request.Recognition, token), cancellationToken);

    /// <summary>One engine speaks many languages: it is loaded once for all.</summary>
    public async Task<ITextToSpeechClient> SpeechAsync(string target, DubbingRequest request, CancellationToken cancellationToken)
    {
        var engines = await catalog.SpeechEnginesAsync(target, request.Speech, cancellationToken);
        return engines.Count == 1
            ? await OpenAsync(engines[0], cancellationToken)
            : await FallbackTextToSpeechClient.OpenAsync(
                Languages.Get(target).Code, [.. engines.Select(engine => new SpeechCandidate(engine.Name, token => OpenAsync(engine, token)))], cancellationToken);
    }

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
        List<string> notes = [catalog.ChooseRecognition(request.Quality, request.Recognition).ToNote("recognition")];
        foreach (var target in request.TargetLanguages)
        {
            var of = request.TargetLanguages.Count == 1 ? "" : $" into {Languages.NameOf(target)}";
            notes.Add(_choices[TranslationKey(source, target, request)].ToNote("translation" + of));
            notes.Add((await catalog.ChooseSpeechAsync(target, request.Speech, cancellationToken)).ToNote("speech" + of.Replace("into", "in", StringComparison.Ordinal)));
        }
        return notes;
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
