using System.Globalization;
using System.Text.Json.Nodes;

namespace Octavia.Cli;

/// <summary>A clip's figures: the fastest run of each contender.</summary>
sealed record BenchRow(string Clip)
{
    double? Octavia { get; init; }

    double? Chain { get; init; }

    JsonNode? Report { get; init; }

    /// <summary>The row with one more round.</summary>
    public BenchRow With((double Seconds, JsonNode Report) dub, double? chain) => this with
    {
        Octavia = Math.Min(Octavia ?? double.MaxValue, dub.Seconds),
        Report = dub.Seconds <= (Octavia ?? double.MaxValue) ? dub.Report : Report,
        Chain = chain is { } seconds ? Math.Min(Chain ?? double.MaxValue, seconds) : Chain,
    };

    /// <summary>The row for people.</summary>
    public IEnumerable<string> Cells() =>
    [
        Clip, Number(Value("duration_seconds"), "0.0"), Number(Octavia, "0.00"), Number(Chain, "0.00"), Number(Octavia / Chain, "0.00"),
        .. new[] { "transcribing", "translating", "synthesizing", "assembling" }.Select(stage => Number((double?)Report?["stage_real_time_factors"]?[stage], "0.000")),
        Number(Value("peak_memory_mebibytes"), "0"),
    ];

    /// <summary>The row for programs.</summary>
    public JsonObject ToJson() => new()
    {
        ["clip"] = Clip,
        ["octavia_seconds"] = Octavia,
        ["chain_seconds"] = Chain,
        ["ratio"] = Octavia / Chain,
        ["report"] = Report?.DeepClone(),
    };

    double? Value(string name) => (double?)Report?[name];

    static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}
