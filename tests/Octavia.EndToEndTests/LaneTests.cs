using Microsoft.EntityFrameworkCore;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Tests.Running;
using Xunit;
using static Octavia.EndToEndTests.WorkingSystem;

namespace Octavia.EndToEndTests;

[Collection(nameof(WorkingSystem))]
public class LaneTests(WorkingSystem system)
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task Who_pays_is_served_before_those_who_came_earlier()
    {
        var free = await system.CreateUserAsync();
        var paid = await system.CreateUserAsync();
        using var limit = new CancellationTokenSource(Patience);
        // Both workers have their hands full until the queue is made.
        await using var content = File.OpenRead(await Media.LongVideoAsync());
        var file = await free.UploadAsync(content, "long.mp4", ct: limit.Token);
        var running = new List<Guid>();
        for (var i = 0; i < 2; i++)
        {
            var job = await free.CreateAsync(JobType.VideoTranslate, new() { FileId = file.FileId, SourceLanguage = "en", TargetLanguage = "es" });
            await free.ProcessAsync(job.Id);
            running.Add(job.Id);
        }
        foreach (var id in running) await free.FollowAsync(id, limit.Token).FirstAsync(x => x.Status == JobStatus.Processing, limit.Token);

        var early = new List<Guid>();
        for (var i = 0; i < 3; i++) early.Add(await QueueAsync(free));
        var late = await CreateAsync(paid);
        await system.WithDatabaseAsync(db => db.Users.Where(x => x.Id == late.UserId)
            .ExecuteUpdateAsync(set => set.SetProperty(x => x.Plan, Plan.Paid), limit.Token));
        await paid.ProcessAsync(late.Id);
        // One worker only: of two, the other would begin a free job at the same time.
        await free.CancelAsync(running[0]);

        var first = await EndAsync(paid, late.Id);
        Assert.Equal((JobStatus.Completed, null), (first.Status, first.ErrorMessage));
        foreach (var id in early)
        {
            var job = await EndAsync(free, id);
            Assert.True(job.StartedAt > first.StartedAt, $"A free job began at {job.StartedAt:O}, the paid one at {first.StartedAt:O}.");
        }
        await free.CancelAsync(running[1]);
    }

    static async Task<Guid> QueueAsync(OctaviaClient client) => (await client.ProcessAsync((await CreateAsync(client)).Id)).Id;

    static Task<JobResponse> CreateAsync(OctaviaClient client) =>
        client.CreateAsync(JobType.Translate, new() { Text = "The house is white.", SourceLanguage = "en", TargetLanguage = "es" });
}
