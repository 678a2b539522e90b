using Microsoft.ML.OnnxRuntime;

namespace Octavia.Dubbing.Onnx;

/// <summary>
/// Opens large networks on a GPU where ONNX Runtime's package is the one with CUDA (build property <c>UseCuda</c>) and CUDA finds its libraries and a GPU; else on
/// the processor, and says why. Small networks, and those that are kept optimised, stay on the processor: the way to the GPU costs them more than it saves.
/// </summary>
internal sealed class GpuRuntime
{
    const string Cuda = "CUDAExecutionProvider";

    readonly Action<SessionOptions> append;
    readonly bool isBuiltIn;
    volatile string? problem;

    /// <summary>Looks whether there is a GPU to use.</summary>
    /// <param name="providers">What the library can do.</param>
    /// <param name="append">Adds CUDA to a session.</param>
    public GpuRuntime(IEnumerable<string> providers, Action<SessionOptions> append)
    {
        this.append = append;
        isBuiltIn = providers.Contains(Cuda);
        if (!isBuiltIn) return;
        try
        {
            using var options = new SessionOptions();
            append(options);
        }
        catch (Exception e) when (IsOfOnnx(e))
        {
            problem = SentenceOf(e);
        }
    }

    /// <summary>Whether networks go to the GPU.</summary>
    public bool IsUsed => isBuiltIn && problem is null;

    /// <summary>Why they do not although the package would, as a sentence; null when they do, and where the package is the plain one.</summary>
    public string? Problem => problem;

    /// <summary>Opens a network.</summary>
    /// <exception cref="DubbingException"><c>model.damaged</c>.</exception>
    public InferenceSession Open(string path)
    {
        if (!IsUsed) return OnnxRuntime.Open(path);
        try
        {
            using var options = OnnxRuntime.Options();
            append(options);
            return new InferenceSession(path, options);
        }
        catch (Exception e) when (IsOfOnnx(e))
        {
            // The libraries are looked for when CUDA is added, the GPU itself here. A damaged model fails here too, and is no fault of the GPU: it is refused now.
            var session = OnnxRuntime.Open(path);
            problem = SentenceOf(e);
            return session;
        }
    }

    static bool IsOfOnnx(Exception e) => e is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException;

    static string SentenceOf(Exception e)
    {
        var reason = e.Message.ReplaceLineEndings(" ");
        return $"The GPU is not used: {(reason.Length > 200 ? reason[..200] + "…" : reason).TrimEnd('.')}.";
    }
}
