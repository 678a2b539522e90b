using System.Net.Http.Headers;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Octavia.Jobs;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Files;
using Octavia.Jobs.Housekeeping;
using Octavia.Jobs.Progress;
using Octavia.Jobs.Queue;
using Octavia.Jobs.Workers;
using Octavia.ServiceDefaults;
using StackExchange.Redis;
using Xunit;

namespace Octavia.Tests.Running;

/// <summary>The AppHost's own system, started once for all tests of an assembly, with a way into its database, its store and its events.</summary>
public abstract class RunningSystem : IAsyncLifetime
{
    const string Password = "correct horse battery";

    static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    ServiceProvider services = null!;
    BlobContainerClient media = null!;

    public DistributedApplication App { get; private set; } = null!;

    public IServiceScopeFactory Scopes => services.GetRequiredService<IServiceScopeFactory>();

    public JobEvents Events => services.GetRequiredService<JobEvents>();

    public QuoteDesk Quotes => services.GetRequiredService<QuoteDesk>();

    public MediaStore Store => services.GetRequiredService<MediaStore>();

    protected CapabilityBoard Capabilities => services.GetRequiredService<CapabilityBoard>();

    /// <summary>Changes what the AppHost described, before it starts.</summary>
    protected abstract void Arrange(IDistributedApplicationTestingBuilder builder);

    /// <summary>Resources that tests wait for.</summary>
    protected abstract IReadOnlyList<string> Needed { get; }

    public virtual async ValueTask InitializeAsync()
    {
        using var limit = new CancellationTokenSource(StartLimit);
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Octavia_AppHost>(limit.Token);
        Arrange(builder);
        App = await builder.BuildAsync(limit.Token);
        await App.StartAsync(limit.Token);
        await WaitAsync(limit.Token);
        var database = await App.GetConnectionStringAsync(ResourceNames.Database, limit.Token);
        var redis = await App.GetConnectionStringAsync(ResourceNames.Redis, limit.Token);
        media = new BlobContainerClient(await App.GetConnectionStringAsync(ResourceNames.Blobs, limit.Token), MediaStore.ContainerName);
        services = new ServiceCollection()
            .AddOptions()
            .AddDbContext<OctaviaDbContext>(options => options.UseNpgsql(database, npgsql => npgsql.EnableRetryOnFailure()))
            .AddSingleton<IConnectionMultiplexer>(await ConnectionMultiplexer.ConnectAsync(redis!))
            .AddSingleton<JobEvents>()
            .AddSingleton<CapabilityBoard>()
            .AddSingleton<QuoteDesk>()
            .AddSingleton(new MediaStore(media))
            .AddLogging()
            .AddScoped<JobQueue>()
            .AddScoped<JobRemoval>()
            .AddScoped<Housekeeper>()
            .BuildServiceProvider();
    }

    async Task WaitAsync(CancellationToken ct)
    {
        var states = new Dictionary<string, string?>();
        try
        {
            _ = WatchAsync(states, ct);
            foreach (var name in Needed) await App.ResourceNotifications.WaitForResourceHealthyAsync(name, ct);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The system did not start: {string.Join(", ", states.Select(x => $"{x.Key} is {x.Value}"))}.");
        }
    }

    async Task WatchAsync(Dictionary<string, string?> states, CancellationToken ct)
    {
        await foreach (var e in App.ResourceNotifications.WatchAsync(ct))
            states[e.ResourceId] = $"{e.Snapshot.State?.Text} ({e.Snapshot.HealthStatus})";
    }

    /// <summary>A client of the API without a user.</summary>
    public OctaviaClient CreateClient() => new(Http());

    /// <summary>A client of the API with a new user of its own.</summary>
    public async Task<OctaviaClient> CreateUserAsync()
    {
        var client = CreateClient();
        client.Use(await client.RegisterAsync($"user-{Guid.NewGuid():N}@example.org", Password));
        return client;
    }

    /// <summary>Plain HTTP to the API, as the client's user.</summary>
    public HttpClient Http(OctaviaClient? user = null)
    {
        var http = App.CreateHttpClient(ResourceNames.Api);
        http.Timeout = TimeSpan.FromMinutes(2);
        if (user?.AccessToken is { } token) http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    public async Task<T> WithDatabaseAsync<T>(Func<OctaviaDbContext, Task<T>> work)
    {
        await using var scope = Scopes.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<OctaviaDbContext>());
    }

    public Task<Job?> FindJobAsync(Guid id) =>
        WithDatabaseAsync(db => db.Jobs.IgnoreQueryFilters().AsNoTracking().SingleOrDefaultAsync(x => x.Id == id));

    /// <summary>Kind and seconds of the ledger's entries of a job, oldest first.</summary>
    public Task<List<(CreditKind Kind, long Seconds)>> LedgerAsync(Guid jobId) => WithDatabaseAsync(async db =>
        (await db.Credits.IgnoreQueryFilters().Where(x => x.JobId == jobId).OrderBy(x => x.CreatedAt).ToListAsync())
        .ConvertAll(x => (x.Kind, x.Seconds)));

    public async Task<IReadOnlyList<string>> BlobsAsync(string prefix)
    {
        var names = new List<string>();
        await foreach (var blob in media.GetBlobsAsync(new() { Prefix = prefix })) names.Add(blob.Name);
        return names;
    }

    /// <summary>A way to keep others from changing a blob.</summary>
    public BlobLeaseClient LeaseOf(string path) => media.GetBlobClient(path).GetBlobLeaseClient();

    public virtual async ValueTask DisposeAsync()
    {
        if (services is not null) await services.DisposeAsync();
        if (App is not null) await App.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
