using System.Collections.Concurrent;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Octavia.EndToEndTests;

/// <summary>A span as a service sent it.</summary>
sealed record Span(string Service, string Name, string TraceId, IReadOnlyDictionary<string, string> Tags);

/// <summary>What a metric measured since it was last sent: of a histogram the sum, of a gauge the value.</summary>
sealed record Measurement(string Service, string Name, IReadOnlyDictionary<string, string> Tags, double Value);

/// <summary>Takes what the services export, as OTLP over HTTP: the tests' own dashboard.</summary>
sealed class TelemetryCollector : IAsyncDisposable
{
    readonly WebApplication app;

    TelemetryCollector(WebApplication app) => this.app = app;

    public ConcurrentQueue<Span> Spans { get; } = new();

    public ConcurrentQueue<Measurement> Measurements { get; } = new();

    /// <summary>What makes a service export to this one, soon.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = app.Urls.Single(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        // With retries the exporter of logs holds a service that stops for five seconds.
        ["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "",
        // Cumulative numbers would have those of earlier tests in them.
        ["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"] = "delta",
        ["OTEL_BLRP_SCHEDULE_DELAY"] = "500",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "500",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
    };

    public static async Task<TelemetryCollector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var collector = new TelemetryCollector(builder.Build());
        collector.app.MapPost("/v1/traces", context => TakeAsync(context, collector.TakeSpan));
        collector.app.MapPost("/v1/metrics", context => TakeAsync(context, collector.TakeMetric));
        collector.app.MapPost("/v1/logs", context => context.Request.Body.CopyToAsync(Stream.Null));
        await collector.app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    // Both messages have the same frame: resources (1), in each its attributes (1) and scopes (2), in each the items (2).
    static async Task TakeAsync(HttpContext context, Action<string, ByteString> take)
    {
        var body = await ByteString.FromStreamAsync(context.Request.Body);
        foreach (var resource in Messages(body, 1))
        {
            var service = Messages(resource, 1).Select(x => Tags(x, 1)).Single()["service.name"];
            foreach (var item in Messages(resource, 2).SelectMany(x => Messages(x, 2))) take(service, item);
        }
    }

    void TakeSpan(string service, ByteString span) => Spans.Enqueue(new(
        service, Messages(span, 5).Single().ToStringUtf8(), Convert.ToHexStringLower(Messages(span, 1).Single().Span), Tags(span, 9)));

    void TakeMetric(string service, ByteString metric)
    {
        var name = Messages(metric, 1).Single().ToStringUtf8();
        // Gauge (5) and sum (7) have numbers as points, the histogram (9) sums (5); tags are 7 of the former, 9 of the latter.
        foreach (var (kind, tags) in new[] { (5, 7), (7, 7), (9, 9) })
            foreach (var point in Messages(metric, kind).SelectMany(x => Messages(x, 1)))
                Measurements.Enqueue(new(service, name, Tags(point, tags), Number(point, kind == 9)));
    }

    static double Number(ByteString point, bool isHistogram) => Fields(point)
        .Where(x => isHistogram ? x.Field == 5 : x.Field is 4 or 6)
        .Select(x => isHistogram || x.Field == 4 ? BitConverter.UInt64BitsToDouble(x.Number) : (long)x.Number)
        .Single();

    // Key (1), and value (2) where that is a text (1).
    static Dictionary<string, string> Tags(ByteString message, int field) => Messages(message, field).ToDictionary(
        x => Messages(x, 1).Single().ToStringUtf8(),
        x => Messages(x, 2).SelectMany(value => Messages(value, 1)).SingleOrDefault()?.ToStringUtf8() ?? "");

    static IEnumerable<ByteString> Messages(ByteString message, int field) =>
        Fields(message).Where(x => x.Field == field && x.Bytes is not null).Select(x => x.Bytes!);

    static List<(int Field, ByteString? Bytes, ulong Number)> Fields(ByteString message)
    {
        var fields = new List<(int, ByteString?, ulong)>();
        var input = message.CreateCodedInput();
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            var field = WireFormat.GetTagFieldNumber(tag);
            fields.Add(WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.LengthDelimited => (field, input.ReadBytes(), 0),
                WireFormat.WireType.Varint => (field, null, input.ReadUInt64()),
                WireFormat.WireType.Fixed64 => (field, null, input.ReadFixed64()),
                _ => (field, null, input.ReadFixed32()),
            });
        }
        return fields;
    }
}
