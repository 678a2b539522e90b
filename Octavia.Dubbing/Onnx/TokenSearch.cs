using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Octavia.Dubbing.Onnx;

/// <summary>Changes the scores of the next token: forbids tokens by setting minus infinity.</summary>
/// <param name="tokens">Tokens made so far, without the prompt.</param>
/// <param name="logits">Scores of the whole vocabulary.</param>
internal delegate void TokenRule(ReadOnlySpan<int> tokens, Span<float> logits);

/// <summary>How to search for the best token sequence.</summary>
/// <param name="EndToken">Ends a sequence; it is part of the result.</param>
/// <param name="MaxTokens">Longest result, the end token included.</param>
internal sealed record SearchOptions(int EndToken, int MaxTokens)
{
    /// <summary>Hypotheses kept; 1 is greedy.</summary>
    public int Beams { get; init; } = 1;

    /// <summary>A finished hypothesis is scored by sum / length^this.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>Beam search ends as soon as <see cref="Beams"/> hypotheses are finished, even if an open one could still win.</summary>
    public bool EarlyStopping { get; init; }

    /// <summary>Above 0, tokens are drawn at random (one hypothesis) from scores divided by this.</summary>
    public double Temperature { get; init; }

    /// <summary>Seed of the drawing, so that a run can be repeated.</summary>
    public int Seed { get; init; }

    /// <summary>The last token must be the end token.</summary>
    public bool ForceEnd { get; init; }

    /// <summary>Applied to the scores at each step.</summary>
    public TokenRule? Rule { get; init; }

    /// <summary>Looks at a single hypothesis after each token and stops a hopeless one.</summary>
    public Func<TokenPath, bool>? GiveUp { get; init; }

    /// <summary>Called with the state that makes a token; what it returns is kept beside the token.</summary>
    public Func<DecoderState, float[]>? Watch { get; init; }
}

/// <summary>A token sequence with the natural logarithm of each token's probability.</summary>
internal sealed class TokenPath
{
    readonly List<int> tokens;
    readonly List<float> logProbabilities;
    readonly List<float[]> watched;

    public TokenPath() => (tokens, logProbabilities, watched) = ([], [], []);

    TokenPath(TokenPath other)
    {
        (tokens, logProbabilities, watched) = ([.. other.tokens], [.. other.logProbabilities], [.. other.watched]);
        Sum = other.Sum;
    }

    public ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(tokens);

    public ReadOnlySpan<float> LogProbabilities => CollectionsMarshal.AsSpan(logProbabilities);

    /// <summary>What <see cref="SearchOptions.Watch"/> returned at the step that made each token.</summary>
    public IReadOnlyList<float[]> Watched => watched;

    /// <summary>Sum of the logarithms.</summary>
    public double Sum { get; private set; }

    /// <summary>Mean logarithm per token.</summary>
    public double Mean => tokens.Count == 0 ? 0 : Sum / tokens.Count;

    /// <summary>The first tokens alone.</summary>
    public TokenPath Take(int count)
    {
        var path = new TokenPath();
        for (var i = 0; i < count; i++) path.Add(tokens[i], logProbabilities[i], i < watched.Count ? watched[i] : null);
        return path;
    }

    public void Add(int token, float logProbability, float[]? seen)
    {
        tokens.Add(token);
        logProbabilities.Add(logProbability);
        if (seen is not null) watched.Add(seen);
        Sum += logProbability;
    }

    public TokenPath With(int token, float logProbability, float[]? seen)
    {
        var path = new TokenPath(this);
        path.Add(token, logProbability, seen);
        return path;
    }
}

/// <summary>Greedy search, sampling and beam search over a <see cref="DecoderRun"/>.</summary>
internal static partial class TokenSearch
{
    /// <summary>Searches for the best sequence after a prompt.</summary>
    /// <param name="run">A fresh run.</param>
    /// <param name="prompted">State after the prompt; the search disposes it.</param>
    /// <param name="options">How to search.</param>
    /// <param name="cancellationToken">Looked at before each step.</param>
    /// <returns>The best sequence, with its end token unless it ran out of <see cref="SearchOptions.MaxTokens"/> or was given up.</returns>
    public static TokenPath Run(DecoderRun run, DecoderState prompted, SearchOptions options, CancellationToken cancellationToken) =>
        options.Beams > 1 && options.Temperature <= 0
            ? Beam(run, prompted, options, cancellationToken)
            : Single(run, prompted, options, cancellationToken);

    static TokenPath Single(DecoderRun run, DecoderState state, SearchOptions options, CancellationToken cancellationToken)
    {
        var path = new TokenPath();
        var random = new Random(options.Seed);
        var scratch = new float[state.Logits().Length];
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var logits = state.Logits();
                Prepare(path.Tokens, logits, options);
                var token = options.Temperature > 0
                    ? Draw(logits, options.Temperature, random, scratch)
                    : TensorPrimitives.IndexOfMax<float>(logits);
                path.Add(token, logits[token] - LogSumExp(logits, scratch), options.Watch?.Invoke(state));
                if (token == options.EndToken || path.Tokens.Length >= options.MaxTokens || options.GiveUp?.Invoke(path) == true) return path;
                var next = run.Next(state, token);
                state.Dispose();
                state = next;
            }
        }
        finally
        {
            state.Dispose();
        }
    }

    static void Prepare(ReadOnlySpan<int> tokens, Span<float> logits, SearchOptions options)
    {
        options.Rule?.Invoke(tokens, logits);
        if (!options.ForceEnd || tokens.Length + 1 < options.MaxTokens) return;
        logits.Fill(float.NegativeInfinity);
        logits[options.EndToken] = 0;
    }

    static int Draw(ReadOnlySpan<float> logits, double temperature, Random random, float[] scratch)
    {
        TensorPrimitives.Subtract(logits, TensorPrimitives.Max(logits), scratch);
        TensorPrimitives.Multiply(scratch, (float)(1 / temperature), scratch);
        TensorPrimitives.Exp<float>(scratch, scratch);
        var left = random.NextDouble() * TensorPrimitives.Sum<float>(scratch);
        var last = 0;
        for (var i = 0; i < scratch.Length; i++)
        {
            if (scratch[i] <= 0) continue;
            last = i;
            if ((left -= scratch[i]) <= 0) break;
        }
        return last;
    }

    internal static float LogSumExp(ReadOnlySpan<float> values, float[] scratch)
    {
        var max = TensorPrimitives.Max(values);
        var work = scratch.AsSpan(0, values.Length);
        TensorPrimitives.Subtract(values, max, work);
        TensorPrimitives.Exp<float>(work, work);
        return max + MathF.Log(TensorPrimitives.Sum<float>(work));
    }
}
