using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Npgsql;

namespace Aspire.Hosting.Local;

/// <summary>A Postgres server of its own: private port, private folder, password (SCRAM) on every connection.</summary>
internal sealed class PostgresProcess(PostgresServerResource server, DataFolder data)
{
    private static readonly TimeSpan PredecessorLimit = TimeSpan.FromSeconds(10);

    public static string? Missing() =>
        !Programs.FindPostgres("initdb").Any() ? "Postgres is missing: install it with 'apt-get install postgresql'." : null;

    public async Task<ProcessSpec> PrepareAsync(Replica replica, CancellationToken cancellationToken)
    {
        var volume = server.Last<VolumeAnnotation>();
        var folder = data.For(volume?.Name ?? server.Name, kept: volume is not null);
        var cluster = Path.Combine(folder, "pgdata");
        // Postgres refuses to run as root.
        var user = Environment.IsPrivilegedProcess ? "postgres" : null;
        if (user is not null)
            await OwnAsync(folder, user, cancellationToken);
        if (!File.Exists(VersionFile(cluster)))
            await InitializeAsync(folder, cluster, user, cancellationToken);
        var program = await FindServerAsync(cluster, cancellationToken);
        await WaitForPredecessorAsync(cluster, cancellationToken);

        var arguments = new List<string>
        {
            "-D", cluster, "-p", server.PrimaryEndpoint.Port.ToString(CultureInfo.InvariantCulture),
            "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "log_checkpoints=off",
        };
        if (volume is null)
            arguments.AddRange(["-c", "fsync=off", "-c", "full_page_writes=off"]);
        // SIGINT stops at once and cleanly; SIGTERM would wait for every client.
        return new ProcessSpec(program, arguments, folder)
        {
            User = user,
            Stop = StopSignal.Interrupt,
            OnParentDeath = StopSignal.Interrupt,
        };
    }

    public async Task<string?> CheckAsync(CancellationToken cancellationToken) =>
        await AskAsync($"{await server.GetConnectionStringAsync(cancellationToken)};Database=postgres", cancellationToken);

    public static async Task<string?> CheckAsync(PostgresDatabaseResource database, CancellationToken cancellationToken) =>
        await AskAsync(await database.AskConnectionStringAsync(cancellationToken), cancellationToken);

    public static async Task CreateAsync(PostgresDatabaseResource database, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create($"{await database.Parent.GetConnectionStringAsync(cancellationToken)};Database=postgres");
        await using var find = source.CreateCommand("SELECT 1 FROM pg_database WHERE datname = $1");
        find.Parameters.AddWithValue(database.DatabaseName);
        if (await find.ExecuteScalarAsync(cancellationToken) is not null)
            return;
        var name = database.DatabaseName.Replace("\"", "\"\"", StringComparison.Ordinal);
        await using var create = source.CreateCommand($"CREATE DATABASE \"{name}\"");
        await create.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<string?> AskAsync(string? connectionString, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false;Timeout=3");
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("SELECT 1", connection);
        await command.ExecuteScalarAsync(cancellationToken);
        return null;
    }

    private static string VersionFile(string cluster) => Path.Combine(cluster, "PG_VERSION");

    /// <summary>A cluster is read only by the major version that made it, which need not be the newest here.</summary>
    private static async Task<string> FindServerAsync(string cluster, CancellationToken cancellationToken)
    {
        var version = (await File.ReadAllTextAsync(VersionFile(cluster), cancellationToken)).Trim();
        foreach (var program in Programs.FindPostgres("postgres"))
        {
            // postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)
            var words = (await Programs.VersionAsync(program, cancellationToken)).Split(' ', '\n');
            if (words.Length > 2 && words[2].Split('.')[0] == version)
                return program;
        }

        throw new DistributedApplicationException(
            $"The data in {cluster} is of PostgreSQL {version}: install it with 'apt-get install postgresql-{version}', or move that folder away to start afresh.");
    }

    private static async Task OwnAsync(string folder, string user, CancellationToken cancellationToken)
    {
        using var starter = new ProcessHost();
        await starter.RunAsync(new ProcessSpec("chown", ["-R", $"{user}:{user}", folder], folder), cancellationToken);
    }

    private async Task InitializeAsync(string folder, string cluster, string? user, CancellationToken cancellationToken)
    {
        // Made beside and renamed when done, so that an interrupted initdb leaves nothing that looks like a cluster.
        var unfinished = cluster + ".new";
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);
        // A file, since a process of another user may not open our end of a pipe by its name.
        var password = Path.Combine(folder, "password");
        await File.WriteAllTextAsync(password, await server.PasswordParameter.GetValueAsync(cancellationToken), cancellationToken);
        File.SetUnixFileMode(password, UnixFileMode.UserRead);
        try
        {
            if (user is not null)
                await OwnAsync(folder, user, cancellationToken);
            List<string> arguments = ["-D", unfinished, "-U", await server.UserAsync(cancellationToken), "--auth=scram-sha-256",
                "--pwfile", password, "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"];
            using var starter = new ProcessHost();
            await starter.RunAsync(new ProcessSpec(Programs.FindPostgres("initdb").First(), arguments, folder) { User = user }, cancellationToken);
        }
        finally
        {
            File.Delete(password);
        }

        Directory.Move(unfinished, cluster);
    }

    /// <summary>After a kill -9 of the last AppHost its server needs a moment to end.</summary>
    private static async Task WaitForPredecessorAsync(string cluster, CancellationToken cancellationToken)
    {
        var pidFile = Path.Combine(cluster, "postmaster.pid");
        for (var waited = TimeSpan.Zero; waited < PredecessorLimit && File.Exists(pidFile); waited += TimeSpan.FromMilliseconds(100))
        {
            var first = (await File.ReadAllLinesAsync(pidFile, cancellationToken)).FirstOrDefault();
            if (!Path.Exists($"/proc/{first}"))
                return;
            await Task.Delay(100, cancellationToken);
        }
    }
}
