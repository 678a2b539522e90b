using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Octavia.ServiceDefaults;
using Octavia.ServiceTests;
using Octavia.Tests.Running;
using Xunit;

[assembly: AssemblyFixture(typeof(ServiceSystem))]

namespace Octavia.ServiceTests;

/// <summary>The system without its workers, so that jobs stay where a test puts them; the test is the worker.</summary>
public sealed class ServiceSystem : RunningSystem
{
    /// <summary>What tokens are signed with.</summary>
    public const string SigningKey = "a key that only these tests know and that is long enough";

    /// <summary>The one other site whose pages may call the API.</summary>
    public const string NamedOrigin = "https://app.example.org";

    protected override IReadOnlyList<string> Needed => [ResourceNames.Api];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Capabilities.PublishAsync(new()
        {
            Names = new Dictionary<string, string> { ["en"] = "English", ["es"] = "Spanish", ["de"] = "German", ["la"] = "Latin" },
            Recognized = ["en", "es", "de"],
            Spoken = ["en", "es", "de"],
            ModelSizes = ["base", "small"],
            Cloned = ["es"],
            Translated = new Dictionary<string, IReadOnlyList<string>> { ["en"] = ["es", "la"], ["es"] = ["en"] },
        });
    }

    /// <summary>Who knows it becomes an admin.</summary>
    public string AdminCode { get; } = $"{Guid.NewGuid():N}";

    /// <summary>Most bytes that the API's process ever held in memory.</summary>
    public async Task<long> PeakMemoryOfApiAsync()
    {
        var running = await App.ResourceNotifications.WaitForResourceHealthyAsync(ResourceNames.Api);
        var pid = running.Snapshot.Properties.Single(x => x.Name == "executable.pid").Value;
        var line = (await File.ReadAllLinesAsync($"/proc/{pid}/status")).Single(x => x.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) << 10;
    }

    protected override void Arrange(IDistributedApplicationTestingBuilder builder)
    {
        foreach (var name in new[] { ResourceNames.Worker, ResourceNames.Web })
            builder.Resources.Remove(builder.Resources.Single(x => x.Name == name));
        var api = (ProjectResource)builder.Resources.Single(x => x.Name == ResourceNames.Api);
        builder.CreateResourceBuilder(api)
            .WithEnvironment("Jwt__SigningKey", SigningKey)
            .WithEnvironment("Uploads__AllowedNetworks__0", "127.0.0.1/32")
            .WithEnvironment("Webhooks__AllowedNetworks__0", "127.0.0.1/32")
            .WithEnvironment("Webhooks__FirstPause", "00:00:00.2")
            .WithEnvironment("Webhooks__MaxTries", "3")
            .WithEnvironment("Accounts__AttemptsPerMinute", "100000")
            .WithEnvironment("Accounts__AdminCode", AdminCode)
            .WithEnvironment("Cors__Origins__0", NamedOrigin);
    }
}
