using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Octavia.Dubbing.Recognition;

/// <summary>Recognises the windows of one sound, in their order.</summary>
interface IWindowCall
{
    /// <summary>Language, ISO 639-1; null until it is known.</summary>
    string? Language { get; }

    /// <summary>Probability of the language found, 0 to 1; null when it was given, or is not told.</summary>
    double? LanguageProbability { get; }

    /// <summary>Another language that is heard than was given; null for none.</summary>
    LanguageDoubt? Doubt => null;

    /// <summary>Whether it wants to listen to more than the first window before it settles for a language.</summary>
    bool IsListening => false;

    /// <summary>Listens to a window for its language alone.</summary>
    Task ListenAsync(SpeechWindow window, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Settles for the language that was heard most of.</summary>
    void Settle()
    {
        // Who does not listen has nothing to settle.
    }

    /// <summary>What a user should know of the last window, in sentences: that another engine recognised it; null for nothing.</summary>
    string? Remark => null;

    /// <summary>Recognises a window with samples.</summary>
    Task<RecognizedWindow> RecognizeAsync(SpeechWindow window, CancellationToken cancellationToken);
}

/// <summary>
/// A recogniser that is given stretches of 30 s at most. Reads 16 kHz mono WAV (16-bit or float) as it arrives, finds speech, and gives a segment as soon
/// as it is final; holds up to three minutes of sound. Updates carry words, language and position (<see cref="RecognizedWords"/>);
/// updates without text only move the position. Thread-safe; dispose it to free the models.
/// </summary>
/// <remarks>
/// <c>SpeechLanguage</c> null detects the language. Text keeps its leading blank, so that segments can be joined.
/// </remarks>
public abstract class WindowSpeechToTextClient : ISpeechToTextClient
{
    /// <summary>Windows, seconds of speech, and seconds of sound after the first that are listened to for their language.</summary>
    const int MostListened = 4;
    const double EnoughListened = 40, FurthestListened = 120;

    readonly SileroVad vad;
    readonly SpeechRules rules;
    readonly SpeechToTextClientMetadata metadata;

    private protected WindowSpeechToTextClient(SileroVad vad, SpeechRules rules, SpeechToTextClientMetadata metadata) =>
        (this.vad, this.rules, this.metadata) = (vad, rules, metadata);

    /// <summary>
    /// Whether speech before and after a long silence may be one stretch: for an engine to which each stretch costs the same. One that tells no times does
    /// better with stretches of their own.
    /// </summary>
    private protected virtual bool JoinsSpeech => false;

    /// <summary>Begins a sound.</summary>
    /// <exception cref="DubbingException"><c>language.unknown</c>.</exception>
    internal abstract IWindowCall Begin(SpeechToTextOptions? wishes);

    /// <inheritdoc />
    /// <exception cref="DubbingException"><c>input.bad_wav</c>, <c>language.unknown</c>, and what the engine throws.</exception>
    public async IAsyncEnumerable<SpeechToTextResponseUpdate> GetStreamingTextAsync(
        Stream audioSpeechStream, SpeechToTextOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var sound = new Sound(Begin(options), metadata.DefaultModelId);
        var windows = new SpeechWindows(await WavReader.OpenAsync(audioSpeechStream, cancellationToken), new SpeechDetector(vad, rules)) { Joins = JoinsSpeech && !sound.Call.IsListening };
        var position = 0.0;
        // Reading, detecting and decoding are work for the processor: never on the caller's thread.
        while (await Task.Run(() => windows.NextAsync(position, cancellationToken), cancellationToken) is { } window)
        {
            if (window.Samples.Length > 0)
            {
                if (sound.Call.IsListening)
                {
                    // Each stretch by itself: they may be of several languages.
                    await Task.Run(() => ListenAsync(sound.Call, window, windows, cancellationToken), cancellationToken);
                    windows.Joins = JoinsSpeech;
                }
                var result = window.InSound(await Task.Run(() => sound.Call.RecognizeAsync(window, cancellationToken), cancellationToken));
                foreach (var segment in result.Segments) yield return sound.Update(segment);
                position = result.Resume;
            }
            else position = window.End;
            yield return sound.Progress(position);
        }
    }

    // A greeting or a song in another language stands at the beginning of many a recording: what is said after it counts as well.
    static async Task ListenAsync(IWindowCall call, SpeechWindow first, SpeechWindows windows, CancellationToken cancellationToken)
    {
        var (heard, window) = (0.0, first);
        for (var count = 1; ; count++)
        {
            await call.ListenAsync(window, cancellationToken);
            heard += window.SpeechIn(window.Start, window.End);
            if (count == MostListened || heard >= EnoughListened) break;
            if (await windows.PeekAsync(window.EndInSound, first.Start + FurthestListened, cancellationToken) is not { } next) break;
            window = next;
        }
        call.Settle();
    }

    /// <inheritdoc />
    /// <exception cref="DubbingException"><c>input.bad_wav</c>, <c>language.unknown</c>, and what the engine throws.</exception>
    public async Task<SpeechToTextResponse> GetTextAsync(
        Stream audioSpeechStream, SpeechToTextOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingTextAsync(audioSpeechStream, options, cancellationToken).ToSpeechToTextResponseAsync(cancellationToken);

    /// <inheritdoc />
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(SpeechToTextClientMetadata) ? metadata
        : serviceType == typeof(SileroVad) ? vad
        : serviceType.IsInstanceOfType(this) ? this : null;

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what it holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing) vad.Dispose();
    }

    /// <summary>One sound and its answers.</summary>
    sealed class Sound(IWindowCall call, string? model)
    {
        readonly string id = Guid.NewGuid().ToString("N");
        double told;

        public IWindowCall Call => call;

        public SpeechToTextResponseUpdate Update(RecognizedSegment segment)
        {
            var words = segment.Words.Select(NotBefore).ToList();
            return Base(new SpeechToTextResponseUpdate(segment.Text), SpeechToTextResponseUpdateKind.TextUpdated, words[0].Start, told)
                .With(words, call.Language, call.LanguageProbability, told, call.Doubt, call.Remark);
        }

        public SpeechToTextResponseUpdate Progress(double position) =>
            Base(new SpeechToTextResponseUpdate(), SpeechToTextResponseUpdateKind.TextUpdating, null, null).With(position: Math.Max(told, position), doubt: call.Doubt);

        /// <summary>A window may begin a little before the last word of the window before it has ended: time never goes back.</summary>
        Word NotBefore(Word word)
        {
            var start = Math.Max(told, word.Start);
            var reach = word.Reach is { } speech ? speech with { Start = Math.Max(told, speech.Start) } : (Stretch?)null;
            told = Math.Max(start, word.End);
            return word with { Start = start, End = told, Reach = reach };
        }

        SpeechToTextResponseUpdate Base(SpeechToTextResponseUpdate update, SpeechToTextResponseUpdateKind kind, double? start, double? end)
        {
            update.Kind = kind;
            update.ResponseId = id;
            update.ModelId = model;
            update.StartTime = start is { } from ? TimeSpan.FromSeconds(from) : null;
            update.EndTime = end is { } to ? TimeSpan.FromSeconds(to) : null;
            return update;
        }
    }
}
