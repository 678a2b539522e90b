using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Octavia.ServiceDefaults;

/// <summary>What every service has: telemetry, health, service discovery, resilient HTTP clients.</summary>
public static class ServiceDefaultsExtensions
{
    private const string Health = "/health";
    private const string Alive = "/alive";

    private static readonly string[] Libraries =
        ["Azure", "Hangfire", "Microsoft.AspNetCore", "Microsoft.EntityFrameworkCore", "Polly", "StackExchange.Redis", "System.Net.Http", "Yarp"];

    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.AddTelemetry();
        builder.AddHealth();
        // Below what the AppHost allows before it kills.
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(4));
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http =>
        {
            http.AddStandardResilienceHandler();
            http.AddServiceDiscovery();
        });
        return builder;
    }

    /// <summary>
    /// <c>/health</c>: ready for traffic, all checks. <c>/alive</c>: the process answers. Mapped everywhere, since the platform
    /// probes them, and answered from a cache, so that nobody can load the database with them.
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.UseRequestTimeouts();
        app.UseOutputCache();
        var probes = app.MapGroup("");
        probes.MapHealthChecks(Health, new HealthCheckOptions { ResponseWriter = WriteAsync });
        probes.MapHealthChecks(Alive, new HealthCheckOptions { Predicate = check => check.Tags.Contains("live") });
        probes.CacheOutput(Health).WithRequestTimeout(Health).DisableHttpMetrics().AllowAnonymous();
        return app;
    }

    // A failure's own words stay inside: anybody may ask.
    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "text/plain";
        return context.Response.WriteAsync(string.Join('\n', [report.Status.ToString(), .. report.Entries.Values.Where(x => x.Status == HealthStatus.Degraded).Select(x => x.Description)]));
    }

    private static void AddHealth(this IHostApplicationBuilder builder)
    {
        builder.Services.AddRequestTimeouts(o => o.AddPolicy(Health, TimeSpan.FromSeconds(5)));
        builder.Services.AddOutputCache(o => o.AddPolicy(Health, policy => policy.Expire(TimeSpan.FromSeconds(5))));
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), ["live"]);
    }

    private static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        // What libraries tell of their every step drowns what the service has to say; a longer name in the configuration asks for it again.
        foreach (var library in Libraries)
            builder.Logging.AddFilter(library, LogLevel.Warning);
        builder.Logging.AddOpenTelemetry(o =>
        {
            o.IncludeFormattedMessage = true;
            o.IncludeScopes = true;
        });
        var telemetry = builder.Services.AddOpenTelemetry()
            .WithMetrics(m => m
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter("Octavia", "Octavia.*"))
            .WithTracing(t => t
                .SetSampler(WorkSampler.Create())
                .AddSource(builder.Environment.ApplicationName, "Octavia", "Octavia.*")
                .AddAspNetCoreInstrumentation(o => o.Filter = context => !IsProbe(context.Request.Path))
                .AddHttpClientInstrumentation());
        if (!string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
            telemetry.UseOtlpExporter();
    }

    private static bool IsProbe(PathString path) => path.StartsWithSegments(Health) || path.StartsWithSegments(Alive);
}
