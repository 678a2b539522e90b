using Microsoft.ML.OnnxRuntime;

namespace Octavia.Dubbing.Onnx;

/// <summary>
/// ONNX Runtime as the whole engine uses it: one process-wide thread pool, so that recognition and synthesis running side by side
/// share the processors instead of each taking all of them.
/// </summary>
public static class OnnxRuntime
{
    static readonly Lazy<int> Configured = new(Configure);

    static readonly Lazy<GpuRuntime> FoundGpu = new(() =>
    {
        _ = Configured.Value;
        return new GpuRuntime(OrtEnv.Instance().GetAvailableProviders(), options => options.AppendExecutionProvider_CUDA(0));
    });

    /// <summary>Threads in the shared pool.</summary>
    public static int Threads => Configured.Value;

    /// <summary>Version of the library.</summary>
    internal static string Version
    {
        get
        {
            // Asked before it is configured, the library would configure itself.
            _ = Configured.Value;
            return OrtEnv.Instance().GetVersionString();
        }
    }

    /// <summary>For large networks.</summary>
    internal static GpuRuntime Gpu => FoundGpu.Value;

    /// <summary>Opens a model on the shared pool.</summary>
    /// <param name="path">Path of the <c>.onnx</c> file.</param>
    /// <exception cref="DubbingException"><c>model.damaged</c>.</exception>
    public static InferenceSession Open(string path)
    {
        using var options = Options();
        return Open(path, options);
    }

    /// <summary>Opens a model with options from <see cref="Options"/>.</summary>
    internal static InferenceSession Open(string path, SessionOptions options)
    {
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

    /// <summary>Options of a session on the shared pool.</summary>
    internal static SessionOptions Options()
    {
        _ = Configured.Value;
        var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        options.DisablePerSessionThreads();
        return options;
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
        // Silence leaves numbers so small that the processor reckons with them a hundred times slower.
        pool.SetGlobalDenormalAsZero();
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
