using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local.Wire;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Hosting;
using HealthStatus = Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus;

namespace Aspire.Hosting.Local;

/// <summary>Feeds the resources page of Aspire's dashboard: states, addresses, logs, and the buttons that start and stop.</summary>
internal sealed class ResourceService(
    IHostEnvironment environment, ResourceNotificationService notifications, ResourceCommandService commands, ResourceLog log)
    : DashboardService.DashboardServiceBase
{
    public override Task<ApplicationInformationResponse> GetApplicationInformation(ApplicationInformationRequest request, ServerCallContext context) =>
        Task.FromResult(new ApplicationInformationResponse { ApplicationName = environment.ApplicationName.Replace(".AppHost", "", StringComparison.Ordinal) });

    public override async Task WatchResources(
        WatchResourcesRequest request, IServerStreamWriter<WatchResourcesUpdate> responseStream, ServerCallContext context)
    {
        // The dashboard waits for this first message; what is there already follows as changes.
        await responseStream.WriteAsync(new WatchResourcesUpdate { InitialData = new InitialResourceData() }, context.CancellationToken);
        await foreach (var update in notifications.WatchAsync(context.CancellationToken))
        {
            var changes = new WatchResourcesChanges { Value = { new WatchResourcesChange { Upsert = Describe(update) } } };
            await responseStream.WriteAsync(new WatchResourcesUpdate { Changes = changes }, context.CancellationToken);
        }
    }

    public override async Task WatchResourceConsoleLogs(
        WatchResourceConsoleLogsRequest request, IServerStreamWriter<WatchResourceConsoleLogsUpdate> responseStream, ServerCallContext context)
    {
        var number = 0;
        await foreach (var line in log.WatchAsync(request.ResourceName, follow: !request.SuppressFollow, context.CancellationToken))
        {
            var update = new WatchResourceConsoleLogsUpdate { LogLines = { new ConsoleLogLine { Text = line, LineNumber = ++number } } };
            await responseStream.WriteAsync(update, context.CancellationToken);
        }
    }

    public override async Task<ResourceCommandResponse> ExecuteResourceCommand(ResourceCommandRequest request, ServerCallContext context)
    {
        var result = await commands.ExecuteCommandAsync(request.ResourceName, request.CommandName, context.CancellationToken);
        var response = new ResourceCommandResponse
        {
            Kind = result.Success ? ResourceCommandResponseKind.Succeeded : ResourceCommandResponseKind.Failed,
        };
        if (result.Message is { } message)
            response.Message = message;
        return response;
    }

    private static Wire.Resource Describe(ResourceEvent update)
    {
        var snapshot = update.Snapshot;
        var resource = new Wire.Resource
        {
            Name = update.ResourceId,
            DisplayName = update.Resource.Name,
            Uid = update.ResourceId,
            ResourceType = snapshot.ResourceType,
            IsHidden = update.Resource is DashboardResource,
            State = snapshot.State?.Text ?? "",
            CreatedAt = Time(snapshot.CreationTimeStamp),
            StartedAt = Time(snapshot.StartTimeStamp),
            StoppedAt = Time(snapshot.StopTimeStamp),
        };
        resource.Urls.Add(snapshot.Urls.Select(u => new Url
        {
            EndpointName = u.Name ?? "",
            FullUrl = u.Url,
            IsInternal = u.IsInternal,
            DisplayProperties = new UrlDisplayProperties { DisplayName = u.DisplayProperties.DisplayName },
        }));
        resource.Environment.Add(snapshot.EnvironmentVariables.Select(e => new EnvironmentVariable { Name = e.Name, Value = e.Value ?? "", IsFromSpec = e.IsFromSpec }));
        resource.Properties.Add(snapshot.Properties.Select(p => new ResourceProperty { Name = p.Name, Value = Value.ForString($"{p.Value}") }));
        resource.HealthReports.Add(snapshot.HealthReports.Select(Describe));
        resource.Commands.Add(Commands(snapshot));
        return resource;
    }

    private static HealthReport Describe(HealthReportSnapshot report)
    {
        var told = new HealthReport { Key = report.Name, Description = report.Description ?? "", Exception = report.ExceptionText ?? "" };
        if (report.Status is { } status)
        {
            told.Status = status switch
            {
                HealthStatus.Healthy => Wire.HealthStatus.Healthy,
                HealthStatus.Degraded => Wire.HealthStatus.Degraded,
                _ => Wire.HealthStatus.Unhealthy,
            };
        }

        return told;
    }

    private static IEnumerable<ResourceCommand> Commands(CustomResourceSnapshot snapshot)
    {
        if (!snapshot.Properties.Any(p => p.Name == "executable.pid"))
            yield break;
        var runs = snapshot.State?.Text == KnownResourceStates.Running;
        yield return Command("Start", "Play", KnownResourceCommands.StartCommand, !runs);
        yield return Command("Stop", "Stop", KnownResourceCommands.StopCommand, runs);
        yield return Command("Restart", "ArrowCounterclockwise", KnownResourceCommands.RestartCommand, runs);
    }

    private static ResourceCommand Command(string shown, string icon, string name, bool possible) => new()
    {
        Name = name,
        DisplayName = shown,
        IconName = icon,
        IsHighlighted = true,
        State = possible ? ResourceCommandState.Enabled : ResourceCommandState.Hidden,
    };

    private static Timestamp? Time(DateTime? time) => time is { } known ? Timestamp.FromDateTime(known) : null;
}
