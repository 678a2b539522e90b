using Microsoft.ML.OnnxRuntime;

namespace Octavia.Dubbing.Recognition;

/// <summary>A recognised segment; times in seconds from the start of the sound.</summary>
internal sealed record RecognizedSegment(string Text, double Start, double End, IReadOnlyList<Word> Words);

/// <summary>What was recognised in a window, and from where to go on.</summary>
internal sealed record RecognizedWindow(IReadOnlyList<RecognizedSegment> Segments, double Resume);

/// <summary>Recognises windows: decodes, tries again what a decoder got stuck on, drops what nobody said, times the words.</summary>
internal sealed class WindowRecognizer(WhisperModel model, WhisperOptions options)
{
    const double MaxCompressionRatio = 2.4;
    const double MinMeanLogProbability = -1;
    const double MaxNoSpeech = 0.6;

    /// <summary>What no temperature makes probable is dropped when the model doubts by this much that there is speech.</summary>
    const double DoubtfulNoSpeech = 0.3;

    /// <summary>Speech without words that makes the rest of a window worth another look, seconds.</summary>
    const double MissedSpeech = 2;

    readonly LogMel mel = new(model.Vocabulary.Mels);

    /// <summary>Encodes a window; the result is the caller's to dispose.</summary>
    public OrtValue Encode(SpeechWindow window) => model.Encode(mel.Compute(window.Samples));

    /// <summary>Recognises an encoded window.</summary>
    /// <param name="window">The window.</param>
    /// <param name="hidden">From <see cref="Encode"/>.</param>
    /// <param name="language">Whisper's code.</param>
    /// <param name="translate">Into English.</param>
    /// <param name="cancellationToken">Looked at before each token.</param>
    public RecognizedWindow Recognize(SpeechWindow window, OrtValue hidden, string language, bool translate, CancellationToken cancellationToken)
    {
        var columns = Math.Clamp((int)Math.Ceiling((window.End - window.Start) / WhisperModel.ColumnSeconds), 1, LogMel.Frames / 2);
        if (Decode(hidden, columns, language, translate, cancellationToken) is not { } decoding) return new RecognizedWindow([], window.End);
        var parsed = WindowTokens.Parse(decoding.Path.Tokens, model.Vocabulary, window.End - window.Start);
        var timer = new WordTimer(model, decoding.Path, window, translate ? "en" : language);
        var segments = parsed.Segments.Select(timer.Time).OfType<RecognizedSegment>().ToList();
        var resume = Resume(window, parsed, segments);
        return new RecognizedWindow(SpeechEdges.Reach(segments, window.Speech, window.Start, resume), resume);
    }

    /// <summary>The first decoding that passes; else the best one, unless it is likely that nobody said it.</summary>
    WhisperDecoding? Decode(OrtValue hidden, int columns, string language, bool translate, CancellationToken cancellationToken)
    {
        WhisperDecoding? best = null;
        foreach (var temperature in options.Temperatures)
        {
            var decoding = model.Decode(hidden, columns, language, translate, options.Beams, temperature, cancellationToken);
            if (decoding.NoSpeech > MaxNoSpeech && decoding.Path.Mean < MinMeanLogProbability) return null;
            if (!IsRepetitive(decoding) && decoding.Path.Mean >= MinMeanLogProbability) return decoding;
            if (best is null || Rank(decoding) > Rank(best)) best = decoding;
        }
        if (best is null || best.NoSpeech > DoubtfulNoSpeech || best.Path.Mean < WhisperModel.HopelessMean) return null;
        return best with { Path = best.Path.Take(RepeatedText.FindLoop(best.Path.Tokens)) };
    }

    bool IsRepetitive(WhisperDecoding decoding) => RepeatedText.IsLoop(decoding.Path.Tokens)
        || RepeatedText.CompressionRatio(model.Text.Decode(decoding.Path.Tokens)) > MaxCompressionRatio;

    double Rank(WhisperDecoding decoding) => decoding.Path.Mean - (IsRepetitive(decoding) ? 100 : 0);

    /// <summary>
    /// From where to go on: where the model closed its last pair of timestamps, else the end; but what the detector heard and nobody
    /// wrote down is looked at again.
    /// </summary>
    static double Resume(SpeechWindow window, WindowTokens parsed, List<RecognizedSegment> segments)
    {
        if (segments.Count == 0) return window.End;
        var closed = window.Start + parsed.Resume;
        var heard = segments[^1].End;
        var from = window.SpeechIn(heard, closed) >= MissedSpeech || (closed < window.End && heard > closed) ? heard : closed;
        return from >= window.Start + 1 && window.SpeechIn(from, window.End) >= 0.3 ? from : window.End;
    }
}
