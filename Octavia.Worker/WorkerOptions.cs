using System.ComponentModel.DataAnnotations;

namespace Octavia.Worker;

/// <summary>Section <c>Worker</c>.</summary>
sealed class WorkerOptions
{
    /// <summary>Jobs that this process runs side by side. One already takes all processors.</summary>
    [Range(1, 64)]
    public int JobsAtOnce { get; set; } = 1;

    /// <summary>Take-overs after which a job that keeps losing its workers is failed.</summary>
    [Range(1, 100)]
    public int MaxTries { get; set; } = 8;

    /// <summary>Tries after which a job that the engine breaks on is failed.</summary>
    [Range(1, 100)]
    public int MaxEngineTries { get; set; } = 2;

    /// <summary>Folder for inputs and results of running jobs; null for the system's.</summary>
    public string? TempFolder { get; set; }
}
