namespace Octavia.Dubbing.Recognition;

/// <summary>A stretch of sound to recognise, at most 30 seconds. Without samples it only says that there is silence up to its end.</summary>
/// <param name="Start">Seconds from the start of the sound.</param>
/// <param name="End">Seconds.</param>
/// <param name="Samples">16 kHz mono; empty for silence.</param>
/// <param name="Speech">Spans of speech, clipped to the window, in order.</param>
internal sealed record SpeechWindow(double Start, double End, float[] Samples, IReadOnlyList<Stretch> Speech)
{
    /// <summary>Seconds of speech within a stretch.</summary>
    public double SpeechIn(double start, double end) => Speech.Sum(span => span.Overlap(start, end));
}

/// <summary>
/// Reads a sound as it arrives, finds its speech and cuts windows out of it: they start at speech, end in its pauses where they can,
/// and long silences fall between them. Holds little more than a window of samples.
/// </summary>
internal sealed class SpeechWindows(WavReader reader, SpeechDetector detector)
{
    const double Longest = LogMel.WindowSamples / (double)LogMel.SampleRate;

    /// <summary>Sound kept before and after speech: the detector trims soft beginnings and ends.</summary>
    const double Margin = 0.4;

    /// <summary>A silence this long ends a window: in longer ones the model invents text.</summary>
    const double LongSilence = 4;

    /// <summary>A window that must be cut is cut in its longest pause after this many seconds.</summary>
    const double EarliestCut = 18;

    /// <summary>Silence is reported this often.</summary>
    const double ReportEvery = 5;

    float[] samples = new float[LogMel.WindowSamples + 4 * LogMel.SampleRate];
    int count;
    long firstSample;
    bool ended;

    /// <summary>Seconds read so far.</summary>
    double Read => (firstSample + count) / (double)LogMel.SampleRate;

    /// <summary>The next window, or stretch of silence; null at the end of the sound.</summary>
    /// <param name="from">What lies before is done with, seconds.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<SpeechWindow?> NextAsync(double from, CancellationToken cancellationToken)
    {
        while (true)
        {
            var spans = SpansFrom(from);
            if (spans.Count > 0)
            {
                var start = Math.Max(from, spans[0].Start - Margin);
                Discard(start);
                if (FindEnd(start, spans) is { } end) return Cut(start, Math.Min(end, Read), spans);
            }
            else if (ended) return null;
            else if (Silence(from) is { } silence) return silence;
            await ReadMoreAsync(cancellationToken);
        }
    }

    /// <summary>The next window, without letting go of anything: what <see cref="NextAsync"/> gives is not changed by it.</summary>
    /// <param name="from">Where it may begin, seconds.</param>
    /// <param name="until">How far is listened for its speech, seconds.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Null when there is none.</returns>
    public async Task<SpeechWindow?> PeekAsync(double from, double until, CancellationToken cancellationToken)
    {
        while (true)
        {
            var spans = SpansFrom(from);
            if (spans.Count > 0)
            {
                var start = Math.Max(from, spans[0].Start - Margin);
                if (FindEnd(start, spans) is { } end) return Cut(start, Math.Min(end, Read), spans);
            }
            if (ended || Read >= until) return null;
            await ReadMoreAsync(cancellationToken);
        }
    }

    SpeechWindow? Silence(double from)
    {
        var until = detector.Position - Margin - 0.1;
        if (until - from < ReportEvery) return null;
        Discard(until);
        return new SpeechWindow(from, until, [], []);
    }

    /// <summary>Speech after a time; the last may still be going on, and then ends where reading stands.</summary>
    List<Stretch> SpansFrom(double from)
    {
        var spans = new List<Stretch>();
        for (var i = detector.Spans.Count - 1; i >= 0 && detector.Spans[i].End > from + 0.05; i--) spans.Insert(0, detector.Spans[i]);
        if (detector.OpenSince is { } open) spans.Add(new Stretch(open, Math.Max(open, Read)));
        return spans;
    }

    double? FindEnd(double start, List<Stretch> spans)
    {
        for (var i = 0; i < spans.Count; i++)
        {
            var next = i + 1 < spans.Count ? spans[i + 1].Start : ended ? double.MaxValue : detector.Position;
            if (spans[i].End - start > Longest) break;
            var open = i == spans.Count - 1 && detector.OpenSince is not null;
            if (!open && next - spans[i].End >= LongSilence) return spans[i].End + Margin;
        }
        if (ended && spans[^1].End - start <= Longest) return spans[^1].End + Margin;
        return detector.Position >= start + Longest + Margin || ended ? CutInPause(start, spans) : null;
    }

    static double CutInPause(double start, List<Stretch> spans)
    {
        var (best, longest) = (start + Longest, 0.0);
        for (var i = 0; i + 1 < spans.Count; i++)
        {
            var (silent, sounding) = (spans[i].End, Math.Min(spans[i + 1].Start, start + Longest));
            if (silent - start < EarliestCut || silent > start + Longest || sounding - silent <= longest) continue;
            (best, longest) = (Math.Min(silent + Margin, (silent + sounding) / 2), sounding - silent);
        }
        return best;
    }

    SpeechWindow Cut(double start, double end, List<Stretch> spans)
    {
        end = Math.Min(end, start + Longest);
        var from = (int)(ToSample(start) - firstSample);
        var length = (int)Math.Min(Math.Min(ToSample(end) - firstSample, count) - from, LogMel.WindowSamples);
        var speech = spans.Where(span => span.Overlap(start, end) > 0)
            .Select(span => new Stretch(Math.Max(span.Start, start), Math.Min(span.End, end)));
        return new SpeechWindow(start, end, samples.AsSpan(from, length).ToArray(), [.. speech]);
    }

    async Task ReadMoreAsync(CancellationToken cancellationToken)
    {
        var block = await reader.ReadAsync(cancellationToken);
        if (block.Length == 0)
        {
            ended = true;
            detector.Finish(Read);
            return;
        }
        if (count + block.Length > samples.Length) Array.Resize(ref samples, Math.Max(2 * samples.Length, count + block.Length));
        block.CopyTo(samples, count);
        count += block.Length;
        detector.Add(block);
    }

    /// <summary>Lets go of samples before a time.</summary>
    void Discard(double before)
    {
        var drop = (int)Math.Clamp(ToSample(before) - firstSample, 0, count);
        if (drop < LogMel.SampleRate) return;
        samples.AsSpan(drop, count - drop).CopyTo(samples);
        count -= drop;
        firstSample += drop;
    }

    static long ToSample(double seconds) => (long)Math.Round(seconds * LogMel.SampleRate);
}
