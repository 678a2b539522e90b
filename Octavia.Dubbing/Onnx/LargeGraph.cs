using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.OnnxRuntime;
using Octavia.Dubbing.Onnx.Fusion;

namespace Octavia.Dubbing.Onnx;

/// <summary>
/// Opens graphs of thousands of nodes, which cost more to load than to run. Two things take the time away: buffers are not planned, which takes
/// time with the square of the nodes and gains nothing here; and the graph is kept as ONNX Runtime has optimised it, with its weights in a
/// file that is mapped, so that all processes of a machine share them (Kokoro: 0.25 s instead of 2 s, 450 MiB instead of 900). What is kept has its
/// normalisations fused as well, and its convolutions laid out for this processor (<see cref="GraphFusion"/>: Kokoro speaks in 27 % less time).
/// </summary>
internal static class LargeGraph
{
    const string Graph = "model.onnx";
    const string Weights = "model.data";

    /// <summary>Opens a graph.</summary>
    /// <param name="path">Path of the <c>.onnx</c> file.</param>
    /// <param name="cache">Folder for the optimised graph; null to optimise each time.</param>
    /// <exception cref="DubbingException"><c>model.damaged</c>.</exception>
    public static InferenceSession Open(string path, string? cache)
    {
        if (cache is not null && (OpenKept(path, cache) ?? OpenAndKeep(path, cache)) is { } session) return session;
        using var options = Options(GraphOptimizationLevel.ORT_ENABLE_EXTENDED);
        return OnnxRuntime.Open(path, options);
    }

    static InferenceSession? OpenKept(string path, string cache)
    {
        var folder = Path.Combine(cache, Key(path));
        if (!File.Exists(Path.Combine(folder, Graph))) return null;
        using var options = Options(GraphOptimizationLevel.ORT_DISABLE_ALL);
        try
        {
            return new InferenceSession(Path.Combine(folder, Graph), options);
        }
        catch (OnnxRuntimeException)
        {
            // Cut off or of another make: made anew from the model itself.
            Delete(folder);
            return null;
        }
    }

    static InferenceSession? OpenAndKeep(string path, string cache)
    {
        var folder = Path.Combine(cache, Key(path));
        var partial = Path.Combine(cache, $".{Guid.NewGuid():N}");
        try
        {
            var first = Path.Combine(partial, "first");
            Directory.CreateDirectory(first);
            Keep(path, first, GraphOptimizationLevel.ORT_ENABLE_EXTENDED);
            GraphFusion.Fuse(Path.Combine(first, Graph));
            // Lays out what can be in blocks.
            Keep(Path.Combine(first, Graph), partial, GraphOptimizationLevel.ORT_ENABLE_ALL);
            Delete(first);
            Sweep(path, cache, folder);
            // Where another process was faster, its graph is as good.
            if (Directory.Exists(folder)) Delete(partial);
            else Directory.Move(partial, folder);
            return OpenKept(path, cache);
        }
        catch (Exception e) when (e is OnnxRuntimeException or IOException or UnauthorizedAccessException)
        {
            // A full disk: the model itself is still there.
            Delete(partial);
            return null;
        }
    }

    /// <summary>Of the same model from before an update, and what was left half made, is of no more use.</summary>
    static void Sweep(string path, string cache, string folder)
    {
        foreach (var old in Directory.EnumerateDirectories(cache, $"{Name(path)}-{Processor}-*").Where(old => old != folder)) Delete(old);
        foreach (var half in Directory.EnumerateDirectories(cache, ".*").Where(half => Directory.GetLastWriteTimeUtc(half) < DateTime.UtcNow.AddDays(-1))) Delete(half);
    }

    static void Keep(string path, string folder, GraphOptimizationLevel level)
    {
        using var options = Options(level);
        options.OptimizedModelFilePath = Path.Combine(folder, Graph);
        options.AddSessionConfigEntry("session.optimized_model_external_initializers_file_name", Weights);
        options.AddSessionConfigEntry("session.optimized_model_external_initializers_min_size_in_bytes", "1024");
        new InferenceSession(path, options).Dispose();
    }

    static SessionOptions Options(GraphOptimizationLevel level)
    {
        var options = OnnxRuntime.Options();
        options.GraphOptimizationLevel = level;
        // The planner skips a session that may run branches side by side; with one thread between operators it does not.
        options.ExecutionMode = ExecutionMode.ORT_PARALLEL;
        FusedOperators.AddTo(options);
        return options;
    }

    // The blocks have the size of this processor's registers: another must not take them.
    static string Processor => $"{RuntimeInformation.ProcessArchitecture}{(Avx512F.IsSupported ? "-avx512" : Avx2.IsSupported ? "-avx2" : "")}".ToLowerInvariant();

    static string Key(string path)
    {
        var file = new FileInfo(path);
        var made = $"{file.FullName}\n{file.Length}\n{file.LastWriteTimeUtc.Ticks}\n{OnnxRuntime.Version}\n{GraphFusion.Version}";
        return $"{Name(path)}-{Processor}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(made)))[..16]}";
    }

    static string Name(string path) => Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path)))!;

    static void Delete(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It costs room, no more.
        }
    }
}
