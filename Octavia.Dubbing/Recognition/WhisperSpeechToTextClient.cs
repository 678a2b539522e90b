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
        /// <summary>Seconds of speech after which nobody need listen whether the language that was given is spoken.</summary>
        const double Enough = 20;

        /// <summary>A few words sound like many a language, seconds.</summary>
        const double Least = 3;

        /// <summary>Share of the evidence from which another language than that given is worth a word.</summary>
        const double Doubtful = 0.8;

        readonly WhisperSpeechToTextClient client;
        readonly WindowRecognizer recognizer;
        readonly bool english;
        readonly Dictionary<string, double> evidence = [];
        readonly bool isGiven;
        double listened;
        string? language;

        public Call(WhisperSpeechToTextClient client, SpeechToTextOptions? wishes)
        {
            this.client = client;
            var beams = wishes?.AdditionalProperties?.TryGetValue("beams", out int n) == true ? n : client.options.Beams;
            recognizer = new WindowRecognizer(client.model, client.options with { Beams = beams });
            english = wishes?.TextLanguage is { } text && client.model.Vocabulary.FindLanguage(text) == "en";
            if (wishes?.SpeechLanguage is not { } tag) return;
            IsSettled = isGiven = true;
            language = client.model.Vocabulary.FindLanguage(tag)
                ?? throw new DubbingException(new Failure("language.unknown", FailureKind.Usage,
                    $"The recogniser does not know the language {tag}: give another, or auto to detect it."));
        }

        /// <summary>Whether the language is beyond doubt.</summary>
        public bool IsSettled { get; private set; }

        public string? Language => language is null ? null : WhisperVocabulary.ToIso(language);

        public double? LanguageProbability { get; private set; }

        public LanguageDoubt? Doubt { get; private set; }

        public Task<RecognizedWindow> RecognizeAsync(SpeechWindow window, CancellationToken cancellationToken)
        {
            using var hidden = recognizer.Encode(window);
            cancellationToken.ThrowIfCancellationRequested();
            if (isGiven ? listened < Enough : !IsSettled) Detect(window, hidden);
            return Task.FromResult(recognizer.Recognize(window, hidden, language!, english && language != "en", cancellationToken));
        }

        /// <summary>Listens to a window for its language alone.</summary>
        public void Detect(SpeechWindow window)
        {
            using var hidden = recognizer.Encode(window);
            Detect(window, hidden);
        }

        /// <summary>Weighs the windows by their speech until one language has more than half of the evidence. One that was given is used whatever is heard.</summary>
        void Detect(SpeechWindow window, OrtValue hidden)
        {
            var spoken = Math.Max(0.1, window.SpeechIn(window.Start, window.End));
            listened += spoken;
            foreach (var (code, p) in client.model.DetectLanguages(hidden)) evidence[code] = evidence.GetValueOrDefault(code) + p * spoken;
            var (heard, most) = evidence.MaxBy(pair => pair.Value);
            var share = most / evidence.Values.Sum();
            if (!isGiven) (language, LanguageProbability, IsSettled) = (heard, share, share > 0.5);
            else Doubt = heard != language && share >= Doubtful && listened >= Least ? new LanguageDoubt(WhisperVocabulary.ToIso(heard), Math.Round(share, 2)) : null;
        }
    }
}
