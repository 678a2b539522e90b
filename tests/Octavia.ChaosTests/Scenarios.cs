using Octavia.Jobs.Client;
using Octavia.Jobs.Queue;
using Octavia.ServiceDefaults;
using Octavia.Tests.Running;

namespace Octavia.ChaosTests;

/// <summary>What is done to the system while jobs run.</summary>
sealed class Scenarios(ChaosSystem system, SmallDisk disk, int seed)
{
    static readonly TimeSpan OutageLength = TimeSpan.FromSeconds(4);
    // The emulator of the store writes down every five seconds which blobs it has; a real store has written what it acknowledged.
    static readonly TimeSpan UntilStored = TimeSpan.FromSeconds(8);

    public IReadOnlyList<(string Name, Func<CancellationToken, Task<Outcome>> Run)> All =>
    [
        ("phases", KillInEachPhaseAsync),
        ("frozen", FreezeAsync),
        ("postgres", ct => KillServerAsync("postgres", ResourceNames.Postgres, ct)),
        ("redis", ct => KillServerAsync("redis", ResourceNames.Redis, ct)),
        ("azurite", ct => KillServerAsync("azurite", ResourceNames.Storage, ct)),
        ("disk", FillDiskAsync),
        ("twenty", KillAtRandomAsync),
        ("media", ct => new HostileUploads(system, seed).RunAsync(ct)),
    ];

    async Task<Outcome> KillInEachPhaseAsync(CancellationToken ct)
    {
        await using var job = await DubAsync(await system.CreateUserAsync(), await Media.LongVideoAsync(), ct);
        var killed = new Dictionary<JobPhase, int>();
        while (killed.Count < Enum.GetValues<JobPhase>().Length && !(job.Last?.Status.IsOver() ?? false))
        {
            if (job.Last is { Status: JobStatus.Processing, Phase: { } phase } last && !killed.ContainsKey(phase) && !killed.ContainsValue(last.Attempt)
                && system.WorkerOf(job.Job.Id) is { } pid && (phase != JobPhase.Synthesizing || await system.SavedTakesAsync(job.Job.Id, ct) > 0))
            {
                killed[phase] = last.Attempt;
                await job.MarkAsync($"{phase}", ct);
                await KillWorkerAsync(pid, ct);
            }
            await Task.Delay(20, ct);
        }
        var outcome = await new Judge(system).JudgeAsync("phases", $"a worker at {Words(job)}", [job], Completed, false, ct);
        var missed = Enum.GetValues<JobPhase>().Except(killed.Keys).ToList();
        return missed.Count == 0 ? outcome : outcome with { Wrong = [.. outcome.Wrong, $"No worker was killed while {string.Join(", ", missed)}."] };
    }

    async Task<Outcome> FreezeAsync(CancellationToken ct)
    {
        await using var job = await DubAsync(await system.CreateUserAsync(), await Media.LongVideoAsync(), ct);
        while (await system.SavedTakesAsync(job.Job.Id, ct) == 0) await Task.Delay(100, ct);
        var frozen = system.WorkerOf(job.Job.Id) ?? throw new InvalidOperationException("The job was over before its worker could be stopped.");
        await job.MarkAsync($"{job.Last!.Phase}", ct);
        await Processes.SignalAsync("-STOP", frozen);
        try
        {
            await job.UntilAsync(x => x.Attempt > 1, ct);
        }
        finally
        {
            await Processes.SignalAsync("-CONT", frozen);
        }
        var outcome = await new Judge(system).JudgeAsync("frozen", $"a worker stopped at {Words(job)}, woken when its job was taken", [job], Completed, false, ct);
        return Processes.IsAlive(frozen) ? outcome : outcome with { Wrong = [.. outcome.Wrong, "The worker that woke is dead."] };
    }

    async Task<Outcome> KillServerAsync(string name, string resource, CancellationToken ct)
    {
        var user = await system.CreateUserAsync();
        await using var first = await DubAsync(user, await Media.LongVideoAsync(), ct);
        await using var second = await DubAsync(user, await Media.LongVideoAsync(), ct);
        await Task.Delay(UntilStored, ct);
        JobWatch[] jobs = [first, second];
        foreach (var job in jobs) await job.UntilAsync(x => x.Status == JobStatus.Processing && x.ProgressPercentage > 0, ct);
        foreach (var job in jobs) await job.MarkAsync($"{job.Last!.Phase}", ct);
        var pid = (await system.App.PidsAsync(resource, ct)).Single();
        var replica = await system.App.KillAsync(resource, pid, ct);
        await Task.Delay(OutageLength, ct);
        await system.App.StartAgainAsync(replica, ct);
        await BackAsync(resource, ct);
        foreach (var job in jobs) job.Faults[0].Back = DateTimeOffset.UtcNow;
        return await new Judge(system).JudgeAsync(
            name, $"killed at {string.Join(" and ", jobs.Select(Words))}, away for {OutageLength.TotalSeconds:0} s", jobs, Completed, resource == ResourceNames.Redis, ct);
    }

