namespace Octavia.Dubbing.Fitting;

/// <summary>Shortens the pauses inside a take: nobody misses a tenth of a second of silence, everybody hears a hurried voice.</summary>
static class InnerPauses
{
    /// <summary>Seconds of every pause that stay, so that a comma is still heard.</summary>
    public const double Shortest = 0.12;

    // Below the voice's peak: a pause, with a breath in it perhaps.
    const float Quiet = 0.015f;
    const double Window = 0.01;
    const double Blend = 0.005;

    /// <summary>A take of a length, or as near to it as its pauses allow.</summary>
    /// <param name="samples">Mono, its edges trimmed.</param>
    /// <param name="rate">Samples per second.</param>
    /// <param name="seconds">Length wished for.</param>
    public static float[] Shorten(float[] samples, int rate, double seconds)
    {
        var excess = samples.Length - (int)(seconds * rate);
        if (excess <= 0) return samples;
        var least = (int)(Shortest * rate);
        var pauses = Find(samples, rate).Where(pause => pause.Length > least).ToList();
        var spare = pauses.Sum(pause => pause.Length - least);
        if (spare == 0) return samples;
        var share = Math.Min(1, (double)excess / spare);
        var result = new List<float>(samples.Length);
        var from = 0;
        foreach (var (start, length) in pauses)
        {
            var cut = (int)(share * (length - least));
            var at = start + (length - cut) / 2;
            result.AddRange(samples.AsSpan(from, at - from));
            from = at + cut;
            Join(result, samples, from, (int)(Blend * rate));
        }
        result.AddRange(samples.AsSpan(from));
        return [.. result];
    }

    // What came before the cut runs over into what comes after it.
    static void Join(List<float> head, float[] samples, int from, int blend)
    {
        for (var i = 1; i <= Math.Min(blend, head.Count); i++)
        {
            var old = (float)i / (blend + 1);
            head[^i] = head[^i] * old + samples[from - i] * (1 - old);
        }
    }

    static IEnumerable<(int Start, int Length)> Find(float[] samples, int rate)
    {
        var size = (int)(Window * rate);
        var limit = Quiet * System.Numerics.Tensors.TensorPrimitives.MaxMagnitude<float>(samples);
        var start = -1;
        for (var at = 0; at + size <= samples.Length; at += size)
        {
            var quiet = !samples.AsSpan(at, size).ContainsAnyExceptInRange(-Math.Abs(limit), Math.Abs(limit));
            if (quiet && start < 0) start = at;
            if (quiet || start < 0) continue;
            yield return (start, at - start);
            start = -1;
        }
    }
}
