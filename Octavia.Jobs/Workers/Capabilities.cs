using System.Text.Json;
using Octavia.Jobs.Client;
using StackExchange.Redis;

namespace Octavia.Jobs.Workers;

/// <summary>What the workers of this installation can do, as ISO 639-1 codes.</summary>
public sealed record Capabilities
{
    /// <summary>Languages that are recognised.</summary>
    public IReadOnlyList<string> Recognized { get; init; } = [];

    /// <summary>Languages that are spoken.</summary>
    public IReadOnlyList<string> Spoken { get; init; } = [];

    /// <summary>For each source language its targets.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Translated { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Engine that <c>auto</c> takes for <c>recognition</c>, <c>translation</c> and <c>speech</c>.</summary>
    public IReadOnlyDictionary<string, string> Engines { get; init; } = new Dictionary<string, string>();
}

/// <summary>Where workers say what they can do and the API reads it. Said again every half minute; forgotten when no worker lives.</summary>
public sealed class CapabilityBoard(IConnectionMultiplexer redis)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    const string Key = "octavia:capabilities";

    public Task PublishAsync(Capabilities capabilities) => redis.GetDatabase().StringSetAsync(
        Key, JsonSerializer.Serialize(capabilities, OctaviaClient.Json), Interval * 10);

    /// <summary>Null when no worker has spoken yet.</summary>
    public async Task<Capabilities?> ReadAsync()
    {
        if (!redis.IsConnected) return null;
        var json = await redis.GetDatabase().StringGetAsync(Key);
        return json.IsNull ? null : JsonSerializer.Deserialize<Capabilities>((string)json!, OctaviaClient.Json);
    }
}
