using Microsoft.EntityFrameworkCore;

namespace Octavia.Jobs.Accounts;

/// <summary>What is done with credits. Entries are only added; the caller saves them in the transaction of the job row.</summary>
public static class CreditLedger
{
    public static Task<long> BalanceAsync(this OctaviaDbContext db, Guid userId, CancellationToken ct) =>
        db.Credits.IgnoreQueryFilters().Where(x => x.UserId == userId).SumAsync(x => x.Seconds, ct);

    public static void Grant(this OctaviaDbContext db, Guid userId, long seconds) =>
        db.Credits.Add(Entry(userId, CreditKind.Grant, seconds));

    /// <summary>Takes seconds; null, and nothing taken, when the balance is too small. Holds of one user wait for each other.</summary>
    internal static async Task<CreditEntry?> HoldAsync(
        this OctaviaDbContext db, Guid userId, Guid jobId, long seconds, CancellationToken ct)
    {
        await db.Database.ExecuteSqlAsync($"SELECT 1 FROM users WHERE id = {userId} FOR UPDATE", ct);
        if (await db.BalanceAsync(userId, ct) < seconds) return null;
        var hold = Entry(userId, CreditKind.Hold, -seconds, jobId);
        db.Credits.Add(hold);
        return hold;
    }

    /// <summary>Closes a hold: what was not used goes back. A hold that is closed already makes saving fail on its unique index.</summary>
    internal static async Task CloseAsync(this OctaviaDbContext db, Guid holdId, CreditKind kind, long usedSeconds, CancellationToken ct)
    {
        var hold = await db.Credits.IgnoreQueryFilters().AsNoTracking().SingleAsync(x => x.Id == holdId, ct);
        var back = Math.Max(0, -hold.Seconds - usedSeconds);
        db.Credits.Add(Entry(hold.UserId, kind, back, hold.JobId, holdId));
    }

    static CreditEntry Entry(Guid userId, CreditKind kind, long seconds, Guid? jobId = null, Guid? holdId = null) => new()
    {
        Id = Guid.CreateVersion7(),
        UserId = userId,
        Kind = kind,
        Seconds = seconds,
        JobId = jobId,
        HoldId = holdId,
        CreatedAt = DateTimeOffset.UtcNow,
    };
}
