using System.Numerics.Tensors;

namespace Octavia.Dubbing.Onnx;

internal static partial class TokenSearch
{
    /// <summary>
    /// Beam search: at each step the 2 x beams best continuations are looked at, the ended ones among the first half are put aside,
    /// the best open ones go on. It ends when no open one can beat the worst of the finished.
    /// </summary>
    static TokenPath Beam(DecoderRun run, DecoderState prompted, SearchOptions options, CancellationToken cancellationToken)
    {
        List<Open> open = [new(new TokenPath(), prompted)];
        var finished = new PriorityQueue<TokenPath, double>();
        var scratch = new float[prompted.Logits().Length];
        try
        {
            for (var length = 1; ; length++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var next = Sift(Candidates(open, options, scratch), finished, options);
                if (next.Count == 0 || length >= options.MaxTokens || IsDecided(finished, next[0], options))
                    return Best(finished) ?? next[0].Path;
                open = Step(run, open, next, cancellationToken);
            }
        }
        finally
        {
            foreach (var hypothesis in open) hypothesis.State.Dispose();
        }
    }

    static List<Candidate> Candidates(List<Open> open, SearchOptions options, float[] scratch)
    {
        var wanted = 2 * options.Beams;
        var best = new List<Candidate>(wanted * open.Count);
        foreach (var (path, state) in open)
        {
            var logits = state.Logits();
            Prepare(path.Tokens, logits, options);
            var total = LogSumExp(logits, scratch);
            var seen = options.Watch?.Invoke(state);
            for (var i = 0; i < wanted; i++)
            {
                var token = TensorPrimitives.IndexOfMax<float>(logits);
                if (float.IsNegativeInfinity(logits[token])) break;
                best.Add(new Candidate(path, state, token, logits[token] - total, seen));
                logits[token] = float.NegativeInfinity;
            }
        }
        best.Sort((a, b) => b.Sum.CompareTo(a.Sum));
        return best;
    }

    /// <summary>Puts the ended ones aside and leaves those that go on.</summary>
    static List<Candidate> Sift(List<Candidate> candidates, PriorityQueue<TokenPath, double> finished, SearchOptions options)
    {
        var next = new List<Candidate>(options.Beams);
        for (var rank = 0; rank < candidates.Count && next.Count < options.Beams; rank++)
        {
            var candidate = candidates[rank];
            if (candidate.Token != options.EndToken) next.Add(candidate);
            else if (rank < options.Beams) Finish(finished, candidate.Path, options);
        }
        return next;
    }

    static List<Open> Step(DecoderRun run, List<Open> open, List<Candidate> next, CancellationToken cancellationToken)
    {
        var stepped = new List<Open>(next.Count);
        try
        {
            foreach (var candidate in next)
            {
                cancellationToken.ThrowIfCancellationRequested();
                stepped.Add(new Open(candidate.Path, run.Next(candidate.State, candidate.Token)));
            }
        }
        catch
        {
            foreach (var hypothesis in stepped) hypothesis.State.Dispose();
            throw;
        }
        foreach (var hypothesis in open) hypothesis.State.Dispose();
        return stepped;
    }

    static TokenPath? Best(PriorityQueue<TokenPath, double> finished)
    {
        while (finished.Count > 1) finished.Dequeue();
        return finished.TryDequeue(out var best, out _) ? best : null;
    }

    static void Finish(PriorityQueue<TokenPath, double> finished, TokenPath path, SearchOptions options)
    {
        finished.Enqueue(path, Score(path.Sum, path.Tokens.Length, options));
        if (finished.Count > options.Beams) finished.Dequeue();
    }

    static bool IsDecided(PriorityQueue<TokenPath, double> finished, Candidate bestOpen, SearchOptions options)
    {
        if (finished.Count < options.Beams) return false;
        finished.TryPeek(out _, out var worst);
        return options.EarlyStopping || worst >= Score(bestOpen.Sum, bestOpen.Path.Tokens.Length, options);
    }

    static double Score(double sum, int length, SearchOptions options) => sum / Math.Pow(length, options.LengthPenalty);

    sealed record Open(TokenPath Path, DecoderState State);

    /// <summary>A hypothesis and its continuation.</summary>
    sealed class Candidate(TokenPath from, DecoderState state, int token, float logProbability, float[]? seen)
    {
        readonly Lazy<TokenPath> path = new(() => from.With(token, logProbability, seen));

        public DecoderState State => state;

        public int Token => token;

        public double Sum { get; } = from.Sum + logProbability;

        public TokenPath Path => path.Value;
    }
}
