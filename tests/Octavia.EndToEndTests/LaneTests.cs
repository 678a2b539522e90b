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
        using var limit = new CancellationTokenSource(Patience);
        var running = await OccupyAsync(free, limit.Token);
        var early = new List<Guid>();
        for (var i = 0; i < 3; i++) early.Add(await QueueAsync(free));
        var paid = await CreatePaidUserAsync();
        var late = await QueueAsync(paid);
        // One worker only: of two, the other would begin a free job at the same time.
        await free.CancelAsync(running[0]);

        var first = await EndAsync(paid, late);
        Assert.Equal((JobStatus.Completed, null), (first.Status, first.ErrorMessage));
        foreach (var id in early)
        {
            var job = await EndAsync(free, id);
            Assert.True(job.StartedAt > first.StartedAt, $"A free job began at {job.StartedAt:O}, the paid one at {first.StartedAt:O}.");
        }
        await free.CancelAsync(running[1]);
    }

    [Fact]
    public async Task Who_does_not_pay_has_a_turn_however_many_pay()
    {
        var free = await system.CreateUserAsync();
        using var limit = new CancellationTokenSource(Patience);
        var running = await OccupyAsync(free, limit.Token);
        var paid = await CreatePaidUserAsync();
        var paying = new List<Guid>();
        for (var i = 0; i < 12; i++) paying.Add(await QueueAsync(paid));
        var waiting = new List<Guid>();
        for (var i = 0; i < 2; i++) waiting.Add(await QueueAsync(free));
        await free.CancelAsync(running[0]);

        var begun = new List<(DateTimeOffset At, bool Paid)>();
        foreach (var id in paying) begun.Add(((await EndAsync(paid, id)).StartedAt!.Value, true));
        foreach (var id in waiting) begun.Add(((await EndAsync(free, id)).StartedAt!.Value, false));
        await free.CancelAsync(running[1]);
        // Four who pay, one who does not, and again.
        Assert.Equal([4, 9], begun.OrderBy(x => x.At).Index().Where(x => !x.Item.Paid).Select(x => x.Index));
    }

    [Fact]
    public async Task Two_workers_at_once_keep_the_share()
    {
        var free = await system.CreateUserAsync();
        using var limit = new CancellationTokenSource(Patience);
        var running = await OccupyAsync(free, limit.Token);
        var paid = await CreatePaidUserAsync();
        var (paying, waiting) = (new List<Guid>(), new List<Guid>());
        for (var i = 0; i < 14; i++) paying.Add(await QueueAsync(paid));
        for (var i = 0; i < 2; i++) waiting.Add(await QueueAsync(free));
        foreach (var id in running) await free.CancelAsync(id);

        var begun = new List<(DateTimeOffset At, bool Paid)>();
        foreach (var id in paying) begun.Add(((await EndAsync(paid, id)).StartedAt!.Value, true));
        foreach (var id in waiting) begun.Add(((await EndAsync(free, id)).StartedAt!.Value, false));
        var turns = begun.OrderBy(x => x.At).Index().Where(x => !x.Item.Paid).Select(x => x.Index).ToList();
        // Four who pay, and one more that the other worker takes in the moment in which the turn is given.
        Assert.InRange(turns[0], 4, 5);
        Assert.InRange(turns[1] - turns[0], 5, 6);
    }

    /// <summary>Both workers have their hands full until one of these jobs is cancelled.</summary>
    static async Task<List<Guid>> OccupyAsync(OctaviaClient user, CancellationToken ct)
    {
        await using var content = File.OpenRead(await Media.LongVideoAsync());
        var file = await user.UploadAsync(content, "long.mp4", ct: ct);
        var running = new List<Guid>();
        for (var i = 0; i < 2; i++)
        {
            var job = await user.CreateAsync(JobType.VideoTranslate, new() { FileId = file.FileId, SourceLanguage = "en", TargetLanguage = "es" }, ct: ct);
            await user.ProcessAsync(job.Id, ct: ct);
            running.Add(job.Id);
        }
        foreach (var id in running) await user.FollowAsync(id, ct).FirstAsync(x => x.Status == JobStatus.Processing, ct);
        return running;
    }

    async Task<OctaviaClient> CreatePaidUserAsync()
    {
        var user = await system.CreateUserAsync();
        var id = (await user.AccountAsync()).UserId;
        await system.WithDatabaseAsync(db => db.Users.Where(x => x.Id == id).ExecuteUpdateAsync(set => set.SetProperty(x => x.Plan, Plan.Paid)));
        return user;
    }

    static async Task<Guid> QueueAsync(OctaviaClient client) => (await client.ProcessAsync((await CreateAsync(client)).Id)).Id;

    static Task<JobResponse> CreateAsync(OctaviaClient client) =>
        client.CreateAsync(JobType.Translate, new() { Text = "The house is white.", SourceLanguage = "en", TargetLanguage = "es" });
}
