using System.Text.Json;
using Microsoft.Extensions.AI;
using Octavia.Dubbing.Cloud;
using Octavia.Dubbing.Media;
using OpenAI.Audio;

namespace Octavia.Dubbing.Recognition;

/// <summary>
/// A server that speaks OpenAI's transcription protocol. It is sent the windows in which the speech detector heard something, as 16 kHz WAV of 30 s and less than
/// 1 MB (the service takes 25 MB). Whisper's models tell words with times and the language; the <c>gpt-4o</c> ones text alone: then words are timed by the
/// detector's speech (<see cref="TimedText"/>), and the language is found by the Whisper of this machine. Failures are <see cref="DubbingException"/>:
/// <c>recognition.unauthorized</c>, <c>recognition.model_unknown</c>, <c>recognition.refused</c>, <c>recognition.unavailable</c>,
/// <c>recognition.unreadable</c>, <c>language.undetected</c>.
/// </summary>
sealed class OpenAISpeechToTextClient : WindowSpeechToTextClient
{
    const string KeySetting = "Octavia__OpenAI__ApiKey", ModelSetting = "Octavia__OpenAI__RecognitionModel";

    // As for local Whisper: what is likely nobody's speech, and what repeats itself.
    const double MaxNoSpeech = 0.6, MinMeanLogProbability = -1, MaxCompressionRatio = 2.4;

    readonly AudioClient audio;
    readonly string model;
    readonly HttpClient http;
    readonly Func<CancellationToken, Task<WhisperSpeechToTextClient>>? openLocal;
    readonly bool hasNext;
    readonly SemaphoreSlim opening = new(1, 1);
    WhisperSpeechToTextClient? local;

    // Which form the server takes; null until it took one.
    bool? timed;

    /// <summary>A client.</summary>
    /// <param name="audio">Of the service.</param>
    /// <param name="model">Its model.</param>
    /// <param name="http">Beneath it; owned.</param>
    /// <param name="vad">Finds speech; owned.</param>
    /// <param name="openLocal">Opens this machine's Whisper, then owned; null where there is none.</param>
    /// <param name="hasNext">Whether that one recognises what the service cannot.</param>
    public OpenAISpeechToTextClient(
        AudioClient audio, string model, HttpClient http, SileroVad vad, Func<CancellationToken, Task<WhisperSpeechToTextClient>>? openLocal, bool hasNext)
        : base(vad, new SpeechRules(), new SpeechToTextClientMetadata("openai", null, model))
    {
        (this.audio, this.model, this.http, this.openLocal, this.hasNext) = (audio, model, http, openLocal, hasNext);
        if (model.StartsWith("gpt-4o", StringComparison.Ordinal)) timed = false;
    }

