using Octavia.AppHost;
#if USE_ASPIRE
using Octavia.AppHost.Publish;
#endif
using Octavia.ServiceDefaults;

var builder = DistributedApplication.CreateBuilder(args);

var signingKey = builder.AddParameter(ResourceNames.SigningKey, new GenerateParameterDefault { MinLength = 64, Special = false }, secret: true, persist: true);

var postgres = builder.AddPostgres(ResourceNames.Postgres).WithDataVolume();
var database = postgres.AddDatabase(ResourceNames.Database);

var redis = builder.AddRedis(ResourceNames.Redis).WithDataVolume().WithPersistence(TimeSpan.FromSeconds(30));

var storage = builder.AddAzureStorage(ResourceNames.Storage).RunAsEmulator(emulator => emulator.WithDataVolume());
var blobs = storage.AddBlobs(ResourceNames.Blobs);
var media = storage.AddBlobContainer(ResourceNames.Media);

var migrations = builder.AddProject<Projects.Octavia_Migrations>(ResourceNames.Migrations)
    .WithHostEnvironment()
    .WithReference(database).WaitFor(database);

var api = builder.AddProject<Projects.Octavia_Api>(ResourceNames.Api)
    .WithHostEnvironment()
    .WithHttpEndpoint(port: builder.Port(ResourceNames.Api, 8081))
    .WithExternalHttpEndpoints()
    .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = (url.Url + "/scalar", "API reference"))
    .WithHttpHealthCheck("/health")
    .WithEnvironment("Jwt__SigningKey", signingKey)
    .WithVideoSites()
    .WithReference(database).WaitFor(database)
    .WithReference(redis).WaitFor(redis)
    .WithReference(blobs).WaitFor(blobs)
    .WithReference(media).WaitFor(media)
    .WaitForCompletion(migrations);

var worker = builder.AddProject<Projects.Octavia_Worker>(ResourceNames.Worker)
    .WithHostEnvironment()
    .WithReplicas(2)
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health")
    .WithReference(database).WaitFor(database)
    .WithReference(redis).WaitFor(redis)
    .WithReference(blobs).WaitFor(blobs)
    .WithReference(media).WaitFor(media)
    .WaitForCompletion(migrations);

var web = builder.AddProject<Projects.Octavia_Web>(ResourceNames.Web)
    .WithHostEnvironment()
    .WithHttpEndpoint(port: builder.Port(ResourceNames.Web, 8080))
    .WithExternalHttpEndpoints()
    .WithUrlForEndpoint("http", url => url.DisplayText = "Web page")
    .WithHttpHealthCheck("/health")
    .WithReference(redis).WaitFor(redis)
    .WithReference(api).WaitFor(api);

#if USE_ASPIRE
builder.DeployToContainerApps(migrations, api, worker, web);
#endif

builder.Build().Run();
