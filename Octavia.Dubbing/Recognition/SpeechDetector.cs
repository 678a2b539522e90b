namespace Octavia.Dubbing.Recognition;

/// <summary>When a probability counts as speech.</summary>
public sealed record SpeechRules
{
    /// <summary>Speech starts at this probability.</summary>
    public double Start { get; init; } = 0.5;

    /// <summary>A silence opens below this probability.</summary>
    public double End { get; init; } = 0.35;

    /// <summary>Shorter speech is dropped, seconds.</summary>
    public double MinSpeech { get; init; } = 0.25;

    /// <summary>A shorter silence does not end speech, seconds.</summary>
    public double MinSilence { get; init; } = 0.3;

    /// <summary>Added on both sides, seconds; what would overlap is cut in the middle.</summary>
    public double Pad { get; init; } = 0.03;
}

/// <summary>A stretch of time, seconds.</summary>
public readonly record struct Stretch(double Start, double End)
{
    /// <summary>Length in seconds.</summary>
    public double Length => End - Start;

    /// <summary>Seconds shared with another stretch.</summary>
    public double Overlap(double start, double end) => Math.Max(0, Math.Min(End, end) - Math.Max(Start, start));
}

/// <summary>Turns a running sound into spans of speech. Not thread-safe.</summary>
public sealed class SpeechDetector(SileroVad vad, SpeechRules rules)
{
    const double ChunkSeconds = SileroVad.ChunkSamples / (double)LogMel.SampleRate;

    readonly SileroVad.Stream stream = vad.Start();
    readonly List<Stretch> spans = [];
    readonly float[] rest = new float[SileroVad.ChunkSamples];
    int restCount;
    long chunk;
    double? start;
    double? silence;

    /// <summary>Start of the speech that is going on, seconds; null in silence.</summary>
    public double? OpenSince => start is { } s ? Math.Max(0, s - rules.Pad) : null;

    /// <summary>Spans that have ended so far, padded, in order.</summary>
    public IReadOnlyList<Stretch> Spans => spans;

    /// <summary>Seconds looked at.</summary>
    public double Position => chunk * ChunkSeconds;

    /// <summary>Takes the next samples, any number.</summary>
    public void Add(ReadOnlySpan<float> samples)
    {
        var joined = new float[restCount + samples.Length];
        rest.AsSpan(0, restCount).CopyTo(joined);
        samples.CopyTo(joined.AsSpan(restCount));
        var whole = joined.Length / SileroVad.ChunkSamples * SileroVad.ChunkSamples;
        restCount = joined.Length - whole;
        joined.AsSpan(whole).CopyTo(rest);
        foreach (var probability in stream.Next(joined.AsSpan(0, whole))) Take(probability);
    }

    /// <summary>Ends the sound: what is left is filled with silence, and open speech ends.</summary>
    /// <param name="duration">Length of the sound, seconds.</param>
    public void Finish(double duration)
    {
        if (restCount > 0) Add(new float[SileroVad.ChunkSamples - restCount]);
        if (start is { } from) Close(from, silence ?? duration);
        if (spans.Count > 0 && spans[^1].End > duration) spans[^1] = spans[^1] with { End = duration };
    }

    void Take(float probability)
    {
        var now = chunk++ * ChunkSeconds;
        if (probability >= rules.Start)
        {
            silence = null;
            start ??= now;
        }
        else if (start is { } from && probability < rules.End)
        {
            silence ??= now;
            if (now - silence.Value >= rules.MinSilence) Close(from, silence.Value);
        }
    }

    void Close(double from, double to)
    {
        (start, silence) = (null, null);
        if (to - from < rules.MinSpeech) return;
        var begin = Math.Max(0, from - rules.Pad);
        if (spans.Count > 0 && spans[^1].End > begin)
        {
            begin = (spans[^1].End + begin) / 2;
            spans[^1] = spans[^1] with { End = begin };
        }
        spans.Add(new Stretch(begin, to + rules.Pad));
    }
}
