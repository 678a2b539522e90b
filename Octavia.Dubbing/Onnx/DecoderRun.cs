using Microsoft.ML.OnnxRuntime;

namespace Octavia.Dubbing.Onnx;

/// <summary>
/// One decode over one source. Holds the caches over the source, made in the first step and read by all later ones; the decoder's own
/// caches are in its <see cref="DecoderState"/>s. All stay native values between steps.
/// </summary>
/// <remarks>
/// Hypotheses are stepped one by one, not as a batch: quantisation ranges are those of a whole batch, so that a hypothesis' scores
/// would depend on its neighbours, and the caches over the source would be copied for each.
/// </remarks>
internal sealed class DecoderRun : IDisposable
{
    readonly EncoderDecoder model;
    readonly InferenceSession decoder;
    readonly OrtValue hidden;
    readonly OrtValue? mask;
    readonly RunOptions options = new();
    readonly string[] inputNames;
    readonly string[] firstOutputs;
    readonly string[] laterOutputs;
    readonly int watchedCount;
    readonly OrtValue[] sourceCaches;
    bool isFirst = true;

    internal DecoderRun(EncoderDecoder model, InferenceSession decoder, OrtValue hidden, OrtValue? mask, IReadOnlyList<string> watched)
    {
        (this.model, this.decoder, this.hidden, this.mask) = (model, decoder, hidden, mask);
        inputNames = [
            "input_ids", "encoder_hidden_states", "use_cache_branch",
            .. mask is null ? Array.Empty<string>() : ["encoder_attention_mask"],
            .. model.SourceCaches.Select(cache => cache.Input), .. model.OwnCaches.Select(cache => cache.Input)];
        laterOutputs = ["logits", .. watched, .. model.OwnCaches.Select(cache => cache.Output)];
        firstOutputs = [.. laterOutputs, .. model.SourceCaches.Select(cache => cache.Output)];
        watchedCount = watched.Count;
        sourceCaches = [.. model.SourceCaches.Select(cache => cache.Empty())];
    }

    /// <summary>Feeds the prompt. Once, and first.</summary>
    public DecoderState Start(ReadOnlySpan<long> prompt)
    {
        OrtValue[] empty = [.. model.OwnCaches.Select(cache => cache.Empty())];
        try
        {
            return Step(empty, prompt.ToArray());
        }
        finally
        {
            foreach (var cache in empty) cache.Dispose();
        }
    }

    /// <summary>Feeds a token after those of a state, which stays as it is and may be continued again.</summary>
    public DecoderState Next(DecoderState state, int token) => Step(state.Caches, [token]);

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var cache in sourceCaches) cache.Dispose();
        options.Dispose();
    }

    DecoderState Step(IEnumerable<OrtValue> caches, long[] tokens)
    {
        using var ids = OrtValue.CreateTensorValueFromMemory(tokens, [1, tokens.Length]);
        using var cached = OrtValue.CreateTensorValueFromMemory([!isFirst], [1]);
        OrtValue[] inputs = [ids, hidden, cached, .. mask is null ? Array.Empty<OrtValue>() : [mask], .. sourceCaches, .. caches];
        var outputs = decoder.Run(options, inputNames, inputs, isFirst ? firstOutputs : laterOutputs);
        if (isFirst) TakeSourceCaches(outputs);
        isFirst = false;
        return new DecoderState(outputs.Take(laterOutputs.Length), watchedCount);
    }

    void TakeSourceCaches(IReadOnlyList<OrtValue> outputs)
    {
        for (var i = 0; i < sourceCaches.Length; i++)
        {
            sourceCaches[i].Dispose();
            sourceCaches[i] = outputs[laterOutputs.Length + i];
        }
    }
}

/// <summary>What a decoder knows after some tokens: the scores of the next one, and the caches to go on with.</summary>
internal sealed class DecoderState : IDisposable
{
    readonly OrtValue[] values;
    readonly int watchedCount;

    internal DecoderState(IEnumerable<OrtValue> values, int watchedCount) => (this.values, this.watchedCount) = ([.. values], watchedCount);

    /// <summary>The decoder's own caches.</summary>
    internal IEnumerable<OrtValue> Caches => values.Skip(1 + watchedCount);

    /// <summary>Scores of the token after one of those just fed, writable.</summary>
    /// <param name="position">Which one; -1 for the last.</param>
    public Span<float> Logits(int position = -1)
    {
        var all = values[0].GetTensorMutableDataAsSpan<float>();
        var vocabulary = (int)values[0].GetTensorTypeAndShape().Shape[2];
        return all.Slice(position < 0 ? all.Length - vocabulary : position * vocabulary, vocabulary);
    }

    /// <summary>A watched output with its shape.</summary>
    public ReadOnlySpan<float> Watched(int index, out long[] shape)
    {
        shape = values[1 + index].GetTensorTypeAndShape().Shape;
        return values[1 + index].GetTensorDataAsSpan<float>();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var value in values) value.Dispose();
    }
}
