using Microsoft.AspNetCore.Mvc;
using Octavia.Api.Accounts;
using Octavia.Api.Uploads;
using Octavia.Jobs;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Files;
using Octavia.Jobs.Progress;
using Octavia.Jobs.Workers;
using Octavia.ServiceDefaults;
using Scalar.AspNetCore;

namespace Octavia.Api.Operations;

/// <summary>What every feature stands on: data, errors, the reference, the group of all endpoints.</summary>
static class OperationsApi
{
    public static void AddOperations(this IHostApplicationBuilder builder)
    {
        builder.AddNpgsqlDbContext<OctaviaDbContext>(ResourceNames.Database, settings => settings.ConnectionString = Bounded(settings.ConnectionString));
        builder.AddRedisClient(ResourceNames.Redis);
        builder.AddAzureBlobContainerClient(MediaStore.ContainerName);
        builder.Services.AddSingleton<MediaStore>();
        builder.Services.AddSingleton<JobEvents>();
        builder.Services.AddSingleton<CapabilityBoard>();
        builder.Services.AddSingleton<QuoteDesk>();
        builder.Services.AddHostedService<JobGauge>();
        builder.Services.AddOptions<PlanOptions>().BindConfiguration("Plans").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddScoped<Idempotency>();
        builder.Services.AddProblems();
        builder.AddOrigins();
        builder.Services.AddOpenApi("v1", options => options.AddDocumentTransformer<BearerScheme>());
        builder.Services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.PropertyNamingPolicy = OctaviaClient.Json.PropertyNamingPolicy;
            options.SerializerOptions.DefaultIgnoreCondition = OctaviaClient.Json.DefaultIgnoreCondition;
        });
    }

    // Postgres takes a hundred connections of all services together. A thousand listeners that come at once wait for one of these, or the workers would get none.
    static string? Bounded(string? connectionString) => connectionString is null ? null : connectionString + ";Maximum Pool Size=60;Timeout=30";

    public static void UseOperations(this WebApplication app)
    {
        app.UseForwardedHeaders();
        app.UseSecurityHeaders();
        app.UseTus();
        app.UseExceptionHandler();
        app.UseStatusCodePages(context => Problems.WriteAsync(
            context.HttpContext, new ProblemDetails { Status = context.HttpContext.Response.StatusCode }));
        // Part of tus, for senders whose network lets GET and POST through only.
        app.UseHttpMethodOverride();
        app.UseRouting();
        app.UseCors();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseRateLimiter();
    }

    public static void MapReference(this WebApplication app)
    {
        app.MapOpenApi();
        app.MapScalarApiReference("/scalar", options => options.WithTitle("Octavia API").DefaultFonts = false);
        app.MapGet("/", () => TypedResults.Redirect("/scalar")).ExcludeFromDescription();
    }

    /// <summary>Every endpoint needs a user unless it says otherwise, and the database shows that user's rows only.</summary>
    public static RouteGroupBuilder MapApi(this WebApplication app, string prefix)
    {
        var api = app.MapGroup(prefix).RequireAuthorization();
        api.AddEndpointFilter(async (context, next) =>
        {
            context.HttpContext.RequestServices.GetRequiredService<OctaviaDbContext>().OwnerId = context.HttpContext.User.Id();
            return await next(context);
        });
        foreach (var status in (int[])[400, 401, 404]) api.ProducesProblem(status);
        return api;
    }
}
