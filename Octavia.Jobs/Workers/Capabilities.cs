using System.Text.Json;
using Octavia.Jobs.Client;
using StackExchange.Redis;

namespace Octavia.Jobs.Workers;

/// <summary>What the workers of this installation can do, as ISO 639-1 codes.</summary>
public sealed record Capabilities
{
    /// <summary>What there is before a worker has spoken: common languages, any pair.</summary>
    public static Capabilities Basic { get; } = FromNames(
        "ca Catalan de German en English es Spanish fr French hi Hindi it Italian ja Japanese nl Dutch "
        + "pl Polish pt Portuguese ro Romanian ru Russian sv Swedish tr Turkish uk Ukrainian zh Chinese");

    /// <summary>English names of all languages that are known, by code.</summary>
    public IReadOnlyDictionary<string, string> Names { get; init; } = new Dictionary<string, string>();

    /// <summary>Languages that are recognised.</summary>
    public IReadOnlyList<string> Recognized { get; init; } = [];

    /// <summary>Languages that are spoken.</summary>
    public IReadOnlyList<string> Spoken { get; init; } = [];

    /// <summary>For each source language its targets; empty where any pair is tried.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Translated { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Sizes of the model that recognises that are there, the smallest first; empty where that is not known.</summary>
    public IReadOnlyList<string> ModelSizes { get; init; } = [];

    /// <summary>Languages that are spoken by an engine that can clone voices.</summary>
    public IReadOnlyList<string> Cloned { get; init; } = [];

    public string NameOf(string code) => Names.GetValueOrDefault(code, code);

    static Capabilities FromNames(string table)
    {
        var names = table.Split(' ').Chunk(2).ToDictionary(x => x[0], x => x[1]);
        return new() { Names = names, Recognized = [.. names.Keys], Spoken = [.. names.Keys] };
    }
}

/// <summary>Where workers say what they can do and the API reads it. Said again every half minute; forgotten when no worker lives.</summary>
public sealed class CapabilityBoard(IConnectionMultiplexer redis)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    const string Key = "octavia:capabilities";

    public Task PublishAsync(Capabilities capabilities) => redis.GetDatabase().StringSetAsync(
        Key, JsonSerializer.Serialize(capabilities, OctaviaClient.Json), Interval * 10);

    /// <summary>Null when no worker has spoken yet, or Redis does not answer.</summary>
    public async Task<Capabilities?> ReadAsync()
    {
        if (!redis.IsConnected) return null;
        try
        {
            var json = await redis.GetDatabase().StringGetAsync(Key);
            return json.IsNull ? null : JsonSerializer.Deserialize<Capabilities>((string)json!, OctaviaClient.Json);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return null;
        }
    }
}