    // One that stumbled over what the one before it left is started again.
    async Task BackAsync(string resource, CancellationToken ct)
    {
        while (true)
        {
            using var some = CancellationTokenSource.CreateLinkedTokenSource(ct);
            some.CancelAfter(TimeSpan.FromSeconds(15));
            try
            {
                await system.App.ResourceNotifications.WaitForResourceHealthyAsync(resource, some.Token);
                return;
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                if ((await system.App.PidsAsync(resource, ct)).Count == 0) await system.App.StartAgainAsync(resource, ct);
            }
        }
    }

    async Task<Outcome> FillDiskAsync(CancellationToken ct)
    {
        if (disk.Problem is { } problem) return new Outcome("disk", "-", 0) { Skipped = problem };
        var user = await system.CreateUserAsync();
        await using var hit = await DubAsync(user, await Media.LongVideoAsync(), ct);
        await hit.UntilAsync(x => x.Status == JobStatus.Processing && x.ProgressPercentage > 0, ct);
        disk.Fill();
        // Taken while there is no room at all.
        await using var taken = await DubAsync(user, await Media.VideoAsync(seconds: 6), ct);
        Job[] ended;
        try
        {
            ended = [await hit.EndAsync(ct), await taken.EndAsync(ct)];
        }
        finally
        {
            disk.Empty();
        }
        await using var after = await DubAsync(user, await Media.VideoAsync(seconds: 6), ct);
        return await new Judge(system).JudgeAsync(
            "disk", $"no room for temp files, until {string.Join(" and ", ended.Select(x => x.ErrorCode ?? $"{x.Status}"))}", [hit, taken, after],
            row => row.Status == JobStatus.Completed || (row.Id != after.Job.Id && row is { Status: JobStatus.Failed, ErrorCode: "disk.full" }), false, ct);
    }

    /// <summary>Twenty jobs of all types of four users; workers are killed at random times, but no job so often that it would be given up.</summary>
    async Task<Outcome> KillAtRandomAsync(CancellationToken ct)
    {
        var random = new Random(seed);
        var jobs = new List<JobWatch>();
        try
        {
            for (var i = 0; i < 4; i++) await QueueFiveAsync(await system.CreateUserAsync(), jobs, ct);
            var times = new List<string>();
            for (var kill = 0; kill < 4 && jobs.Exists(x => !(x.Last?.Status.IsOver() ?? false)); kill++)
            {
                await Task.Delay(TimeSpan.FromSeconds(3 + 7 * random.NextDouble()), ct);
                var pids = await system.App.PidsAsync(ResourceNames.Worker, ct);
                if (pids.Count == 0) continue;
                var pid = pids[random.Next(pids.Count)];
                foreach (var job in jobs.Where(x => system.WorkerOf(x.Job.Id) == pid)) times.Add(Words((await job.MarkAsync($"{job.Last?.Phase ?? JobPhase.Transcribing}", ct)).What, job.Last?.ProgressPercentage ?? 0));
                await KillWorkerAsync(pid, ct);
            }
            return await new Judge(system).JudgeAsync("twenty", $"a worker at {string.Join(", ", times)}", jobs, Completed, false, ct);
        }
        finally
        {
            foreach (var job in jobs) await job.DisposeAsync();
        }
    }

    async Task QueueFiveAsync(OctaviaClient user, List<JobWatch> jobs, CancellationToken ct)
    {
        jobs.Add(await DubAsync(user, await Media.VideoAsync(seconds: 6), ct));
        jobs.Add(await DubAsync(user, await Media.VideoAsync(seconds: 5, reading: "0890"), ct));
        jobs.Add(await StartAsync(await ChaosSystem.CreateAsync(user, await Media.SpeechAsync(seconds: 5), JobType.Transcribe, ct)));
        jobs.Add(await StartAsync(await user.CreateAsync(JobType.Translate, new() { Text = "The house is white. The dog sleeps.", SourceLanguage = "en", TargetLanguage = "es" }, ct: ct)));
        jobs.Add(await StartAsync(await user.CreateAsync(JobType.Synthesize, new() { Text = "The house is white. The dog sleeps.", TargetLanguage = "en" }, ct: ct)));

        Task<JobWatch> StartAsync(JobResponse job) => JobWatch.StartAsync(system, user, job, ct);
    }

    async Task<JobWatch> DubAsync(OctaviaClient user, string file, CancellationToken ct) =>
        await JobWatch.StartAsync(system, user, await ChaosSystem.CreateAsync(user, file, JobType.VideoTranslate, ct), ct);

    async Task KillWorkerAsync(int pid, CancellationToken ct) =>
        await system.App.StartAgainAsync(await system.App.KillAsync(ResourceNames.Worker, pid, ct), ct);

    static bool Completed(Job row) => row.Status == JobStatus.Completed;

    static string Words(JobWatch job) => string.Join(", ", job.Faults.Select(x => Words(x.What, x.Progress)));

    static string Words(string phase, double progress) => FormattableString.Invariant($"{phase.ToLowerInvariant()} {progress:0} %");
}
