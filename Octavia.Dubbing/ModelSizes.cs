namespace Octavia.Dubbing;

/// <summary>Sizes of Whisper, which can be asked for in place of the one that the quality chooses.</summary>
public static class ModelSizes
{
    /// <summary>All, the smallest first.</summary>
    public static IReadOnlyList<string> All { get; } = ["tiny", "base", "small", "medium", "large-v3-turbo"];

    /// <summary>The name of a size's model.</summary>
    /// <exception cref="DubbingException"><c>model.size_unknown</c>.</exception>
    public static string ModelOf(string size) => All.Contains(size) ? $"whisper-{size}" : throw new DubbingException(new Failure(
        "model.size_unknown", FailureKind.Usage, $"There is no recognition model of the size \"{size}\": use {string.Join(", ", All)}, or leave it to the quality."));
}
