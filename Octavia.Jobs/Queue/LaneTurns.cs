using Microsoft.EntityFrameworkCore;

namespace Octavia.Jobs.Queue;

/// <summary>How many jobs of the paid lane were begun since the last of the free one: one row for the whole system.</summary>
public sealed class LaneTurn
{
    public const int OnlyId = 1;

    public int Id { get; init; }

    public int PaidInARow { get; set; }
}

/// <summary>
/// Who pays is served first, but of <see cref="PaidInARow"/> + 1 jobs that are begun while both lanes wait, one is of the free lane: after so many
/// the free job that waits longest is moved to the lane before all others.
/// </summary>
static class LaneTurns
{
    /// <summary>Paid jobs that are begun before a free one has its turn.</summary>
    public const int PaidInARow = 4;

    /// <summary>Counts a job that was begun, and gives the turn to the free lane when it is due.</summary>
    public static Task CountAsync(this OctaviaDbContext db, string lane, CancellationToken ct) =>
        lane == HangfireQueue.PaidLane ? CountPaidAsync(db, ct) : db.LaneTurns.ExecuteUpdateAsync(set => set.SetProperty(x => x.PaidInARow, 0), ct);

    static Task<int> CountPaidAsync(OctaviaDbContext db, CancellationToken ct) =>
        // One statement: the row's lock makes workers that begin at once wait for each other. Without a free job that waits the count stands,
        // so that the next one to come is served at the next turn.
        db.Database.ExecuteSqlAsync(
            $"""
            WITH turn AS (
                UPDATE lane_turns SET paid_in_a_row = paid_in_a_row + 1 WHERE id = {LaneTurn.OnlyId} RETURNING paid_in_a_row
            )
            UPDATE hangfire.jobqueue SET queue = {HangfireQueue.DueLane}
            WHERE id = (
                SELECT id FROM hangfire.jobqueue
                WHERE queue = {HangfireQueue.FreeLane} AND fetchedat IS NULL
                    AND (SELECT paid_in_a_row FROM turn) >= {PaidInARow}
                    AND NOT EXISTS (SELECT 1 FROM hangfire.jobqueue WHERE queue = {HangfireQueue.DueLane} AND fetchedat IS NULL)
                ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
            """,
            ct);
}
