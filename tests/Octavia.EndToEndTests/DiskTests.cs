using System.Net;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Octavia.Jobs.Client;
using Octavia.ServiceDefaults;
using Octavia.Tests.Running;
using Xunit;

namespace Octavia.EndToEndTests;

/// <summary>A system of its own, whose disk is full because more is asked to be free than any disk has.</summary>
public class DiskTests
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Without_room_nothing_new_begins_and_nothing_is_lost()
    {
        using var limit = new CancellationTokenSource(Patience);
        await using var system = new DiskSystem();
        await system.InitializeAsync();
        using (var http = system.App.CreateHttpClient(ResourceNames.Worker))
        {
            using var health = await http.GetAsync("health", limit.Token);
            Assert.Equal(HttpStatusCode.OK, health.StatusCode);
            Assert.Matches("^Degraded\nThe disk is low: [0-9]+ MB are free", await health.Content.ReadAsStringAsync(limit.Token));
        }
        var client = await system.CreateUserAsync();
        using (var http = system.Http(client))
        {
            Assert.StartsWith("Degraded", await http.GetStringAsync("health", limit.Token), StringComparison.Ordinal);
            using var refused = await http.PostAsync("api/v1/upload", new MultipartFormDataContent { { new StringContent("x"), "file", "x.mp4" } }, limit.Token);
            Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromMinutes(1)), (refused.StatusCode, refused.Headers.RetryAfter?.Delta));
            Assert.Contains("\"upload.no_room\"", await refused.Content.ReadAsStringAsync(limit.Token), StringComparison.Ordinal);
        }
        var job = await client.CreateAsync(JobType.Translate, new() { Text = "The house is white.", SourceLanguage = "en", TargetLanguage = "es" }, ct: limit.Token);
        await client.ProcessAsync(job.Id, ct: limit.Token);
        // The worker looks twice a second.
        await Task.Delay(TimeSpan.FromSeconds(3), limit.Token);
        Assert.Equal((JobStatus.Queued, 0), ((await client.GetAsync(job.Id, limit.Token)).Status, (await system.FindJobAsync(job.Id))!.Tries));

        system.MinFreeMegabytes = 1;
        await system.RestartWorkerAsync(limit.Token);
        Assert.Equal(JobStatus.Completed, (await WorkingSystem.EndAsync(client, job.Id)).Status);
        Assert.Equal(1, (await system.FindJobAsync(job.Id))!.Tries);
    }

    sealed class DiskSystem : RunningSystem
    {
        public int MinFreeMegabytes { get; set; } = int.MaxValue;

        protected override IReadOnlyList<string> Needed => [ResourceNames.Api, ResourceNames.Worker];

        protected override void Arrange(IDistributedApplicationTestingBuilder builder)
        {
            builder.Resources.Remove(builder.Resources.Single(x => x.Name == ResourceNames.Web));
            foreach (var name in Needed)
            {
                var service = (ProjectResource)builder.Resources.Single(x => x.Name == name);
                builder.CreateResourceBuilder(service).WithEnvironment("Disk__MinFreeMegabytes", () => $"{MinFreeMegabytes}").WithReplicas(1);
            }
        }

        public async Task RestartWorkerAsync(CancellationToken ct)
        {
            var commands = App.Services.GetRequiredService<ResourceCommandService>();
            await commands.ExecuteCommandAsync(ResourceNames.Worker, KnownResourceCommands.StopCommand, ct);
            await App.ResourceNotifications.WaitForResourceAsync(ResourceNames.Worker, e => KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text), ct);
            await commands.ExecuteCommandAsync(ResourceNames.Worker, KnownResourceCommands.StartCommand, ct);
            await App.ResourceNotifications.WaitForResourceHealthyAsync(ResourceNames.Worker, ct);
        }
    }
}
