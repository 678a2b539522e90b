using Octavia.Jobs.Client;
using Octavia.ServiceDefaults;
using Xunit;

namespace Octavia.EndToEndTests;

[Collection(nameof(WorkingSystem))]
public class ShutdownTests(WorkingSystem system)
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_stream_ends_well_when_the_API_stops()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateAsync(JobType.Translate, new() { Text = "It waits.", SourceLanguage = "en", TargetLanguage = "es" });
        using var limit = new CancellationTokenSource(Patience);
        await using var events = client.FollowAsync(job.Id, limit.Token).GetAsyncEnumerator(limit.Token);
        Assert.True(await events.MoveNextAsync());
        var restart = system.RestartAsync(ResourceNames.Api, limit.Token);
        // Streams that hold the stop up until its limit are cut off then, and this throws.
        while (await events.MoveNextAsync()) Assert.Equal(JobStatus.Pending, events.Current.Status);
        // 137 where it had to be killed.
        Assert.Equal(0, await restart);
        Assert.Equal(JobStatus.Pending, (await client.GetAsync(job.Id, limit.Token)).Status);
    }
}
