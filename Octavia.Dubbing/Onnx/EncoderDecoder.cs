using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Octavia.Dubbing.Onnx;

/// <summary>
/// An encoder and a merged decoder with caches, in the form of the Hugging Face export (<c>encoder_model</c>, <c>decoder_model_merged</c>):
/// Whisper and Marian alike. Thread-safe; every decode has a <see cref="DecoderRun"/> of its own.
/// </summary>
internal sealed class EncoderDecoder : IDisposable
{
    const string Past = "past_key_values.";

    readonly InferenceSession encoder;
    readonly InferenceSession decoder;

    EncoderDecoder(InferenceSession encoder, InferenceSession decoder)
    {
        (this.encoder, this.decoder) = (encoder, decoder);
        var caches = decoder.InputNames.Where(name => name.StartsWith(Past, StringComparison.Ordinal))
            .ToLookup(name => name.Contains(".encoder.", StringComparison.Ordinal), Cache);
        (OwnCaches, SourceCaches) = ([.. caches[false]], [.. caches[true]]);
    }

    /// <summary>Caches over the decoder's own tokens.</summary>
    internal IReadOnlyList<CacheTensor> OwnCaches { get; }

    /// <summary>Caches over the source.</summary>
    internal IReadOnlyList<CacheTensor> SourceCaches { get; }

    /// <summary>Opens <c>onnx/encoder_model*.onnx</c> and <c>onnx/decoder_model_merged*.onnx</c> of a folder, the quantised ones first where no GPU runs them.</summary>
    /// <exception cref="DubbingException"><c>model.missing</c> or <c>model.damaged</c>.</exception>
    public static EncoderDecoder Open(string folder)
    {
        var encoder = OnnxRuntime.Gpu.Open(FindModel(folder, "encoder_model"));
        try
        {
            return new EncoderDecoder(encoder, OnnxRuntime.Gpu.Open(FindModel(folder, "decoder_model_merged")));
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    /// <summary>Whether the decoder gives this output.</summary>
    public bool HasOutput(string name) => decoder.OutputNames.Contains(name);

    /// <summary>Runs the encoder.</summary>
    /// <param name="inputs">Inputs by name; stay with the caller.</param>
    /// <returns><c>last_hidden_state</c>, [1, positions, width]; the caller's to dispose.</returns>
    public OrtValue Encode(IReadOnlyDictionary<string, OrtValue> inputs)
    {
        using var options = new RunOptions();
        var outputs = encoder.Run(options, [.. inputs.Keys], [.. inputs.Values], ["last_hidden_state"]);
        return outputs[0];
    }

    /// <summary>Begins a decode over one encoded source.</summary>
    /// <param name="hidden">From <see cref="Encode"/>; stays with the caller and must outlive the run.</param>
    /// <param name="mask">int64 [1, positions] for decoders that want it; stays with the caller.</param>
    /// <param name="watched">Further outputs to fetch at each step, such as <c>cross_attentions.3</c>.</param>
    public DecoderRun Decode(OrtValue hidden, OrtValue? mask = null, IReadOnlyList<string>? watched = null) =>
        new(this, decoder, hidden, mask, watched ?? []);

    /// <inheritdoc />
    public void Dispose()
    {
        encoder.Dispose();
        decoder.Dispose();
    }

    CacheTensor Cache(string name)
    {
        var dimensions = decoder.InputMetadata[name].Dimensions;
        return new CacheTensor(name, string.Concat("present.", name.AsSpan(Past.Length)), dimensions[1], dimensions[3]);
    }

    static string FindModel(string folder, string name)
    {
        // Of 8-bit operators CUDA has few.
        string[] candidates = OnnxRuntime.Gpu.IsUsed ? [$"{name}.onnx", $"{name}_quantized.onnx"] : [$"{name}_quantized.onnx", $"{name}.onnx"];
        return candidates.Select(file => Path.Combine(folder, "onnx", file)).FirstOrDefault(File.Exists)
            ?? throw new DubbingException(new Failure("model.missing", FailureKind.MissingTool,
                $"The model folder {Path.GetFileName(folder)} has no onnx/{name}_quantized.onnx: fetch the model again."));
    }
}

/// <summary>One cache tensor, [1, heads, positions, width].</summary>
internal sealed record CacheTensor(string Input, string Output, int Heads, int Width)
{
    public OrtValue Empty() => OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, TensorElementType.Float, [1, Heads, 0, Width]);
}
