using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Azure.Storage.Blobs;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Octavia.ServiceTests.Hosting;

/// <summary>The stand-ins start real servers and hand out what Aspire hands out.</summary>
public class StandinTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Starts_real_servers_and_hands_out_Aspires_connection_strings()
    {
        using var timeout = new CancellationTokenSource(Limit);
        await using var builder = DistributedApplicationTestingBuilder.Create();
        var database = builder.AddPostgres("postgres").AddDatabase("octavia");
        var redis = builder.AddRedis("redis");
        var storage = builder.AddAzureStorage("storage").RunAsEmulator();
        storage.AddBlobs("blobs");
        storage.AddBlobContainer("media");
        await using var app = await builder.BuildAsync(timeout.Token);
        await app.StartAsync(timeout.Token);
        foreach (var name in new[] { "octavia", "redis", "blobs", "media" })
            await app.ResourceNotifications.WaitForResourceHealthyAsync(name, timeout.Token);

        var postgresText = await app.GetConnectionStringAsync("octavia", timeout.Token);
        Assert.Matches(@"^Host=localhost;Port=\d+;Username=postgres;Password=\w{22,};Database=octavia$", postgresText);
        await using var postgres = NpgsqlDataSource.Create(postgresText!);
        Assert.Equal("octavia", await postgres.CreateCommand("SELECT current_database()").ExecuteScalarAsync(timeout.Token));

        var redisText = await app.GetConnectionStringAsync("redis", timeout.Token);
        Assert.Matches(@"^localhost:\d+,password=\w{22,}$", redisText);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redisText!);
        Assert.True(await connection.GetDatabase().StringSetAsync("key", "value"));

        var blobsText = await app.GetConnectionStringAsync("blobs", timeout.Token);
        Assert.Matches(
            @"^DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=[^;]+;BlobEndpoint=http://127\.0\.0\.1:\d+/devstoreaccount1;$", blobsText);
        Assert.Equal(blobsText + ";ContainerName=media", await app.GetConnectionStringAsync("media", timeout.Token));
        var media = new BlobContainerClient(blobsText, "media");
        await media.UploadBlobAsync("a/b.txt", BinaryData.FromString("text"), timeout.Token);
        Assert.True(await media.GetBlobClient("a/b.txt").ExistsAsync(timeout.Token));
    }

    [Fact]
    public async Task Refuses_a_connection_without_the_password()
    {
        using var timeout = new CancellationTokenSource(Limit);
        await using var builder = DistributedApplicationTestingBuilder.Create();
        builder.AddPostgres("postgres");
        builder.AddRedis("redis");
        await using var app = await builder.BuildAsync(timeout.Token);
        await app.StartAsync(timeout.Token);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("postgres", timeout.Token);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("redis", timeout.Token);

        var server = new NpgsqlConnectionStringBuilder(await app.GetConnectionStringAsync("postgres", timeout.Token)) { Password = "wrong" };
        await using var postgres = new NpgsqlConnection(server.ConnectionString);
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => postgres.OpenAsync(timeout.Token));
        Assert.Equal("28P01", refusal.SqlState);

        var redis = (await app.GetConnectionStringAsync("redis", timeout.Token))!.Split(',')[0];
        await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectionMultiplexer.ConnectAsync(redis));
    }
}
