using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.ML.OnnxRuntime;

namespace Octavia.Dubbing.Recognition;

/// <summary>
/// Whisper on ONNX Runtime, in process. Reads 16 kHz mono WAV (16-bit or float) as it arrives, finds speech, and gives a segment as soon
/// as it is final; holds about a minute of sound. Updates carry words, language and position (<see cref="RecognizedWords"/>);
/// updates without text only move the position. Thread-safe; dispose it to free the models.
/// </summary>
/// <remarks>
/// <c>SpeechLanguage</c> null detects the language; <c>TextLanguage</c> "en" with speech of another language translates. Text keeps its
/// leading blank, so that segments can be joined.
/// </remarks>
public sealed class WhisperSpeechToTextClient : ISpeechToTextClient
{
    readonly WhisperModel model;
    readonly SileroVad vad;
    readonly WhisperOptions options;
    readonly SpeechToTextClientMetadata metadata;

    WhisperSpeechToTextClient(WhisperModel model, SileroVad vad, WhisperOptions options, string name)
    {
        (this.model, this.vad, this.options) = (model, vad, options);
        metadata = new SpeechToTextClientMetadata("whisper-onnx", defaultModelId: name);
    }

    /// <summary>Opens the models.</summary>
    /// <param name="folder">A Whisper export: <c>models/whisper-base</c>, or a larger one of the same form.</param>
    /// <param name="vadFolder">Folder of <c>silero_vad_16k.onnx</c>.</param>
    /// <param name="options">How to recognise; null for the defaults.</param>
    /// <exception cref="DubbingException"><c>model.missing</c>, <c>model.damaged</c>.</exception>
    public static WhisperSpeechToTextClient Open(string folder, string vadFolder, WhisperOptions? options = null)
    {
        var vad = SileroVad.Open(vadFolder);
        try
        {
            var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));
            return new WhisperSpeechToTextClient(WhisperModel.Open(folder), vad, options ?? new WhisperOptions(), name);
        }
        catch
        {
            vad.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    /// <exception cref="DubbingException"><c>input.bad_wav</c>, <c>language.unknown</c>.</exception>
    public async IAsyncEnumerable<SpeechToTextResponseUpdate> GetStreamingTextAsync(
        Stream audioSpeechStream, SpeechToTextOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var call = new Call(this, options);
        var windows = new SpeechWindows(await WavReader.OpenAsync(audioSpeechStream, cancellationToken), new SpeechDetector(vad, this.options.Speech));
        var position = 0.0;
        // Reading, detecting and decoding are work for the processor: never on the caller's thread.
        while (await Task.Run(() => windows.NextAsync(position, cancellationToken), cancellationToken) is { } window)
        {
            if (window.Samples.Length > 0)
            {
                var result = await Task.Run(() => call.Recognize(window, cancellationToken), cancellationToken);
                foreach (var segment in result.Segments) yield return call.Update(segment);
                position = result.Resume;
            }
            else position = window.End;
            yield return call.Progress(position);
        }
    }

    /// <inheritdoc />
    /// <exception cref="DubbingException"><c>input.bad_wav</c>, <c>language.unknown</c>.</exception>
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
        model.Dispose();
        vad.Dispose();
    }

    /// <summary>One sound: its language, once known, and its answers.</summary>
    sealed class Call
    {
        /// <summary>Seconds of speech after which nobody need listen whether the language that was given is spoken.</summary>
        const double Enough = 20;

        /// <summary>A few words sound like many a language, seconds.</summary>
        const double Least = 3;

        /// <summary>Share of the evidence from which another language than that given is worth a word.</summary>
        const double Doubtful = 0.8;

        readonly WhisperSpeechToTextClient client;
        readonly WindowRecognizer recognizer;
        readonly bool english;
        readonly string id = Guid.NewGuid().ToString("N");
        readonly Dictionary<string, double> evidence = [];
        readonly bool isGiven;
        bool isSettled;
        double listened;
        string? language;
        double? probability;
        LanguageDoubt? doubt;
        double told;

        public Call(WhisperSpeechToTextClient client, SpeechToTextOptions? wishes)
        {
            this.client = client;
            var beams = wishes?.AdditionalProperties?.TryGetValue("beams", out int n) == true ? n : client.options.Beams;
            recognizer = new WindowRecognizer(client.model, client.options with { Beams = beams });
            english = wishes?.TextLanguage is { } text && client.model.Vocabulary.FindLanguage(text) == "en";
            if (wishes?.SpeechLanguage is not { } tag) return;
            isSettled = isGiven = true;
            language = client.model.Vocabulary.FindLanguage(tag)
                ?? throw new DubbingException(new Failure("language.unknown", FailureKind.Usage,
                    $"The recogniser does not know the language {tag}: give another, or auto to detect it."));
        }

        public RecognizedWindow Recognize(SpeechWindow window, CancellationToken cancellationToken)
        {
            using var hidden = recognizer.Encode(window);
            cancellationToken.ThrowIfCancellationRequested();
            if (isGiven ? listened < Enough : !isSettled) Detect(window, hidden);
            return recognizer.Recognize(window, hidden, language!, english && language != "en", cancellationToken);
        }

        /// <summary>Weighs the windows by their speech until one language has more than half of the evidence. One that was given is used whatever is heard.</summary>
        void Detect(SpeechWindow window, OrtValue hidden)
        {
            var spoken = Math.Max(0.1, window.SpeechIn(window.Start, window.End));
            listened += spoken;
            foreach (var (code, p) in client.model.DetectLanguages(hidden)) evidence[code] = evidence.GetValueOrDefault(code) + p * spoken;
            var (heard, most) = evidence.MaxBy(pair => pair.Value);
            var share = most / evidence.Values.Sum();
            if (isGiven)
            {
                doubt = heard != language && share >= Doubtful && listened >= Least ? new LanguageDoubt(WhisperVocabulary.ToIso(heard), Math.Round(share, 2)) : null;
                return;
            }
            (language, probability, isSettled) = (heard, share, share > 0.5);
        }

        public SpeechToTextResponseUpdate Update(RecognizedSegment segment)
        {
            var words = segment.Words.Select(NotBefore).ToList();
            return Base(new SpeechToTextResponseUpdate(segment.Text), SpeechToTextResponseUpdateKind.TextUpdated, words[0].Start, told)
                .With(words, WhisperVocabulary.ToIso(language!), probability, told, doubt);
        }

        public SpeechToTextResponseUpdate Progress(double position) =>
            Base(new SpeechToTextResponseUpdate(), SpeechToTextResponseUpdateKind.TextUpdating, null, null).With(position: Math.Max(told, position), doubt: doubt);

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
            update.ModelId = client.metadata.DefaultModelId;
            update.StartTime = start is { } from ? TimeSpan.FromSeconds(from) : null;
            update.EndTime = end is { } to ? TimeSpan.FromSeconds(to) : null;
            return update;
        }
    }
}
