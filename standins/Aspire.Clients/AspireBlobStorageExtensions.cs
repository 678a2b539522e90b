using Aspire.Azure.Storage.Blobs;
using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Azure.Storage.Blobs
{
    public class AzureStorageBlobsSettings
    {
        public string? ConnectionString { get; set; }

        public Uri? ServiceUri { get; set; }

        public TokenCredential? Credential { get; set; }

        public bool DisableHealthChecks { get; set; }

        public bool DisableTracing { get; set; }
    }

    public sealed class AzureBlobStorageContainerSettings : AzureStorageBlobsSettings
    {
        public string? BlobContainerName { get; set; }
    }
}

namespace Microsoft.Extensions.Hosting
{
    public static class AspireBlobStorageExtensions
    {
        private const string Section = "Aspire:Azure:Storage:Blobs";

        public static void AddAzureBlobServiceClient(
            this IHostApplicationBuilder builder, string connectionName, Action<AzureStorageBlobsSettings>? configureSettings = null)
        {
            var settings = builder.ReadSettings<AzureStorageBlobsSettings>(Section, connectionName);
            var connection = BlobConnection.Parse(builder.Configuration.GetConnectionString(connectionName) ?? settings.ConnectionString);
            settings.ConnectionString = connection.ConnectionString;
            settings.ServiceUri = connection.Endpoint ?? settings.ServiceUri;
            configureSettings?.Invoke(settings);

            builder.Services.AddSingleton(_ => BlobConnection.CreateService(settings, connectionName));
            builder.AddBlobDefaults(settings, "Azure_BlobServiceClient", async (services, token) =>
                await services.GetRequiredService<BlobServiceClient>().GetPropertiesAsync(token));
        }

        public static void AddAzureBlobContainerClient(
            this IHostApplicationBuilder builder, string connectionName, Action<AzureBlobStorageContainerSettings>? configureSettings = null)
        {
            var settings = builder.ReadSettings<AzureBlobStorageContainerSettings>(Section, connectionName);
            var connection = BlobConnection.Parse(builder.Configuration.GetConnectionString(connectionName) ?? settings.ConnectionString);
            settings.ConnectionString = connection.ConnectionString;
            settings.ServiceUri = connection.Endpoint ?? settings.ServiceUri;
            settings.BlobContainerName = connection.Container ?? settings.BlobContainerName;
            configureSettings?.Invoke(settings);

            builder.Services.AddSingleton(_ => BlobConnection.CreateService(settings, connectionName)
                .GetBlobContainerClient(ConnectionSettings.Require(settings.BlobContainerName, connectionName)));
            builder.AddBlobDefaults(settings, "Azure_BlobContainerClient", async (services, token) =>
                await services.GetRequiredService<BlobContainerClient>().ExistsAsync(token));
        }

        private static void AddBlobDefaults(
            this IHostApplicationBuilder builder, AzureStorageBlobsSettings settings, string check, Func<IServiceProvider, CancellationToken, Task> ask)
        {
            if (!settings.DisableHealthChecks)
                builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(check, s => new AskingHealthCheck(s, ask), null, null));
            if (!settings.DisableTracing)
                builder.Services.AddOpenTelemetry().WithTracing(t => t.AddSource("Azure.*"));
        }

        private sealed class AskingHealthCheck(IServiceProvider services, Func<IServiceProvider, CancellationToken, Task> ask) : IHealthCheck
        {
            public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
            {
                try
                {
                    await ask(services, cancellationToken);
                    return HealthCheckResult.Healthy();
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    return new HealthCheckResult(context.Registration.FailureStatus, failure.Message, failure);
                }
            }
        }
    }
}

/// <summary>
/// Every form that Aspire passes on: the emulator's connection string, a bare address (Azure, by identity), and for a container
/// either the string or <c>Endpoint=</c> with <c>ContainerName=</c> behind it.
/// </summary>
internal sealed record BlobConnection(string? ConnectionString, Uri? Endpoint, string? Container)
{
    public static BlobConnection Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return new(null, null, null);
        if (Uri.TryCreate(text, UriKind.Absolute, out var bare))
            return new(null, bare, null);

        var parts = text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string? Value(string name) => parts
            .Where(p => p.StartsWith(name + "=", StringComparison.OrdinalIgnoreCase)).Select(p => p[(name.Length + 1)..].Trim('"')).FirstOrDefault();

        // The storage library does not know the name of the container.
        var rest = string.Join(';', parts.Where(p => !p.StartsWith("ContainerName=", StringComparison.OrdinalIgnoreCase)));
        return Value("Endpoint") is { } endpoint
            ? new(null, new Uri(endpoint), Value("ContainerName"))
            : new(rest, null, Value("ContainerName"));
    }

    public static BlobServiceClient CreateService(AzureStorageBlobsSettings settings, string name) => settings switch
    {
        { ConnectionString: { } text } => new BlobServiceClient(text),
        { ServiceUri: { } address } => new BlobServiceClient(address, settings.Credential ?? new DefaultAzureCredential()),
        _ => new BlobServiceClient(ConnectionSettings.Require(null, name)),
    };
}
