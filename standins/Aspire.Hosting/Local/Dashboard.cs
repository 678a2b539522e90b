using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Local;

/// <summary>
/// Aspire's own dashboard, as a child process: a login token for people, an API key for telemetry. Where it listens is said by
/// <c>Ports:dashboard</c>, else by the AppHost's launch profile in the variables that Aspire reads.
/// </summary>
internal sealed class DashboardResource(string program, string folder) : ExecutableResource("aspire-dashboard", program, folder)
{
    private const string Frontend = "http";
    private const string Telemetry = "otlp";

    public string ApiKey { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    public required string BrowserToken { get; init; }

    /// <summary>Where the AppHost tells the dashboard of its resources, and the key to it.</summary>
    public int ResourcePort { get; } = Ports.Free();

    public string ResourceKey { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    public EndpointReference TelemetryEndpoint => new(this, Telemetry);

    public string LoginUrl => $"{new EndpointReference(this, Frontend).Url}/login?t={BrowserToken}";

    /// <summary>Adds the dashboard when the tools folder has it, and says whether it does.</summary>
    public static bool AddTo(DistributedApplicationBuilder builder)
    {
        var settings = builder.Configuration;
        if (Programs.FindTool(settings["OCTAVIA_TOOLS"], builder.AppHostDirectory, "aspire-dashboard/aspire-managed") is not { } program)
            return false;

        var dashboard = new DashboardResource(program, Path.GetDirectoryName(program)!)
        {
            BrowserToken = settings["ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN"] ?? RandomNumberGenerator.GetHexString(32, lowercase: true),
        };
        // Who chooses a port of their own gets a free one for telemetry too: two systems can then run side by side.
        var chosen = Ports.Read(settings, Ports.Dashboard);
        builder.AddResource(dashboard)
            .WithAnnotation(new EndpointAnnotation(Frontend, "http", chosen ?? Port(settings["ASPNETCORE_URLS"]) ?? 18888))
            .WithAnnotation(new EndpointAnnotation(Telemetry, "http", chosen is null ? Port(settings["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"]) : null))
            .WithAnnotation(new ProcessAnnotation((_, _) => Task.FromResult(new ProcessSpec(program, ["dashboard"], dashboard.WorkingDirectory))))
            .WithEnvironment(context => dashboard.Configure(context.EnvironmentVariables))
            .WithHttpHealthCheck("/health");
        builder.Services.AddHostedService(services => new ResourceServer(dashboard, services));
        return true;
    }

    public void AddTelemetryTo(Dictionary<string, object> environment)
    {
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = TelemetryEndpoint;
        environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";
        environment["OTEL_EXPORTER_OTLP_HEADERS"] = $"x-otlp-api-key={ApiKey}";
        // A person watches: everything is kept and arrives within a second.
        environment["OTEL_BLRP_SCHEDULE_DELAY"] = "1000";
        environment["OTEL_BSP_SCHEDULE_DELAY"] = "1000";
        environment["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
        environment["OTEL_TRACES_SAMPLER"] = "always_on";
        environment["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based";
    }

    private static int? Port(string? url) => Uri.TryCreate(url?.Split(';')[0], UriKind.Absolute, out var address) ? address.Port : null;

    private void Configure(Dictionary<string, object> environment)
    {
        environment["ASPNETCORE_URLS"] = new EndpointReference(this, Frontend);
        environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        environment["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = TelemetryEndpoint;
        environment["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = $"http://localhost:{ResourcePort}";
        environment["DASHBOARD__RESOURCESERVICECLIENT__AUTHMODE"] = "ApiKey";
        environment["DASHBOARD__RESOURCESERVICECLIENT__APIKEY"] = ResourceKey;
        environment["DASHBOARD__FRONTEND__AUTHMODE"] = "BrowserToken";
        environment["DASHBOARD__FRONTEND__BROWSERTOKEN"] = BrowserToken;
        environment["DASHBOARD__OTLP__AUTHMODE"] = "ApiKey";
        environment["DASHBOARD__OTLP__PRIMARYAPIKEY"] = ApiKey;
        environment["ASPIRE_CLI_TELEMETRY_OPTOUT"] = "true";
        environment["LOGGING__LOGLEVEL__DEFAULT"] = "Error";
    }
}
