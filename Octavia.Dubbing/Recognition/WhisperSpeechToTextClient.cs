using Microsoft.Extensions.AI;
using Microsoft.ML.OnnxRuntime;

namespace Octavia.Dubbing.Recognition;

/// <summary>Whisper on ONNX Runtime, in process.</summary>
/// <remarks><c>TextLanguage</c> "en" with speech of another language translates.</remarks>
public sealed class WhisperSpeechToTextClient : WindowSpeechToTextClient
{
    readonly WhisperModel model;
    readonly WhisperOptions options;

    WhisperSpeechToTextClient(WhisperModel model, SileroVad vad, WhisperOptions options, string name)
        : base(vad, options.Speech, new SpeechToTextClientMetadata("whisper-onnx", defaultModelId: name)) => (this.model, this.options) = (model, options);

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

    private protected override bool JoinsSpeech => true;

    internal override IWindowCall Begin(SpeechToTextOptions? wishes) => new Call(this, wishes);

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing) model.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>One sound: its language, once known.</summary>
    internal sealed class Call : IWindowCall
    {
        readonly WhisperSpeechToTextClient client;
        readonly WindowRecognizer recognizer;
        readonly bool english;
        readonly LanguageEvidence evidence = new();
        readonly bool isGiven;
        string? language;
        bool hasSettled;

        // Of the window that was listened to first and is recognised next: to encode it is most of the work.
        (SpeechWindow Window, OrtValue Hidden)? encoded;

        public Call(WhisperSpeechToTextClient client, SpeechToTextOptions? wishes)
        {
            this.client = client;
            var beams = wishes?.AdditionalProperties?.TryGetValue("beams", out int n) == true ? n : client.options.Beams;
            recognizer = new WindowRecognizer(client.model, client.options with { Beams = beams });
            english = wishes?.TextLanguage is { } text && client.model.Vocabulary.FindLanguage(text) == "en";
            if (wishes?.SpeechLanguage is not { } tag) return;
            isGiven = true;
            language = client.model.Vocabulary.FindLanguage(tag)
                ?? throw new DubbingException(new Failure("language.unknown", FailureKind.Usage,
                    $"The recogniser does not know the language {tag}: give another, or auto to detect it."));
        }

        /// <summary>Whether nobody need listen for the language any more.</summary>
        public bool IsSettled => isGiven ? evidence.IsEnough : hasSettled;

        public string? Language => language is null ? null : WhisperVocabulary.ToIso(language);

        public double? LanguageProbability { get; private set; }

        public LanguageDoubt? Doubt { get; private set; }

        public bool IsListening => !isGiven && evidence.IsEmpty;

        public Task<RecognizedWindow> RecognizeAsync(SpeechWindow window, CancellationToken cancellationToken)
        {
            using var hidden = Take(window);
            cancellationToken.ThrowIfCancellationRequested();
            if (!IsSettled) Detect(window, hidden);
            return Task.FromResult(recognizer.Recognize(window, hidden, language!, english && language != "en", cancellationToken));
        }

        public Task ListenAsync(SpeechWindow window, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var hidden = recognizer.Encode(window);
            Detect(window, hidden);
            if (encoded is null) encoded = (window, hidden);
            else hidden.Dispose();
            return Task.CompletedTask;
        }

        public void Settle() => hasSettled = true;

        /// <summary>Listens to a window for its language alone.</summary>
        public void Detect(SpeechWindow window)
        {
            using var hidden = recognizer.Encode(window);
            Detect(window, hidden);
        }

        /// <summary>Weighs the windows until one language has more than half of the evidence, where nobody settles it before. One that was given is used whatever is heard.</summary>
        void Detect(SpeechWindow window, OrtValue hidden)
        {
            evidence.Add(window, client.model.DetectLanguages(hidden).Select(heard => KeyValuePair.Create(WhisperVocabulary.ToIso(heard.Key), heard.Value)));
            if (isGiven)
            {
                Doubt = evidence.DoubtOf(Language!);
                return;
            }
            var (heard, share) = evidence.Most;
            (language, LanguageProbability, hasSettled) = (client.model.Vocabulary.FindLanguage(heard), share, share > 0.5);
        }

        OrtValue Take(SpeechWindow window)
        {
            if (encoded is not { } kept) return recognizer.Encode(window);
            encoded = null;
            if (ReferenceEquals(kept.Window, window)) return kept.Hidden;
            kept.Hidden.Dispose();
            return recognizer.Encode(window);
        }
    }
}
