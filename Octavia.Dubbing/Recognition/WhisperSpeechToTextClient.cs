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
        readonly Dictionary<string, double> evidence = [];
        string? language;

        public Call(WhisperSpeechToTextClient client, SpeechToTextOptions? wishes)
        {
            this.client = client;
            var beams = wishes?.AdditionalProperties?.TryGetValue("beams", out int n) == true ? n : client.options.Beams;
            recognizer = new WindowRecognizer(client.model, client.options with { Beams = beams });
            english = wishes?.TextLanguage is { } text && client.model.Vocabulary.FindLanguage(text) == "en";
            if (wishes?.SpeechLanguage is not { } tag) return;
            IsSettled = true;
            language = client.model.Vocabulary.FindLanguage(tag)
                ?? throw new DubbingException(new Failure("language.unknown", FailureKind.Usage,
                    $"The recogniser does not know the language {tag}: give another, or auto to detect it."));
        }

        /// <summary>Whether the language is beyond doubt.</summary>
        public bool IsSettled { get; private set; }

        public string? Language => language is null ? null : WhisperVocabulary.ToIso(language);

        public double? LanguageProbability { get; private set; }

        public Task<RecognizedWindow> RecognizeAsync(SpeechWindow window, CancellationToken cancellationToken)
        {
            using var hidden = recognizer.Encode(window);
            cancellationToken.ThrowIfCancellationRequested();
            if (!IsSettled) Detect(window, hidden);
            return Task.FromResult(recognizer.Recognize(window, hidden, language!, english && language != "en", cancellationToken));
        }

        /// <summary>Listens to a window for its language alone.</summary>
        public void Detect(SpeechWindow window)
        {
            using var hidden = recognizer.Encode(window);
            Detect(window, hidden);
        }

        /// <summary>Weighs the windows by their speech until one language has more than half of the evidence.</summary>
        void Detect(SpeechWindow window, OrtValue hidden)
        {
            foreach (var (code, p) in client.model.DetectLanguages(hidden))
                evidence[code] = evidence.GetValueOrDefault(code) + p * Math.Max(0.1, window.SpeechIn(window.Start, window.End));
            (language, var most) = evidence.MaxBy(pair => pair.Value);
            LanguageProbability = most / evidence.Values.Sum();
            IsSettled = LanguageProbability > 0.5;
        }
    }
}
