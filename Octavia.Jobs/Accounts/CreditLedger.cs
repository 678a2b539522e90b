using Microsoft.EntityFrameworkCore;

namespace Octavia.Jobs.Accounts;

/// <summary>What came of a grant: an entry, or none, since there is no such user or too little to take back.</summary>
public readonly record struct GrantOutcome(bool HasUser, CreditEntry? Entry);

/// <summary>What is done with credits. Entries are only added; the caller saves them in the transaction of the job row.</summary>
public static class CreditLedger
{
    public static Task<long> BalanceAsync(this OctaviaDbContext db, Guid userId, CancellationToken ct) =>
        db.Credits.IgnoreQueryFilters().Where(x => x.UserId == userId).SumAsync(x => x.Seconds, ct);

    /// <summary>Seconds that jobs took, or hold, of this calendar month (UTC). What goes back counts in the month it was held in.</summary>
    public static Task<long> UsedThisMonthAsync(this OctaviaDbContext db, Guid userId, CancellationToken ct)
    {
        var now = DateTimeOffset.UtcNow;
        var begin = new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero);
        return db.Credits.IgnoreQueryFilters()
            .Where(x => x.UserId == userId && x.Kind != CreditKind.Grant && x.CreatedAt >= begin
                && (x.HoldId == null || db.Credits.IgnoreQueryFilters().Any(hold => hold.Id == x.HoldId && hold.CreatedAt >= begin)))
            .SumAsync(x => -x.Seconds, ct);
    }

    public static CreditEntry Grant(this OctaviaDbContext db, Guid userId, long seconds, Guid? by = null, string? note = null) =>
        db.Credits.Add(Entry(userId, CreditKind.Grant, seconds, by: by, note: note)).Entity;

    /// <summary>What an admin gives, or takes back: not more than there is. An entry that is there already under its id is not made again.</summary>
    public static Task<GrantOutcome> GrantAsync(
        this OctaviaDbContext db, Guid userId, long seconds, Guid by, string? note, Guid? entryId, CancellationToken ct)
    {
        // One for all tries: when the connection breaks at the commit, the next one sees whether it was entered.
        var id = entryId ?? Guid.CreateVersion7();
        return db.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
        {
            db.ChangeTracker.Clear();
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            if (await db.LockUserAsync(userId, ct) is null) return new GrantOutcome(false, null);
            if (await db.Credits.IgnoreQueryFilters().AsNoTracking().SingleOrDefaultAsync(x => x.Id == id, ct) is { } entered) return new GrantOutcome(true, entered);
            if (seconds < 0 && await db.BalanceAsync(userId, ct) + seconds < 0) return new GrantOutcome(true, null);
            var entry = Entry(userId, CreditKind.Grant, seconds, by: by, note: note, id: id);
            db.Credits.Add(entry);
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
            return new GrantOutcome(true, entry);
        });
    }

    /// <summary>Makes whatever else changes the user's balance or queue wait until the transaction ends.</summary>
    /// <returns>The user's plan; null when there is no such user any more.</returns>
    public static async Task<Plan?> LockUserAsync(this OctaviaDbContext db, Guid userId, CancellationToken ct)
    {
        var rows = await db.Users.FromSql($"SELECT * FROM users WHERE id = {userId} FOR UPDATE").AsNoTracking().ToListAsync(ct);
        return rows.SingleOrDefault()?.Plan;
    }

    /// <summary>Takes seconds; null, and nothing taken, when the balance is too small. The caller holds the user's lock.</summary>
    internal static async Task<CreditEntry?> HoldAsync(
        this OctaviaDbContext db, Guid userId, Guid jobId, long seconds, CancellationToken ct)
    {
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

    static CreditEntry Entry(
        Guid userId, CreditKind kind, long seconds, Guid? jobId = null, Guid? holdId = null, Guid? by = null, string? note = null, Guid? id = null) => new()
        {
            Id = id ?? Guid.CreateVersion7(),
            UserId = userId,
            Kind = kind,
            Seconds = seconds,
            JobId = jobId,
            HoldId = holdId,
            GrantedBy = by,
            Note = note,
            CreatedAt = DateTimeOffset.UtcNow,
        };
}
