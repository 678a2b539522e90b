using System.Reflection;
using Octavia.Dubbing.Models;

namespace Octavia.Dubbing.Engines;

/// <summary>Engines in assemblies that are built only where a build property asks for them, since not every machine can have their packages.</summary>
static class OptionalEngines
{
    /// <summary>Whisper.net: build property <c>UseWhisperNet</c>, project <c>Octavia.WhisperNet</c>.</summary>
    public static IRecognitionEngine? WhisperNet(ModelStore models) => Find("Octavia.WhisperNet", "Octavia.WhisperNet.WhisperNetRecognition", models);

    /// <summary>An engine of an assembly beside this one; null where that was not built.</summary>
    internal static IRecognitionEngine? Find(string assembly, string type, ModelStore models) =>
        File.Exists(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"))
            ? (IRecognitionEngine)Activator.CreateInstance(Assembly.Load(assembly).GetType(type, throwOnError: true)!, models)!
            : null;
}
