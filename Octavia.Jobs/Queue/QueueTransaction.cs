using System.Transactions;
using Microsoft.EntityFrameworkCore;

namespace Octavia.Jobs.Queue;

static class QueueTransaction
{
    /// <summary>
    /// Rows and their queue entry together, or neither. Hangfire joins the ambient transaction only, and only one connection may be in it: the
    /// context's, opened here for all.
    /// </summary>
    public static Task<T> QueueTransactionAsync<T>(this OctaviaDbContext db, Func<Task<T>> work, Func<T, bool> commits, CancellationToken ct) =>
        db.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
        {
            db.ChangeTracker.Clear();
            using var scope = new TransactionScope(
                TransactionScopeOption.Required,
                new TransactionOptions { IsolationLevel = IsolationLevel.ReadCommitted },
                TransactionScopeAsyncFlowOption.Enabled);
            await db.Database.OpenConnectionAsync(ct);
            try
            {
                var result = await work();
                if (commits(result)) scope.Complete();
                return result;
            }
            finally
            {
                await db.Database.CloseConnectionAsync();
            }
        });
}
