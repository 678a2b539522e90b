using System.Numerics.Tensors;

namespace Octavia.Dubbing.Onnx;

internal static partial class TokenSearch
{
    /// <summary>
    /// Beam search: at each step the 2 x beams best continuations are looked at, the ended ones among the first half are put aside,
    /// the best open ones go on. It ends when no open one can beat the worst of the finished.
    /// </summary>
    static TokenPath Beam(DecoderRun decoder, SearchOptions options, CancellationToken cancellationToken)
    {
        var open = new List<TokenPath> { new() };
        var finished = new PriorityQueue<TokenPath, double>();
        var scratch = new float[decoder.Logits(0).Length];
        for (var length = 1; ; length++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var candidates = Candidates(decoder, open, options, scratch);
            var next = new List<Candidate>();
            for (var rank = 0; rank < candidates.Count && next.Count < options.Beams; rank++)
            {
                var candidate = candidates[rank];
                if (candidate.Token != options.EndToken) next.Add(candidate);
                else if (rank < options.Beams) Finish(finished, candidate.Extend(open), options);
            }
            open = [.. next.Select(candidate => candidate.Extend(open))];
            if (open.Count == 0 || length >= options.MaxTokens || IsDecided(finished, open[0], options)) break;
            decoder.Select([.. next.Select(candidate => candidate.Row)]);
            decoder.Step([.. next.Select(candidate => (long)candidate.Token)]);
        }
        if (finished.Count == 0) return open[0];
        while (finished.Count > 1) finished.Dequeue();
        return finished.Dequeue();
    }

    static List<Candidate> Candidates(DecoderRun decoder, List<TokenPath> open, SearchOptions options, float[] scratch)
    {
        var wanted = 2 * options.Beams;
        var best = new List<Candidate>(wanted * open.Count);
        for (var row = 0; row < open.Count; row++)
        {
            var logits = decoder.Logits(row);
            Prepare(open[row].Tokens, logits, options);
            var total = LogSumExp(logits, scratch);
            var seen = options.Watch?.Invoke(decoder, row);
            for (var i = 0; i < wanted; i++)
            {
                var token = TensorPrimitives.IndexOfMax<float>(logits);
                if (float.IsNegativeInfinity(logits[token])) break;
                var logProbability = logits[token] - total;
                best.Add(new Candidate(row, token, logProbability, open[row].Sum + logProbability, seen));
                logits[token] = float.NegativeInfinity;
            }
        }
        best.Sort((a, b) => b.Sum.CompareTo(a.Sum));
        return best;
    }

    static void Finish(PriorityQueue<TokenPath, double> finished, TokenPath path, SearchOptions options)
    {
        finished.Enqueue(path, Score(path.Sum, path.Tokens.Length, options));
        if (finished.Count > options.Beams) finished.Dequeue();
    }

    static bool IsDecided(PriorityQueue<TokenPath, double> finished, TokenPath bestOpen, SearchOptions options)
    {
        if (finished.Count < options.Beams) return false;
        finished.TryPeek(out _, out var worst);
        return options.EarlyStopping || worst >= Score(bestOpen.Sum, bestOpen.Tokens.Length, options);
    }

    static double Score(double sum, int length, SearchOptions options) => sum / Math.Pow(length, options.LengthPenalty);

    readonly record struct Candidate(int Row, int Token, float LogProbability, double Sum, float[]? Seen)
    {
        public TokenPath Extend(List<TokenPath> open) => open[Row].With(Token, LogProbability, Seen);
    }
}
