using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Octavia.EndToEndTests;
using Octavia.Jobs.Client;
using Octavia.ServiceDefaults;
using Octavia.Tests.Running;
using Xunit;

[assembly: AssemblyFixture(typeof(WorkingSystem))]

namespace Octavia.EndToEndTests;

/// <summary>The whole system but its pages, with two workers on the real engine.</summary>
public sealed class WorkingSystem : RunningSystem
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    protected override IReadOnlyList<string> Needed => [ResourceNames.Api, ResourceNames.Worker];

    /// <summary>Who knows it becomes an admin.</summary>
    public string AdminCode { get; } = $"{Guid.NewGuid():N}";

    /// <summary>What the services tell of themselves.</summary>
    internal TelemetryCollector Telemetry { get; private set; } = null!;

    public override async ValueTask InitializeAsync()
    {
        Telemetry = await TelemetryCollector.StartAsync();
        await base.InitializeAsync();
    }

    protected override void Arrange(IDistributedApplicationTestingBuilder builder)
    {
        builder.Resources.Remove(builder.Resources.Single(x => x.Name == ResourceNames.Web));
        foreach (var name in Needed)
        {
            var service = builder.CreateResourceBuilder((ProjectResource)builder.Resources.Single(x => x.Name == name));
            foreach (var (key, value) in Telemetry.Environment) service.WithEnvironment(key, value);
            service.WithEnvironment("Accounts__AdminCode", AdminCode);
            service.WithEnvironment("Uploads__AllowedNetworks__0", "127.0.0.1/32").WithEnvironment("Uploads__YtDlp", "no-such-program");
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (Telemetry is not null) await Telemetry.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Uploads, creates, queues and waits for the end.</summary>
    public static async Task<JobResponse> RunAsync(OctaviaClient client, JobType type, string file, CreateJobRequest request, string fileType = "video")
    {
        await using var content = File.OpenRead(file);
        var stored = await client.UploadAsync(content, Path.GetFileName(file), fileType);
        return await RunAsync(client, await client.CreateAsync(type, request with { FileId = stored.FileId }));
    }

    public static async Task<JobResponse> RunAsync(OctaviaClient client, JobResponse job)
    {
        await client.ProcessAsync(job.Id);
        return await EndAsync(client, job.Id);
    }

    public static async Task<JobResponse> EndAsync(OctaviaClient client, Guid id)
    {
        using var limit = new CancellationTokenSource(Patience);
        return await client.FollowAsync(id, limit.Token).LastAsync(limit.Token);
    }

    /// <summary>Downloads the result or an artifact into a file.</summary>
    public static async Task<string> DownloadAsync(OctaviaClient client, Guid id, string? artifact = null)
    {
        using var response = await client.DownloadAsync(id, artifact);
        var name = response.Content.Headers.ContentDisposition!.FileName!.Trim('"');
        var path = Path.Combine(TempFolders.Create("result"), name);
        await using var target = File.Create(path);
        await response.Content.CopyToAsync(target);
        return path;
    }

    /// <summary>The process that has the files of a job in its hands; null when none has.</summary>
    public static int? WorkerOf(Guid jobId) => Processes.WorkerOf(Path.GetTempPath(), jobId);

    /// <summary>Kills a worker as the kernel does when memory runs out, and starts its replica again.</summary>
    public async Task KillWorkerAsync(int pid)
    {
        using var limit = new CancellationTokenSource(Patience);
        await App.StartAgainAsync(await App.KillAsync(ResourceNames.Worker, pid, limit.Token), limit.Token);
    }

    /// <summary>Stops a service as a deployment does, and starts it again.</summary>
    /// <returns>The exit code of the one that was stopped.</returns>
    public async Task<int?> RestartAsync(string name, CancellationToken ct)
    {
        var commands = App.Services.GetRequiredService<ResourceCommandService>();
        await commands.ExecuteCommandAsync(name, KnownResourceCommands.StopCommand, ct);
        var stopped = await App.ResourceNotifications.WaitForResourceAsync(
            name, e => KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text), ct);
        await commands.ExecuteCommandAsync(name, KnownResourceCommands.StartCommand, ct);
        await App.ResourceNotifications.WaitForResourceHealthyAsync(name, ct);
        return stopped.Snapshot.ExitCode;
    }
}
