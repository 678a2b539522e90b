using System.Net.Sockets;
using Azure;
using Npgsql;
using Octavia.Dubbing;

namespace Octavia.Worker;

/// <summary>Tells what passes, when the database or the store is back for one, from what would break again.</summary>
static class Outage
{
    public static bool IsOne(Exception e) => e switch
    {
        // Of a request that was tried several times, the store's client throws all failures together.
        AggregateException all => all.InnerExceptions.Any(IsOne),
        // 0: the store gave no answer at all.
        RequestFailedException store => store.Status is 0 or 408 or 429 or >= 500,
        NpgsqlException database => database.IsTransient,
        SocketException or HttpIOException => true,
        { InnerException: { } inner } => IsOne(inner),
        _ => false,
    };

    /// <summary>Whether it was the machine that failed, for want of memory or room perhaps: another try goes on where this one was.</summary>
    public static bool MayPass(Failure failure) => failure.Code is "decoder.killed" or DubbingException.DiskFull;

    /// <summary>Whether there was no room on the disk.</summary>
    public static bool IsFull(Exception? e) => e is IOException { HResult: NoSpace } || (e is not null && IsFull(e.InnerException));

    // ENOSPC.
    const int NoSpace = 28;
}
