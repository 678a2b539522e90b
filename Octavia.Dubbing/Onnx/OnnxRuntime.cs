using Microsoft.ML.OnnxRuntime;

namespace Octavia.Dubbing.Onnx;

/// <summary>
/// ONNX Runtime as the whole engine uses it: one process-wide thread pool, so that recognition and synthesis running side by side
/// share the processors instead of each taking all of them.
/// </summary>
public static class OnnxRuntime
{
    static readonly Lazy<int> Configured = new(Configure);

    /// <summary>Threads in the shared pool.</summary>
    public static int Threads => Configured.Value;

    /// <summary>Opens a model on the shared pool.</summary>
    /// <param name="path">Path of the <c>.onnx</c> file.</param>
    /// <param name="plansMemory">
    /// Whether to plan which buffers can be used again. That takes time with the square of the nodes: a graph of 2,000 nodes loads in half
    /// the time without, and runs as fast.
    /// </param>
    /// <exception cref="DubbingException"><c>model.damaged</c>.</exception>
    public static InferenceSession Open(string path, bool plansMemory = true)
    {
        _ = Configured.Value;
        using var options = new SessionOptions
        {
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            // The planner skips a session that may run branches side by side; with one thread between operators it does not.
            ExecutionMode = plansMemory ? ExecutionMode.ORT_SEQUENTIAL : ExecutionMode.ORT_PARALLEL,
        };
        options.DisablePerSessionThreads();
        try
        {
            return new InferenceSession(path, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new DubbingException(new Failure("model.damaged", FailureKind.MissingTool,
                $"The model {Path.GetFileName(path)} is damaged: fetch it again."), e);
        }
    }

    static int Configure()
    {
        var threads = Math.Max(1, Environment.ProcessorCount);
        using var pool = new OrtThreadingOptions
        {
            GlobalIntraOpNumThreads = threads,
            GlobalInterOpNumThreads = 1,
            GlobalSpinControl = false,
        };
        var creation = new EnvironmentCreationOptions
        {
            logId = "octavia",
            logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            threadOptions = pool,
        };
        OrtEnv.CreateInstanceWithOptions(ref creation);
        return threads;
    }
}
