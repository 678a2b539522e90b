namespace Octavia.Dubbing;

/// <summary>Whose turn it is to act. The command line's exit code is the number.</summary>
public enum FailureKind
{
    /// <summary>The caller asked for something that does not exist: a language, an option, a pair.</summary>
    Usage = 2,

    /// <summary>The input cannot be used: not media, no sound, damaged, too large.</summary>
    UnusableInput = 3,

    /// <summary>A program or a model is missing on this machine.</summary>
    MissingTool = 4,

    /// <summary>An engine broke on good input.</summary>
    Engine = 5,

    /// <summary>The caller cancelled.</summary>
    Cancelled = 130,
}

/// <summary>A reason for a refusal or a failure, the same on every surface: exit code, problem+json and page.</summary>
/// <param name="Code">Stable and machine-readable: <c>input.not_media</c>.</param>
/// <param name="Kind">Whose turn it is.</param>
/// <param name="Message">One sentence that says what is wrong and what to do.</param>
public sealed record Failure(string Code, FailureKind Kind, string Message);

/// <summary>Carries a <see cref="Failure"/> to the surface that maps it.</summary>
public sealed class DubbingException(Failure failure, Exception? inner = null) : Exception(failure.Message, inner)
{
    /// <summary>The reason.</summary>
    public Failure Failure { get; } = failure;

    /// <summary>Code of a failure for want of room on the disk.</summary>
    public const string DiskFull = "disk.full";

    /// <summary>The refusal of an input that cannot be used.</summary>
    public static DubbingException Unusable(string code, string message) => new(new Failure(code, FailureKind.UnusableInput, message));
}
