using Hangfire;
using Microsoft.Extensions.Options;
using Octavia.Dubbing;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Models;
using Octavia.Jobs;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Files;
using Octavia.Jobs.Housekeeping;
using Octavia.Jobs.Progress;
using Octavia.Jobs.Queue;
using Octavia.Jobs.Workers;
using Octavia.ServiceDefaults;

namespace Octavia.Worker;

static class WorkerServices
{
    public static void AddData(this IHostApplicationBuilder builder)
    {
        builder.AddNpgsqlDbContext<OctaviaDbContext>(ResourceNames.Database);
        builder.AddRedisClient(ResourceNames.Redis);
        builder.AddAzureBlobContainerClient(MediaStore.ContainerName);
        builder.Services.AddSingleton<MediaStore>();
        builder.Services.AddSingleton<JobEvents>();
        builder.Services.AddSingleton<CapabilityBoard>();
        builder.Services.AddSingleton<QuoteDesk>();
    }

    /// <summary>One engine a process: its models stay loaded from job to job.</summary>
    public static void AddEngine(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<EngineOptions>().BindConfiguration("Octavia");
        builder.Services.AddSingleton(services => services.GetRequiredService<IOptions<EngineOptions>>().Value);
        builder.Services.AddSingleton<Dubber>();
        builder.Services.AddSingleton(services =>
        {
            var options = services.GetRequiredService<EngineOptions>();
            return new EngineCatalog(options, new ModelStore(options.Models));
        });
        builder.Services.AddHostedService<CapabilityPublisher>();
        builder.Services.AddHostedService<QuoteClerk>();
    }

    public static void AddQueue(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<WorkerOptions>().BindConfiguration("Worker").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<Workspaces>();
        builder.Services.AddHostedService(services => services.GetRequiredService<Workspaces>());
        builder.Services.AddSingleton<IJobRunner, JobRunner>();
        builder.AddDiskSpace(builder.Configuration["Worker:TempFolder"]);
        builder.Services.AddHangfire((services, hangfire) =>
        {
            var disk = services.GetRequiredService<DiskSpace>();
            hangfire.UseStorage(HangfireQueue.Storage(builder.Configuration.GetConnectionString(ResourceNames.Database)!, () => disk.HasRoom));
        });
        builder.Services.AddHangfireServer((services, server) =>
        {
            server.WorkerCount = services.GetRequiredService<IOptions<WorkerOptions>>().Value.JobsAtOnce;
            server.Queues = [.. HangfireQueue.Lanes];
        });
        builder.Services.AddHostedService<LostJobs>();
        builder.AddHousekeeping();
    }

    // A server of its own: it neither waits for dubs nor keeps one waiting.
    static void AddHousekeeping(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<PlanOptions>().BindConfiguration("Plans").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddScoped<JobQueue>();
        builder.Services.AddScoped<JobRemoval>();
        builder.Services.AddScoped<Housekeeper>();
        builder.Services.AddHostedService<HousekeepingSchedule>();
        builder.Services.AddHangfireServer((_, server) =>
        {
            server.WorkerCount = 1;
            server.Queues = [HangfireQueue.HouseLane];
        });
    }
}
