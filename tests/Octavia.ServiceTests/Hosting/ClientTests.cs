using Azure.Storage.Blobs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Octavia.Jobs;
using StackExchange.Redis;
using Xunit;

namespace Octavia.ServiceTests.Hosting;

/// <summary>What the client registrations make of the connection strings and settings that Aspire passes.</summary>
public class ClientTests
{
    private const string Emulator = "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=c2VjcmV0;"
        + "BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;";

    [Theory]
    [InlineData(Emulator + ";ContainerName=media", "http://127.0.0.1:10000/devstoreaccount1/media")]
    [InlineData("Endpoint=https://octavia.blob.core.windows.net/;ContainerName=media", "https://octavia.blob.core.windows.net/media")]
    public void Reads_every_form_of_a_container(string connectionString, string address)
    {
        using var host = Build(("ConnectionStrings:media", connectionString), b => b.AddAzureBlobContainerClient("media"));
        Assert.Equal(new Uri(address), host.Services.GetRequiredService<BlobContainerClient>().Uri);
    }

    [Theory]
    [InlineData(Emulator, "http://127.0.0.1:10000/devstoreaccount1")]
    [InlineData("https://octavia.blob.core.windows.net/", "https://octavia.blob.core.windows.net/")]
    public void Reads_every_form_of_a_service(string connectionString, string address)
    {
        using var host = Build(("ConnectionStrings:blobs", connectionString), b => b.AddAzureBlobServiceClient("blobs"));
        Assert.Equal(new Uri(address), host.Services.GetRequiredService<BlobServiceClient>().Uri);
    }

    [Theory]
    [InlineData("Aspire:Npgsql:EntityFrameworkCore:PostgreSQL:DisableRetry", "false", true)]
    [InlineData("Aspire:Npgsql:EntityFrameworkCore:PostgreSQL:DisableRetry", "true", false)]
    [InlineData("Aspire:Npgsql:EntityFrameworkCore:PostgreSQL:OctaviaDbContext:DisableRetry", "true", false)]
    public void Retries_unless_the_settings_say_otherwise(string key, string value, bool retries)
    {
        using var host = Build((key, value), b => b.AddNpgsqlDbContext<OctaviaDbContext>("octavia", s => s.ConnectionString = "Host=localhost"));
        using var scope = host.Services.CreateScope();
        var database = scope.ServiceProvider.GetRequiredService<OctaviaDbContext>().Database;
        Assert.Equal(retries, database.CreateExecutionStrategy().RetriesOnFailure);
    }

    [Fact]
    public async Task Waits_for_a_Redis_that_is_away_and_says_that_it_is()
    {
        using var host = Build(("ConnectionStrings:redis", "localhost:1,connectTimeout=200,connectRetry=0,asyncTimeout=500"), b => b.AddRedisClient("redis"));
        Assert.False(host.Services.GetRequiredService<IConnectionMultiplexer>().IsConnected);
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HealthStatus.Unhealthy, report.Entries["StackExchange.Redis"].Status);
    }

    [Fact]
    public void Names_the_health_checks_as_Aspire_does()
    {
        using var host = Build(("ConnectionStrings:media", Emulator + ";ContainerName=media"), b =>
        {
            b.AddNpgsqlDbContext<OctaviaDbContext>("octavia");
            b.AddRedisClient("redis");
            b.AddAzureBlobServiceClient("blobs");
            b.AddAzureBlobContainerClient("media");
        });
        var names = host.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations.Select(r => r.Name);
        Assert.Equal(["Azure_BlobContainerClient", "Azure_BlobServiceClient", "OctaviaDbContext", "StackExchange.Redis"], names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Says_which_connection_string_is_missing()
    {
        using var host = Build(("Unrelated", "value"), b => b.AddRedisClient("redis"));
        var failure = Assert.ThrowsAny<Exception>(() => host.Services.GetRequiredService<IConnectionMultiplexer>());
        Assert.Contains("ConnectionStrings", failure.Message, StringComparison.Ordinal);
    }

    private static IHost Build((string Key, string Value) setting, Action<HostApplicationBuilder> register)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection([new(setting.Key, setting.Value)]);
        register(builder);
        return builder.Build();
    }
}
