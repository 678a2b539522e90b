using System.Runtime.CompilerServices;
using System.Text.Json;
using Octavia.Jobs.Client;
using StackExchange.Redis;

namespace Octavia.Jobs.Progress;

/// <summary>
/// Events of jobs over Redis: published to who listens, and the latest one kept for who comes later. The row in the database is the
/// truth; without Redis, listeners see the row only.
/// </summary>
public sealed class JobEvents(IConnectionMultiplexer redis)
{
    static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    /// <summary>Sends without waiting: a lost event is made good by the next one or by the row.</summary>
    public void Publish(Guid jobId, JobEvent e)
    {
        var json = JsonSerializer.Serialize(e, OctaviaClient.Json);
        var db = redis.GetDatabase();
        db.StringSet(LatestKey(jobId), json, Kept, flags: CommandFlags.FireAndForget);
        db.Publish(Channel(jobId), json, CommandFlags.FireAndForget);
    }

    public void Forget(Guid jobId) => redis.GetDatabase().KeyDelete(LatestKey(jobId), CommandFlags.FireAndForget);

    public async Task<JobEvent?> LatestAsync(Guid jobId)
    {
        try
        {
            var json = redis.IsConnected ? await redis.GetDatabase().StringGetAsync(LatestKey(jobId)) : RedisValue.Null;
            return json.IsNull ? null : Parse(json);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Events from now on. The subscription stands when the method returns, or as soon as Redis is back.</summary>
    public async Task<Subscription> SubscribeAsync(Guid jobId)
    {
        var subscriber = redis.GetSubscriber();
        try
        {
            if (redis.IsConnected) return new(await subscriber.SubscribeAsync(Channel(jobId)));
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            // Slow or just gone: as if it had been away.
        }
        return new(await subscriber.SubscribeAsync(Channel(jobId), CommandFlags.FireAndForget));
    }

    static JobEvent Parse(RedisValue json) => JsonSerializer.Deserialize<JobEvent>((string)json!, OctaviaClient.Json)!;

    static string LatestKey(Guid jobId) => $"octavia:job:{jobId}:latest";

    static RedisChannel Channel(Guid jobId) => RedisChannel.Literal($"octavia:job:{jobId}");

    public sealed class Subscription(ChannelMessageQueue queue) : IAsyncDisposable
    {
        public async IAsyncEnumerable<JobEvent> ReadAllAsync([EnumeratorCancellation] CancellationToken ct)
        {
            await foreach (var message in queue.WithCancellation(ct)) yield return Parse(message.Message);
        }

        /// <summary>The next event, or null when none came in time.</summary>
        public async Task<JobEvent?> NextAsync(TimeSpan patience, CancellationToken ct)
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
            timeout.CancelAfter(patience);
            try
            {
                return Parse((await queue.ReadAsync(timeout.Token)).Message);
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                return null;
            }
        }

        public async ValueTask DisposeAsync() => await queue.UnsubscribeAsync();
    }
}