    internal override IWindowCall Begin(SpeechToTextOptions? wishes)
    {
        var call = new Call(this, wishes);
        return hasNext && openLocal is not null ? new FallbackWindows(call, BeginLocalAsync, "Whisper on this machine") : call;

        async Task<IWindowCall> BeginLocalAsync(string? language, CancellationToken cancellationToken)
        {
            var own = wishes?.Clone() ?? new SpeechToTextOptions();
            own.SpeechLanguage ??= language;
            return (await LocalAsync(cancellationToken))!.Begin(own);
        }
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            local?.Dispose();
            opening.Dispose();
            http.Dispose();
        }
        base.Dispose(disposing);
    }

    async Task<WhisperSpeechToTextClient?> LocalAsync(CancellationToken cancellationToken)
    {
        if (openLocal is null) return null;
        await opening.WaitAsync(cancellationToken);
        try
        {
            return local ??= await openLocal(cancellationToken);
        }
        finally
        {
            opening.Release();
        }
    }

    async Task<AudioTranscription> AskAsync(SpeechWindow window, string? language, CancellationToken cancellationToken)
    {
        var wav = Wav.ToPcmBytes(window.Samples, LogMel.SampleRate);
        try
        {
            if (timed != false)
            {
                try
                {
                    var answer = await SendAsync(wav, language, true, cancellationToken);
                    timed = true;
                    return answer;
                }
                catch (Exception e) when (timed is null && CloudFailure.Of(e) is { IsRefusal: true })
                {
                    // A model that knows no times refuses to be asked for them; or it is the sound that is refused, which the other form tells.
                }
            }
            var text = await SendAsync(wav, language, false, cancellationToken);
            timed ??= false;
            return text;
        }
        catch (Exception e) when (CloudFailure.Of(e) is { } failure)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new DubbingException(ToFailure(failure), e);
        }
        catch (Exception e) when (e is not ObjectDisposedException and (JsonException or InvalidOperationException or FormatException or ArgumentException or KeyNotFoundException))
        {
            throw new DubbingException(new Failure("recognition.unreadable", FailureKind.Engine, $"The recognition server's answer cannot be read: check {ModelSetting}."), e);
        }
    }

    async Task<AudioTranscription> SendAsync(byte[] wav, string? language, bool withTimes, CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream(wav);
        var options = new AudioTranscriptionOptions { Language = language, ResponseFormat = withTimes ? AudioTranscriptionFormat.Verbose : AudioTranscriptionFormat.Simple };
        if (withTimes) options.TimestampGranularities = AudioTimestampGranularities.Word | AudioTimestampGranularities.Segment;
        return (await audio.TranscribeAudioAsync(stream, "window.wav", options, cancellationToken)).Value;
    }

    Failure ToFailure(CloudFailure failure) =>
        failure.IsUnauthorized ? new Failure("recognition.unauthorized", FailureKind.MissingTool,
            $"The recognition server refused the key: check {KeySetting}, or choose another recognition engine.")
        : failure.IsUnknown ? new Failure("recognition.model_unknown", FailureKind.MissingTool, $"The recognition server does not know the model {model}: set {ModelSetting}.")
        : failure.IsRefusal ? new Failure("recognition.refused", FailureKind.Engine, $"The recognition server did not take the sound: it {failure.Reason}. Choose another recognition engine.")
        : new Failure("recognition.unavailable", FailureKind.Engine, $"The recognition server {failure.Reason}. The same command goes on where this one was.");

    /// <summary>One sound.</summary>
    sealed class Call(OpenAISpeechToTextClient client, SpeechToTextOptions? wishes) : IWindowCall
    {
        readonly string? given = wishes?.SpeechLanguage is { } tag ? Languages.Get(tag).Code : null;
        readonly LanguageEvidence evidence = new();
        WhisperSpeechToTextClient.Call? detector;
        string? found;
        bool doubts = true;

        public string? Language => given ?? found;

        public double? LanguageProbability { get; private set; }

        public LanguageDoubt? Doubt => given is null ? null : detector is not null ? detector.Doubt : evidence.IsEmpty ? null : evidence.DoubtOf(given);

        // A service that tells the language does so with its first window; to ask it for more would cost money.
        public bool IsListening => Language is null && client.timed == false && client.openLocal is not null;

        public async Task ListenAsync(SpeechWindow window, CancellationToken cancellationToken)
        {
            (await DetectorAsync(cancellationToken))!.Detect(window);
            (found, LanguageProbability) = (detector!.Language, detector.LanguageProbability);
        }

        public void Settle() => detector?.Settle();

        public async Task<RecognizedWindow> RecognizeAsync(SpeechWindow window, CancellationToken cancellationToken)
        {
            var answer = await AskAsync(window, cancellationToken);
            if (answer.Text?.Any(char.IsLetterOrDigit) != true) return new RecognizedWindow([], window.End);
            if (given is null)
            {
                if (found is null || detector is { IsSettled: false }) await DetectAsync(answer, window, cancellationToken);
            }
            else if (client.timed == false) await DoubtAsync(window, cancellationToken);
            var words = WordsOf(answer, window);
            if (words.Count == 0) return new RecognizedWindow([], window.End);
            return new RecognizedWindow([new RecognizedSegment(string.Concat(words.Select(word => word.Text)), words[0].Start, words[^1].End, words)], window.End);
        }

        // Asked without the language that was given, until there was enough of it, the service tells which one it hears. That costs a second question only where it is another.
        async Task<AudioTranscription> AskAsync(SpeechWindow window, CancellationToken cancellationToken)
        {
            if (given is null || !doubts || evidence.IsEnough || client.timed == false) return await client.AskAsync(window, Language, cancellationToken);
            var answer = await client.AskAsync(window, null, cancellationToken);
            if (answer.Text?.Any(char.IsLetterOrDigit) != true) return answer;
            var told = Languages.Find(answer.Language)?.Code;
            // A server that does not tell the language is not asked twice again.
            if (told is null) doubts = false;
            else evidence.Add(window, [KeyValuePair.Create(told, 1f)]);
            return told == given ? answer : await client.AskAsync(window, given, cancellationToken);
        }

        // Where the service tells no language, the Whisper of this machine listens whether it is the one that was given.
        async Task DoubtAsync(SpeechWindow window, CancellationToken cancellationToken)
        {
            if (!doubts) return;
            try
            {
                if (await DetectorAsync(cancellationToken) is { IsSettled: false } listener) await Task.Run(() => listener.Detect(window), cancellationToken);
            }
            catch (DubbingException)
            {
                // It does not know the language, or is damaged: a doubt is not worth what the service has understood.
                doubts = false;
            }
        }

        async Task<WhisperSpeechToTextClient.Call?> DetectorAsync(CancellationToken cancellationToken) =>
            detector ??= (await client.LocalAsync(cancellationToken))?.Begin(new SpeechToTextOptions { SpeechLanguage = given }) as WhisperSpeechToTextClient.Call;

        List<Word> WordsOf(AudioTranscription answer, SpeechWindow window)
        {
            var segments = (answer.Segments ?? []).Where(IsSpeech).ToList();
            var hasSegments = answer.Segments is { Count: > 0 };
            var text = hasSegments ? string.Concat(segments.Select(segment => segment.Text)) : answer.Text;
            if (!text.Any(char.IsLetterOrDigit) || RepeatedText.CompressionRatio(text) > MaxCompressionRatio) return [];
            var probability = hasSegments ? Math.Exp(segments.Average(segment => Math.Min(0, segment.AverageLogProbability))) : 1;
            var bare = (answer.Words ?? []).Where(word => !hasSegments || segments.Exists(segment => Covers(segment, word)))
                .Select(word => new Word(word.Word ?? "", Time(word.StartTime), Time(word.EndTime), probability)).ToList();
            // What was invented where nobody speaks goes.
            return [.. (TimedText.Attach(text, bare) ?? TimedText.Spread(text, window, Language, probability)).Where(word => window.SpeechIn(word.Start - 0.2, word.End + 0.2) > 0)];

            double Time(TimeSpan inside) => Math.Clamp(window.Start + inside.TotalSeconds, window.Start, window.End);
        }

        static bool IsSpeech(TranscribedSegment segment) =>
            !(segment.NoSpeechProbability > MaxNoSpeech && segment.AverageLogProbability < MinMeanLogProbability) && segment.CompressionRatio <= MaxCompressionRatio;

        static bool Covers(TranscribedSegment segment, TranscribedWord word) =>
            word.StartTime + (word.EndTime - word.StartTime) / 2 is var middle && middle >= segment.StartTime && middle <= segment.EndTime;

        // Whisper's service tells the language by its name; from then on it is told to it.
        async Task DetectAsync(AudioTranscription answer, SpeechWindow window, CancellationToken cancellationToken)
        {
            if (Languages.Find(answer.Language) is { } told)
            {
                found = told.Code;
                return;
            }
            var listener = await DetectorAsync(cancellationToken) ?? throw new DubbingException(new Failure(
                "language.undetected", FailureKind.Usage, $"{client.model} does not tell which language is spoken: name it (--from)."));
            await Task.Run(() => listener.Detect(window), cancellationToken);
            (found, LanguageProbability) = (listener.Language, listener.LanguageProbability);
        }
    }
}
