using Microsoft.EntityFrameworkCore;

namespace Octavia.Jobs.Queue;

/// <summary>
/// Queue entries whose worker fell silent. Hangfire takes what nobody has had before them, whatever its lane: on a busy system a job that lost its worker
/// would wait until the queue is empty.
/// </summary>
public static class LostEntries
{
    /// <summary>Puts them before all others.</summary>
    /// <returns>How many there were.</returns>
    public static Task<int> PutFirstAsync(this OctaviaDbContext db, CancellationToken ct)
    {
        var lanes = HangfireQueue.Lanes.ToArray();
        // A worker that wakes again finds that its entry was fetched at another time, and leaves it.
        return db.Database.ExecuteSqlAsync(
            $"""
            UPDATE hangfire.jobqueue SET queue = {HangfireQueue.LostLane}, fetchedat = NULL
            WHERE queue = ANY ({lanes}) AND fetchedat < NOW() - make_interval(secs => {HangfireQueue.Invisibility.TotalSeconds})
            """,
            ct);
    }
}
