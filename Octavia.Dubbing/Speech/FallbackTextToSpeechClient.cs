using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Octavia.Dubbing.Speakers;

namespace Octavia.Dubbing.Speech;

/// <summary>An engine that may speak.</summary>
/// <param name="Name">For people.</param>
/// <param name="OpenAsync">Opens it, or gives what is open; not disposed here.</param>
sealed record SpeechCandidate(string Name, Func<CancellationToken, Task<ITextToSpeechClient>> OpenAsync);

/// <summary>
/// Speaks one language with the best engine of a list, and gives a line that it could not speak to the next, in a voice like the one asked for; the response then
/// has a remark (<see cref="SpeechRemarks"/>). Voices are those of the first engine that could be opened. For one run: it owns none of the engines.
/// </summary>
sealed class FallbackTextToSpeechClient : ITextToSpeechClient
{
    // A service that is down would be waited for again with every line of a film.
    const int EnoughFailures = 2;
    static readonly TimeSpan Rest = TimeSpan.FromMinutes(5);

    // What the sexes typically speak at (VoiceCasting), where a voice was not measured.
    const double TypicalMan = 120, TypicalWoman = 210;

    readonly string _language;
    readonly List<Engine> _engines;
    readonly Engine _lead;
    readonly ConcurrentDictionary<string, Voice> _known = new();

    FallbackTextToSpeechClient(string language, List<Engine> engines, Engine lead) => (_language, _engines, _lead) = (language, engines, lead);

    string? _unopened;

    /// <summary>Why an engine before the one that speaks could not be opened; null when there is none.</summary>
    public string? Problem => _unopened is null ? null : $"{_unopened} {_lead.Name} spoke instead.";

    /// <summary>Opens the first engine that can be.</summary>
    /// <param name="language">ISO 639-1.</param>
    /// <param name="candidates">The best first; not empty.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DubbingException">What the last one throws.</exception>
    public static async Task<FallbackTextToSpeechClient> OpenAsync(string language, IReadOnlyList<SpeechCandidate> candidates, CancellationToken cancellationToken)
    {
        var engines = candidates.Select(candidate => new Engine(candidate)).ToList();
        for (var i = 0; ; i++)
        {
            try
            {
                await engines[i].OpenAsync(cancellationToken);
                return new FallbackTextToSpeechClient(language, engines[i..], engines[i]) { _unopened = i == 0 ? null : engines[0].Problem };
            }
            catch (DubbingException e) when (i + 1 < engines.Count && CanBeOthers(e))
            {
                engines[i].Note(e.Failure, afterOthers: EnoughFailures);
            }
        }
    }

    /// <inheritdoc />
    public async Task<TextToSpeechResponse> GetAudioAsync(string text, TextToSpeechOptions? options = null, CancellationToken cancellationToken = default)
    {
        string? problem = null;
        DubbingException? refusal = null;
        foreach (var engine in _engines)
        {
            var isLast = engine == _engines[^1];
            problem ??= engine.IsResting && !isLast ? engine.Problem : null;
            if (engine.IsResting && !isLast) continue;
            try
            {
                var response = await SpeakAsync(engine, text, options, cancellationToken);
                if (problem is not null) response.SetRemark($"{problem} It was spoken by {engine.Name} instead.");
                if (problem is not null || _unopened is not null) response.SetOtherEngine(engine.Name);
                return response;
            }
            catch (DubbingException e) when (e.Failure.Code == "speech.voice" && _unopened is not null)
            {
                // The voice that was named may well be one of the engine that could not be opened: that is what the user has to know.
                throw new DubbingException(e.Failure with { Message = $"{_unopened} {engine.Name}, which speaks instead, does not have that voice: name one of its own, or none." }, e);
            }
            catch (DubbingException e) when (CanBeOthers(e))
            {
                refusal ??= e;
                problem ??= e.Failure.Message;
                engine.Note(e.Failure, afterOthers: engine.Failed);
            }
        }
        throw refusal!;
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<TextToSpeechResponseUpdate> GetStreamingAudioAsync(
        string text, TextToSpeechOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var response = await GetAudioAsync(text, options, cancellationToken);
        foreach (var update in response.ToTextToSpeechResponseUpdates()) yield return update;
    }

    /// <inheritdoc />
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType == typeof(FallbackTextToSpeechClient) ? this : _lead.Client!.GetService(serviceType, serviceKey);

    /// <inheritdoc />
    public void Dispose()
    {
        // The engines belong to whoever opened them.
    }

    async Task<TextToSpeechResponse> SpeakAsync(Engine engine, string text, TextToSpeechOptions? options, CancellationToken cancellationToken)
    {
        var client = await engine.OpenAsync(cancellationToken);
        if (engine != _lead && options?.VoiceId is { } voice)
        {
            options = options.Clone();
            options.VoiceId = engine.VoiceLike(voice, PitchOf(voice), _language);
        }
        var response = await client.GetAudioAsync(text, options, cancellationToken);
        engine.Failed = 0;
        return response;
    }

    /// <summary>Tells of a voice that is in no catalogue, so that another engine's voice can be like it.</summary>
    public void Know(Voice voice) => _known[voice.Id] = voice;

    double? PitchOf(string id)
    {
        var voice = _known.GetValueOrDefault(id) ?? (_lead.Client!.GetService(typeof(IVoiceCatalog)) as IVoiceCatalog)?.VoicesFor(_language).FirstOrDefault(voice => voice.Id == id);
        return voice?.MedianPitch ?? voice?.Gender switch { Gender.Male => TypicalMan, Gender.Female => TypicalWoman, _ => null };
    }

    static bool CanBeOthers(DubbingException e) => e.Failure.Kind is not (FailureKind.Usage or FailureKind.Cancelled);

    sealed class Engine(SpeechCandidate candidate)
    {
        readonly Lock _lock = new();
        Dictionary<string, Voice> _cast = [];
        long _failedAt;

        public string Name => candidate.Name;

        public ITextToSpeechClient? Client { get; private set; }

        /// <summary>How often in a row the whole engine failed.</summary>
        public int Failed { get; set; }

        public string Problem { get; private set; } = "";

        public bool IsResting => Failed >= EnoughFailures && Environment.TickCount64 - _failedAt < Rest.TotalMilliseconds;

        public async Task<ITextToSpeechClient> OpenAsync(CancellationToken cancellationToken) => Client ??= await candidate.OpenAsync(cancellationToken);

        // A line that is refused, or comes back silent, says nothing of the next.
        public void Note(Failure failure, int afterOthers)
        {
            (_failedAt, Problem) = (Environment.TickCount64, failure.Message);
            Failed = failure.Kind == FailureKind.MissingTool ? EnoughFailures : failure.Code == "speech.unavailable" ? afterOthers + 1 : afterOthers;
        }

        /// <summary>The engine's voice for what another engine's voice was to say: of its sex, and always the same.</summary>
        public string VoiceLike(string other, double? pitch, string language)
        {
            lock (_lock)
            {
                var voices = (Client!.GetService(typeof(IVoiceCatalog)) as IVoiceCatalog)?.VoicesFor(language) ?? [];
                _cast = new(VoiceCasting.Cast([new SpeakerProfile(other, pitch, 0)], voices, _cast));
                return _cast[other].Id;
            }
        }
    }
}
