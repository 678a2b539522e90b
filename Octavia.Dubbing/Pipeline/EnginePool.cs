using System.Collections.Concurrent;
using Microsoft.Extensions.AI;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Separation;
using Octavia.Dubbing.Speakers;
using Octavia.Dubbing.Speech;
using Octavia.Dubbing.Translation;

namespace Octavia.Dubbing.Pipeline;

/// <summary>Opens each engine once and keeps it for later runs. What could not be opened is tried again the next time.</summary>
sealed class EnginePool(EngineCatalog catalog, ModelStore models) : IAsyncDisposable
{
    readonly ConcurrentDictionary<string, Lazy<Task<object>>> _open = new();

    public Task<ISpeechToTextClient> RecognizerAsync(DubbingRequest request, CancellationToken cancellationToken) =>
        GetAsync($"recognition {request.Recognition} {request.Quality}", () => catalog.OpenRecognizerAsync(request.Quality, request.Recognition), cancellationToken);

    public Task<ITextToSpeechClient> SpeechAsync(DubbingRequest request, CancellationToken cancellationToken) =>
        GetAsync($"speech {request.Speech} {request.TargetLanguage}", () => catalog.OpenSpeechAsync(request.TargetLanguage, request.Speech), cancellationToken);

    public Task<ITranslator> TranslatorAsync(string source, DubbingRequest request, CancellationToken cancellationToken) =>
        GetAsync($"translation {request.Translation} {source} {request.TargetLanguage}", () => catalog.OpenTranslatorAsync(source, request.TargetLanguage, request.Translation), cancellationToken);

    public Task<SpeakerEncoder> SpeakerEncoderAsync(CancellationToken cancellationToken) =>
        GetAsync("speakers", async () => new SpeakerEncoder(await models.GetAsync("speaker-encoder")), cancellationToken);

    /// <summary>Separates speech from background; null where its model is not on this machine: a dub does not wait for a download.</summary>
    public async Task<SpeechSeparator?> SeparatorAsync(CancellationToken cancellationToken) => models.Find("separator") is null
        ? null
        : await GetAsync("separator", async () => new SpeechSeparator(await models.GetAsync("separator")), cancellationToken);

    // Loading belongs to all runs, so one run's cancel ends only its own wait.
    async Task<T> GetAsync<T>(string key, Func<Task<T>> open, CancellationToken cancellationToken)
        where T : class
    {
        var entry = _open.GetOrAdd(key, _ => new Lazy<Task<object>>(() => Task.Run<object>(async () => await open(), CancellationToken.None)));
        try
        {
            return (T)await entry.Value.WaitAsync(cancellationToken);
        }
        catch when (entry.Value.IsFaulted)
        {
            _open.TryRemove(new(key, entry));
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var entry in _open.Values)
        {
            var opened = await entry.Value.ContinueWith(static task => task.IsCompletedSuccessfully ? task.Result : null, TaskScheduler.Default);
            if (opened is IAsyncDisposable later) await later.DisposeAsync();
            else (opened as IDisposable)?.Dispose();
        }
        _open.Clear();
    }
}
