using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Octavia.ServiceDefaults;

/// <summary>Section <c>Disk</c>.</summary>
public sealed class DiskOptions
{
    /// <summary>A service that has less than this free for its temp files begins nothing new; 0 for no limit.</summary>
    [Range(0, int.MaxValue)]
    public int MinFreeMegabytes { get; set; } = 1024;
}

/// <summary>Whether there is room for temp files. What runs goes on without; what is new waits, or is asked to come again.</summary>
public sealed class DiskSpace(string folder, IOptionsMonitor<DiskOptions> options) : IHealthCheck
{
    /// <summary>Whether anything new may begin.</summary>
    public bool HasRoom => FreeMegabytes >= options.CurrentValue.MinFreeMegabytes;

    private long FreeMegabytes => new DriveInfo(folder).AvailableFreeSpace >> 20;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var (free, least) = (FreeMegabytes, options.CurrentValue.MinFreeMegabytes);
        return Task.FromResult(free >= least
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded($"The disk is low: {free} MB are free for temp files, and {least} MB are the least. Nothing new begins until there is room; what runs goes on."));
    }
}

public static class DiskSpaceExtensions
{
    /// <param name="builder">Of the service.</param>
    /// <param name="folder">On the disk of its temp files; null for the system's.</param>
    public static void AddDiskSpace(this IHostApplicationBuilder builder, string? folder = null)
    {
        builder.Services.AddOptions<DiskOptions>().BindConfiguration("Disk").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton(services => new DiskSpace(folder ?? Path.GetTempPath(), services.GetRequiredService<IOptionsMonitor<DiskOptions>>()));
        builder.Services.AddHealthChecks().AddCheck<DiskSpace>("disk");
    }
}
