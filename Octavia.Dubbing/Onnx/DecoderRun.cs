using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Octavia.Dubbing.Onnx;

/// <summary>
/// One decode: holds the caches as native values between steps. The decoder's own caches grow by a position a token; those over the
/// source are made in the first step and stay. Rows are hypotheses that are decoded together.
/// </summary>
internal sealed class DecoderRun : IDisposable
{
    readonly EncoderDecoder model;
    readonly InferenceSession decoder;
    readonly RunOptions options = new();
    readonly string[] inputNames;
    readonly string[] firstOutputs;
    readonly string[] laterOutputs;
    readonly OrtValue[] caches;
    OrtValue hidden;
    OrtValue? mask;
    bool ownsSource;
    OrtValue? logits;
    OrtValue[] watchedValues = [];

    internal DecoderRun(EncoderDecoder model, InferenceSession decoder, OrtValue hidden, OrtValue? mask, IReadOnlyList<string> watched)
    {
        (this.model, this.decoder, this.hidden, this.mask) = (model, decoder, hidden, mask);
        inputNames = [
            "input_ids", "encoder_hidden_states", "use_cache_branch",
            .. model.TakesMask ? ["encoder_attention_mask"] : Array.Empty<string>(),
            .. model.Caches.Select(cache => cache.Input)];
        firstOutputs = ["logits", .. watched, .. model.Caches.Select(cache => cache.Output)];
        laterOutputs = ["logits", .. watched, .. model.Caches.Where(cache => !cache.OfEncoder).Select(cache => cache.Output)];
        WatchedCount = watched.Count;
        caches = [.. model.Caches.Select(cache => cache.Empty(1))];
    }

    /// <summary>Hypotheses decoded together.</summary>
    public int Rows { get; private set; } = 1;

    /// <summary>Tokens fed so far.</summary>
    public int Length { get; private set; }

    int WatchedCount { get; }

    /// <summary>Feeds tokens, the same number for every row; the first call has one row.</summary>
    /// <param name="tokens">[rows, tokens of a row].</param>
    public void Step(ReadOnlySpan<long> tokens)
    {
        var first = Length == 0;
        var width = tokens.Length / Rows;
        using var ids = OrtValue.CreateTensorValueFromMemory(tokens.ToArray(), [Rows, width]);
        using var cached = OrtValue.CreateTensorValueFromMemory([!first], [1]);
        OrtValue[] inputs = mask is not null && model.TakesMask
            ? [ids, hidden, cached, mask, .. caches]
            : [ids, hidden, cached, .. caches];
        var outputs = decoder.Run(options, inputNames, inputs, first ? firstOutputs : laterOutputs);
        Keep(outputs, first);
        Length += width;
    }

    /// <summary>Scores of the next token after a row's token, writable, until the next step.</summary>
    /// <param name="row">Hypothesis.</param>
    /// <param name="position">Which of the tokens just fed; -1 for the last.</param>
    public Span<float> Logits(int row, int position = -1)
    {
        var all = logits!.GetTensorMutableDataAsSpan<float>();
        var fed = (int)logits.GetTensorTypeAndShape().Shape[1];
        var vocabulary = all.Length / (Rows * fed);
        return all.Slice((row * fed + (position < 0 ? fed - 1 : position)) * vocabulary, vocabulary);
    }

    /// <summary>A watched output of the last step with its shape, until the next step.</summary>
    public ReadOnlySpan<float> Watched(int index, out long[] shape)
    {
        shape = watchedValues[index].GetTensorTypeAndShape().Shape;
        return watchedValues[index].GetTensorDataAsSpan<float>();
    }

    /// <summary>Goes on with other rows: row i becomes what row <c>rows[i]</c> was. A row may be taken more than once or left out.</summary>
    public void Select(ReadOnlySpan<int> rows)
    {
        var sameCount = rows.Length == Rows;
        if (sameCount && IsIdentity(rows)) return;
        for (var i = 0; i < caches.Length; i++)
        {
            // All rows listen to the same source, so its caches change only when their number does.
            if (sameCount && model.Caches[i].OfEncoder) continue;
            Replace(ref caches[i], TakeRows(caches[i], rows, Rows));
        }
        if (!sameCount)
        {
            var (oldHidden, oldMask) = (hidden, mask);
            hidden = TakeRows(hidden, rows, Rows);
            mask = mask is null ? null : TakeRows(mask, rows, Rows);
            if (ownsSource) { oldHidden.Dispose(); oldMask?.Dispose(); }
            ownsSource = true;
        }
        Rows = rows.Length;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var cache in caches) cache.Dispose();
        foreach (var value in watchedValues) value.Dispose();
        logits?.Dispose();
        if (ownsSource) { hidden.Dispose(); mask?.Dispose(); }
        options.Dispose();
    }

    void Keep(IReadOnlyList<OrtValue> outputs, bool first)
    {
        logits?.Dispose();
        logits = outputs[0];
        foreach (var value in watchedValues) value.Dispose();
        watchedValues = [.. outputs.Skip(1).Take(WatchedCount)];
        var next = 1 + WatchedCount;
        for (var i = 0; i < caches.Length; i++)
            if (first || !model.Caches[i].OfEncoder)
                Replace(ref caches[i], outputs[next++]);
    }

    static void Replace(ref OrtValue value, OrtValue by)
    {
        value.Dispose();
        value = by;
    }

    static bool IsIdentity(ReadOnlySpan<int> rows)
    {
        for (var i = 0; i < rows.Length; i++)
            if (rows[i] != i)
                return false;
        return true;
    }

    static OrtValue TakeRows(OrtValue from, ReadOnlySpan<int> rows, int rowsNow)
    {
        var info = from.GetTensorTypeAndShape();
        var shape = info.Shape;
        shape[0] = rows.Length;
        var to = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, info.ElementDataType, shape);
        var source = from.GetTensorMutableRawData();
        var target = to.GetTensorMutableRawData();
        var size = source.Length / rowsNow;
        for (var i = 0; i < rows.Length; i++)
            source.Slice(rows[i] * size, size).CopyTo(target[(i * size)..]);
        return to;
    }
}
