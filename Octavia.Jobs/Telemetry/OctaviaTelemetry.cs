using System.Diagnostics;
using System.Diagnostics.Metrics;
using Octavia.Jobs.Client;
using Octavia.Jobs.Queue;

namespace Octavia.Jobs.Telemetry;

/// <summary>The Meter and the ActivitySource <c>Octavia</c>.</summary>
public static class OctaviaTelemetry
{
    public const string Name = "Octavia";

    public static readonly ActivitySource Source = new(Name);

    public static readonly Meter Meter = new(Name);

    static readonly Counter<long> Finished =
        Meter.CreateCounter<long>("octavia.jobs.finished", "{job}", "Jobs that ended, by type and outcome.");

    static readonly Histogram<double> QueueWait =
        Meter.CreateHistogram<double>("octavia.queue.wait", "s", "Time from queueing to the first take-over.");

    static readonly Histogram<double> StageDuration =
        Meter.CreateHistogram<double>("octavia.stage.duration", "s", "Time spent in a stage. Stages overlap.");

    static readonly Histogram<double> RealTimeFactor =
        Meter.CreateHistogram<double>("octavia.realtime_factor", "1", "Wall-clock time of a run by the length of its media.");

    static readonly Counter<double> MediaSeconds =
        Meter.CreateCounter<double>("octavia.media.processed", "s", "Length of media processed.");

    public static void JobFinished(JobType type, JobStatus outcome) =>
        Finished.Add(1, new("job_type", Wire(type)), new("outcome", Wire(outcome)));

    public static void JobStarted(Job job)
    {
        if (job is { Tries: 1, QueuedAt: { } queued })
            QueueWait.Record((DateTimeOffset.UtcNow - queued).TotalSeconds, new KeyValuePair<string, object?>("job_type", Wire(job.JobType)));
    }

    public static void RunFinished(
        JobType type, double mediaSeconds, double elapsedSeconds, IReadOnlyDictionary<string, double> stageSeconds)
    {
        var tag = new KeyValuePair<string, object?>("job_type", Wire(type));
        foreach (var (stage, seconds) in stageSeconds) StageDuration.Record(seconds, new("stage", stage), tag);
        if (mediaSeconds <= 0) return;
        MediaSeconds.Add(mediaSeconds, tag);
        RealTimeFactor.Record(elapsedSeconds / mediaSeconds, tag);
    }

    /// <summary>An activity in the trace that <paramref name="traceParent"/> began, whatever trace the caller is in; the caller's is linked.</summary>
    public static Activity? Continue(string name, ActivityKind kind, string? traceParent)
    {
        if (!ActivityContext.TryParse(traceParent, null, isRemote: true, out var parent)) return Source.StartActivity(name, kind);
        var here = Activity.Current?.Context;
        ActivityLink[]? links = here is { } context && context.TraceId != parent.TraceId ? [new(context)] : null;
        return Source.StartActivity(name, kind, parent, links: links);
    }

    public static string Wire<T>(T value) where T : struct, Enum =>
        System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
