using Octavia.Jobs.Client;

namespace Octavia.Jobs.Progress;

/// <summary>Where a job stands: what its worker publishes, and the API when a job is queued or cancelled.</summary>
/// <param name="Revision">Grows from event to event of a job.</param>
/// <param name="Attempt">Whose event it is.</param>
/// <param name="Status">Status; an event that ends the job is followed by no other.</param>
/// <param name="Phase">Stage, null before the first.</param>
/// <param name="ProgressPercentage">0 to 100.</param>
/// <param name="CurrentStep">For people.</param>
public sealed record JobEvent(
    long Revision, int Attempt, JobStatus Status, JobPhase? Phase, double ProgressPercentage, string? CurrentStep)
{
    /// <summary>The number after <paramref name="last"/>: milliseconds of Unix time, so that numbers given by different processes stay in order.</summary>
    public static long NextRevision(long last) => Math.Max(last + 1, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
}
