using System.Numerics.Tensors;
using Octavia.Dubbing.Onnx;

namespace Octavia.Dubbing.Recognition;

/// <summary>Which tokens Whisper may say next: its suppressed tokens and the grammar of timestamps.</summary>
internal sealed class TimestampRules(WhisperVocabulary vocabulary)
{
    readonly int first = vocabulary.FirstTimestamp;

    /// <summary>Forbids tokens by minus infinity; a <see cref="TokenRule"/>.</summary>
    public void Apply(ReadOnlySpan<int> tokens, Span<float> logits)
    {
        foreach (var token in vocabulary.Suppressed) logits[token] = float.NegativeInfinity;
        logits[vocabulary.NoTimestamps] = float.NegativeInfinity;
        if (tokens.IsEmpty)
        {
            foreach (var token in vocabulary.SuppressedAtStart) logits[token] = float.NegativeInfinity;
            logits[..first].Fill(float.NegativeInfinity);
            var latest = first + vocabulary.MaxInitialTimestamp;
            if (latest + 1 < logits.Length) logits[(latest + 1)..].Fill(float.NegativeInfinity);
        }
        else
        {
            KeepPairs(tokens, logits);
            KeepOrder(tokens, logits);
        }
        PreferTimestamps(logits);
    }

    void KeepPairs(ReadOnlySpan<int> tokens, Span<float> logits)
    {
        if (tokens[^1] < first) return;
        var paired = tokens.Length < 2 || tokens[^2] >= first;
        if (paired) logits[first..].Fill(float.NegativeInfinity);
        else logits[..vocabulary.End].Fill(float.NegativeInfinity);
    }

    void KeepOrder(ReadOnlySpan<int> tokens, Span<float> logits)
    {
        var at = tokens.LastIndexOfAnyInRange(first, int.MaxValue);
        if (at < 0) return;
        // A timestamp that closes a segment must be said again to open the next; otherwise time moves on.
        var mustPair = at == tokens.Length - 1 && tokens.Length >= 2 && tokens[^2] < first;
        var earliest = mustPair ? tokens[at] : tokens[at] + 1;
        logits[first..Math.Min(earliest, logits.Length)].Fill(float.NegativeInfinity);
    }

    void PreferTimestamps(Span<float> logits)
    {
        var times = logits[first..];
        var best = TensorPrimitives.Max<float>(times);
        if (float.IsNegativeInfinity(best)) return;
        var sum = 0f;
        foreach (var time in times) sum += MathF.Exp(time - best);
        if (best + MathF.Log(sum) > TensorPrimitives.Max<float>(logits[..first])) logits[..first].Fill(float.NegativeInfinity);
    }
}
