using Aspire.Hosting.ApplicationModel;
using StackExchange.Redis;

namespace Aspire.Hosting.Local;

/// <summary>A Redis server of its own. Its settings go in by standard input, so that the password is in no argument list.</summary>
internal sealed class RedisProcess(RedisResource redis, DataFolder data)
{
    public static string? Missing() =>
        Programs.Find("redis-server") is null ? "Redis is missing: install it with 'apt-get install redis-server'." : null;

    public async Task<ProcessSpec> PrepareAsync(Replica replica, CancellationToken cancellationToken)
    {
        var volume = redis.Last<VolumeAnnotation>();
        var folder = data.For(volume?.Name ?? redis.Name, kept: volume is not null);
        var save = redis.Last<PersistenceAnnotation>() is { } kept ? $"{(long)kept.Interval.TotalSeconds} {kept.KeysChanged}" : "\"\"";
        return new ProcessSpec(Programs.Find("redis-server")!, ["-"], folder)
        {
            OnParentDeath = StopSignal.Terminate,
            StandardInput = $"""
                port {redis.PrimaryEndpoint.Port}
                bind 127.0.0.1 -::1
                dir "{folder}"
                save {save}
                appendonly no
                loglevel warning
                requirepass "{await redis.PasswordParameter!.GetValueAsync(cancellationToken)}"

                """,
        };
    }

    public async Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        var options = ConfigurationOptions.Parse((await redis.GetConnectionStringAsync(cancellationToken))!);
        options.ConnectTimeout = 2000;
        await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
        await connection.GetDatabase().PingAsync();
        return null;
    }
}
