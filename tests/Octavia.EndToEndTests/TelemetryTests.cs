using Octavia.Jobs.Client;
using Octavia.ServiceDefaults;
using Octavia.Tests.Running;
using Xunit;
using static Octavia.EndToEndTests.WorkingSystem;

namespace Octavia.EndToEndTests;

[Collection(nameof(WorkingSystem))]
public class TelemetryTests(WorkingSystem system)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    TelemetryCollector Telemetry => system.Telemetry;

    [Fact]
    public async Task One_trace_goes_from_the_upload_to_the_mux()
    {
        var client = await system.CreateUserAsync();
        var job = await RunAsync(client, JobType.VideoTranslate, await Media.VideoAsync(seconds: 6), new() { SourceLanguage = "en", TargetLanguage = "es" });
        Assert.Equal(JobStatus.Completed, job.Status);

        (string, string)[] path =
        [
            (ResourceNames.Api, "upload accept"), (ResourceNames.Api, "job create"), (ResourceNames.Api, "job enqueue"), (ResourceNames.Worker, "job run"),
            (ResourceNames.Worker, "transcribing"), (ResourceNames.Worker, "translating"), (ResourceNames.Worker, "synthesizing"), (ResourceNames.Worker, "assembling"),
        ];
        await EventuallyAsync(() => Run() is not null, () => "The worker sent no span.");
        var trace = Run()!.TraceId;
        await EventuallyAsync(
            () => !path.Except(Spans()).Any(),
            () => $"Not in the trace: {string.Join(", ", path.Except(Spans()))}.");
        Assert.Contains(Spans(), x => x.Service == ResourceNames.Api && x.Name.StartsWith("POST", StringComparison.Ordinal));

        Span? Run() => Telemetry.Spans.FirstOrDefault(x => x.Name == "job run" && x.Tags["octavia.job_id"] == job.Id.ToString());

        List<(string Service, string Name)> Spans() => [.. Telemetry.Spans.Where(x => x.TraceId == trace).Select(x => (x.Service, x.Name))];
    }

    [Fact]
    public async Task A_finished_job_is_measured()
    {
        var client = await system.CreateUserAsync();
        var known = Telemetry.Measurements.Count;
        await client.CreateAsync(JobType.Translate, new() { Text = "It waits.", SourceLanguage = "en", TargetLanguage = "es" });
        var job = await RunAsync(client, JobType.Transcribe, await Media.SpeechAsync(seconds: 6), new() { SourceLanguage = "en" }, "audio");
        Assert.Equal(JobStatus.Completed, job.Status);

        await MeasuredAsync(ResourceNames.Worker, "octavia.jobs.finished", x => x == 1, ("job_type", "transcribe"), ("outcome", "completed"));
        await MeasuredAsync(ResourceNames.Worker, "octavia.queue.wait", x => x is > 0 and < 30, ("job_type", "transcribe"));
        await MeasuredAsync(ResourceNames.Worker, "octavia.stage.duration", x => x is > 0 and < 60, ("job_type", "transcribe"), ("stage", null));
        await MeasuredAsync(ResourceNames.Worker, "octavia.realtime_factor", x => x is > 0 and < 30, ("job_type", "transcribe"));
        await MeasuredAsync(ResourceNames.Worker, "octavia.media.processed", x => x is > 5.5 and < 6.5, ("job_type", "transcribe"));
        await MeasuredAsync(ResourceNames.Api, "octavia.jobs", x => x >= 1, ("state", "pending"));
        await MeasuredAsync(ResourceNames.Api, "octavia.jobs", x => x >= 0, ("state", "queued"));
        await MeasuredAsync(ResourceNames.Api, "octavia.jobs", x => x >= 0, ("state", "processing"));

        Task MeasuredAsync(string service, string name, Func<double, bool> isRight, params (string Key, string? Value)[] tags) => EventuallyAsync(
            () => Of(service, name).Any(x => isRight(x.Value) && x.Tags.Count == tags.Length
                && Array.TrueForAll(tags, tag => x.Tags.TryGetValue(tag.Key, out var value) && (tag.Value ?? value) == value)),
            () => $"{name} was measured as: {string.Join("; ", Of(service, name).Select(x => $"{x.Value} {string.Join(' ', x.Tags)}"))}.");

        IEnumerable<Measurement> Of(string service, string name) => Telemetry.Measurements.Skip(known).Where(x => x.Service == service && x.Name == name);
    }

    /// <summary>Services export twice a second, and count the jobs every ten.</summary>
    static async Task EventuallyAsync(Func<bool> isSo, Func<string> whatIsNot)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!isSo())
        {
            Assert.False(limit.IsCancellationRequested, whatIsNot());
            await Task.Delay(100);
        }
    }
}
