using System.Security.Cryptography;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Local;

/// <summary>Serves <see cref="ResourceService"/> to the dashboard on a port of the loopback interface, behind a key.</summary>
internal sealed class ResourceServer(DashboardResource dashboard, IServiceProvider services) : IHostedService, IAsyncDisposable
{
    private const string KeyHeader = "x-resource-service-api-key";
    private WebApplication? _server;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.ListenLocalhost(dashboard.ResourcePort, o => o.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(services.GetRequiredService<ResourceNotificationService>());
        builder.Services.AddSingleton(services.GetRequiredService<ResourceCommandService>());
        builder.Services.AddSingleton(services.GetRequiredService<ResourceLog>());
        builder.Services.AddSingleton(services.GetRequiredService<IHostEnvironment>());
        _server = builder.Build();
        _server.Use(Authorize);
        _server.MapGrpcService<ResourceService>();
        await _server.StartAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    private Task Authorize(HttpContext context, RequestDelegate next)
    {
        var given = Encoding.UTF8.GetBytes(context.Request.Headers[KeyHeader].ToString());
        if (CryptographicOperations.FixedTimeEquals(given, Encoding.UTF8.GetBytes(dashboard.ResourceKey)))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return Task.CompletedTask;
    }
}
