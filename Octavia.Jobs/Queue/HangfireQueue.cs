using System.Linq.Expressions;
using Hangfire;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;
using Hangfire.States;
using Npgsql;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Imports;

namespace Octavia.Jobs.Queue;

/// <summary>What a queue entry calls. The worker implements it.</summary>
public interface IJobRunner
{
    /// <param name="jobId">Row.</param>
    /// <param name="holdId">The credit hold of this queueing; an entry whose hold is not the row's is stale and does nothing.</param>
    /// <param name="ct">Set when the worker stops; the entry then goes back to the queue.</param>
    [AutomaticRetry(Attempts = 0)]
    Task RunAsync(Guid jobId, Guid holdId, CancellationToken ct);
}

/// <summary>Hangfire on Postgres: its options and its lanes.</summary>
public static class HangfireQueue
{
    /// <summary>A job whose worker fell silent for this long is taken by another.</summary>
    public static readonly TimeSpan Invisibility = TimeSpan.FromSeconds(15);

    // Hangfire.PostgreSql takes from queues in alphabetical order, whatever order the server names them in.

    /// <summary>Jobs that were begun and lost their worker: see <see cref="LostEntries"/>.</summary>
    internal const string LostLane = "0-again";

    /// <summary>At most one job, of the free lane, whose turn it is: see <see cref="LaneTurns"/>.</summary>
    internal const string DueLane = "0-due";

    internal const string PaidLane = "1-paid";

    internal const string FreeLane = "2-free";

    /// <summary>Of what keeps the house; no job waits for it.</summary>
    public const string HouseLane = "house";

    /// <summary>Of imports, which the API runs itself.</summary>
    public const string ImportLane = "imports";

    public static IReadOnlyList<string> Lanes { get; } = [LostLane, DueLane, PaidLane, FreeLane];

    internal static string LaneOf(Plan plan) => plan == Plan.Paid ? PaidLane : FreeLane;

    /// <summary>Storage for a server, with connections of its own.</summary>
    /// <param name="connectionString">Database.</param>
    /// <param name="mayTake">Whether jobs may be taken from the lanes now, null for always. The house is kept in any case.</param>
    /// <param name="lanes">Null for <see cref="Lanes"/>.</param>
    public static PostgreSqlStorage Storage(string connectionString, Func<bool>? mayTake = null, IEnumerable<string>? lanes = null)
    {
        var options = Options();
        var storage = new PostgreSqlStorage(new NpgsqlConnectionFactory(connectionString, options), options);
        if (mayTake is not null) storage.QueueProviders.Add(new PausingQueue(storage.QueueProviders.GetProvider(HouseLane), mayTake), lanes ?? Lanes);
        return storage;
    }

    /// <summary>Makes or renews Hangfire's tables.</summary>
    public static void PrepareSchema(string connectionString)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        PostgreSqlObjectsInstaller.Install(connection, Options().SchemaName);
    }

    internal static void Enqueue(NpgsqlConnection connection, Guid jobId, Guid holdId, string lane) =>
        Enqueue<IJobRunner>(connection, runner => runner.RunAsync(jobId, holdId, CancellationToken.None), lane);

    internal static void EnqueueImport(NpgsqlConnection connection, Guid importId) =>
        Enqueue<IImportRunner>(connection, runner => runner.RunAsync(importId, CancellationToken.None), ImportLane);

    /// <summary>Adds a queue entry on the caller's connection, so in the caller's ambient transaction.</summary>
    static void Enqueue<T>(NpgsqlConnection connection, Expression<Func<T, Task>> call, string lane)
    {
        var options = Options();
        var client = new BackgroundJobClient(new PostgreSqlStorage(new ExistingNpgsqlConnectionFactory(connection, options), options));
        client.Create(Hangfire.Common.Job.FromExpression(call), new EnqueuedState(lane));
    }

    static PostgreSqlStorageOptions Options() => new()
    {
        PrepareSchemaIfNecessary = false,
        UseSlidingInvisibilityTimeout = true,
        InvisibilityTimeout = Invisibility,
        QueuePollInterval = TimeSpan.FromMilliseconds(500),
    };
}
