namespace Octavia.Dubbing.Recognition;

/// <summary>
/// Reads a sound as it arrives, finds its speech and cuts windows out of it: they start at speech and end in its pauses where they can; long silences are
/// left out of them. Holds little more than the sound of a window.
/// </summary>
/// <param name="reader">The sound.</param>
/// <param name="detector">Finds speech.</param>
internal sealed class SpeechWindows(WavReader reader, SpeechDetector detector)
{
    const double Longest = LogMel.WindowSamples / (double)LogMel.SampleRate;

    /// <summary>Sound kept before and after speech: the detector trims soft beginnings and ends.</summary>
    const double Margin = 0.4;

    /// <summary>A silence this long is left out but for its margins: in longer ones the model invents text.</summary>
    const double LongSilence = 4;

    /// <summary>A window is not held open for longer, seconds of silence: what was said before is waited for.</summary>
    const double LongestSilence = 30;

    /// <summary>A window ends in a long silence after this many seconds of sound: so much is held.</summary>
    const double LongestReach = 90;

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

    /// <summary>Whether a window may go on after a long silence: speech with pauses takes few windows then. Else it ends there.</summary>
    public bool Joins { get; set; }

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
        var latest = After(Longest, start, spans);
        for (var i = 0; i < spans.Count && spans[i].End <= latest; i++)
        {
            var last = i == spans.Count - 1;
            if (last && (ended || detector.OpenSince is not null)) return ended ? Math.Min(spans[i].End + Margin, latest) : null;
            var silence = (last ? detector.Position : spans[i + 1].Start) - spans[i].End;
            if (silence >= (Joins ? LongestSilence : LongSilence) || (silence >= LongSilence && spans[i].End - start >= LongestReach)) return Math.Min(spans[i].End + Margin, latest);
        }
        return detector.Position >= latest + Margin || ended ? CutInPause(After(EarliestCut, start, spans), latest, spans) : null;
    }

    static double CutInPause(double earliest, double latest, List<Stretch> spans)
    {
        var (best, longest) = (latest, 0.0);
        for (var i = 0; i + 1 < spans.Count; i++)
        {
            var (silent, sounding) = (spans[i].End, Math.Min(spans[i + 1].Start, latest));
            if (silent < earliest || silent > latest || sounding - silent <= longest) continue;
            (best, longest) = (Math.Min(silent + Margin, (silent + sounding) / 2), sounding - silent);
        }
        return best;
    }

    /// <summary>The time so many seconds of a window after its start; infinite in the silence that reading has come to.</summary>
    double After(double seconds, double start, List<Stretch> spans)
    {
        foreach (var piece in Pieces(start, double.PositiveInfinity, spans))
        {
            if (piece.Length >= seconds) return piece.Start + seconds;
            seconds -= piece.Length;
        }
        return double.PositiveInfinity;
    }

    /// <summary>What a window holds: all but its long silences.</summary>
    IEnumerable<Stretch> Pieces(double start, double end, List<Stretch> spans)
    {
        for (var i = 0; i < spans.Count && spans[i].End < end; i++)
        {
            var last = i == spans.Count - 1;
            var next = !last ? spans[i + 1].Start : detector.OpenSince ?? detector.Position;
            if (next - spans[i].End < LongSilence) continue;
            yield return new Stretch(start, Math.Min(end, spans[i].End + Margin));
            start = next - Margin;
            if (last || start >= end) yield break;
        }
        yield return new Stretch(start, end);
    }

    SpeechWindow Cut(double start, double end, List<Stretch> spans)
    {
        var pieces = Pieces(start, end, spans).ToList();
        var sound = new List<float>();
        foreach (var piece in pieces)
        {
            var from = (int)(ToSample(piece.Start) - firstSample);
            var length = (int)Math.Min(Math.Min(ToSample(piece.End) - firstSample, count) - from, LogMel.WindowSamples - sound.Count);
            sound.AddRange(samples.AsSpan(from, length));
        }
        return SpeechWindow.Of([.. sound], pieces, spans);
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
