using System.Diagnostics;
using Octavia.Jobs.Client;
using Octavia.ServiceDefaults;
using Octavia.Tests.Running;

namespace Octavia.ChaosTests;

/// <summary>What one round of load did to the API. Memory in MB.</summary>
sealed record Round(IReadOnlyList<Listener> Listeners, Uploads Uploads, double Before, double Peak, double After);

/// <summary>Many who watch running jobs, and many who upload meanwhile: twice, since what grows from round to round is no buffer but a leak.</summary>
static class LoadRun
{
    const int Listeners = 1000;
    const int JobsAtOnce = 4;
    const int Rounds = 2;
    // A request with its buffers, a subscription, a scope with its context.
    const double MostPerListener = 0.25;
    // A block of 4 MB that is read while the one before it is sent, and buffers of the request and of the temp file.
    const double MostPerUpload = 10;
    // What pools and the heaps of the collector keep, more or less from time to time.
    const double MostGrowth = 64;
    const int ConnectingAtOnce = 50;
    // For what hangs: it is over in less than ten minutes on two processors that do nothing else.
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(25);

    public static async Task<int> RunAsync(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        await using var system = new ChaosSystem(TempFolders.Create("workers"));
        await system.InitializeAsync();
        var memory = new Memory((await system.App.PidsAsync(ResourceNames.Api, limit.Token)).Single());
        // What is loaded and compiled once counts for none.
        await PressAsync(system, memory, listeners: 20, uploads: 2, jobs: 1, limit.Token);
        Console.WriteLine("It is warm.");
        var rounds = new List<Round>();
        for (var i = 0; i < Rounds; i++)
        {
            rounds.Add(await PressAsync(system, memory, Listeners, Uploads.Parallel, JobsAtOnce, limit.Token));
            Console.WriteLine($"Round {i + 1} of {Rounds} is over.");
        }
        Print(rounds);
        var wrong = Judge(rounds);
        foreach (var one in wrong) Console.WriteLine(one);
        Console.WriteLine(wrong.Count == 0 ? "ok" : "FAILED");
        return wrong.Count == 0 ? 0 : 1;
    }

    static async Task<Round> PressAsync(ChaosSystem system, Memory memory, int listeners, int uploads, int jobs, CancellationToken ct)
    {
        var before = await memory.AfterCollectionAsync(ct);
        using var over = new CancellationTokenSource();
        var peak = memory.PeakAsync(over.Token);
        var user = await system.CreateUserAsync();
        var created = new List<JobResponse>();
        for (var i = 0; i < jobs; i++) created.Add(await ChaosSystem.CreateAsync(user, await Media.LongVideoAsync(), JobType.VideoTranslate, ct));
        using var http = system.Http(user);
        http.Timeout = Timeout.InfiniteTimeSpan;
        var watching = Enumerable.Range(0, listeners).Select(_ => new Listener()).ToList();
        var listening = await ConnectAsync(watching, i => watching[i].ListenAsync(http, created[i % jobs].Id, ct), ct);
        foreach (var job in created) await user.ProcessAsync(job.Id, ct: ct);
        var sent = await Uploads.RunAsync(system, uploads, ct);
        await listening.WaitAsync(ct);
        await over.CancelAsync();
        return new Round(watching, sent, before, await peak, await memory.AfterCollectionAsync(ct));
    }

    /// <summary>Some at a time, until each has heard of its job for the first time.</summary>
    static async Task<Task> ConnectAsync(List<Listener> listeners, Func<int, Task> listen, CancellationToken ct)
    {
        var listening = new List<Task>();
        foreach (var some in Enumerable.Range(0, listeners.Count).Chunk(ConnectingAtOnce))
        {
            listening.AddRange(some.Select(listen));
            await Task.WhenAll(some.Select(i => listeners[i].Connected)).WaitAsync(ct);
        }
        return Task.WhenAll(listening);
    }

    static List<string> Judge(List<Round> rounds)
    {
        var wrong = new List<string>();
        foreach (var (number, round) in rounds.Index())
        {
            var missed = round.Listeners.Count(x => !x.SawTheEnd);
            if (missed > 0) wrong.Add($"Round {number + 1}: {missed} listeners missed the end of their job.");
            foreach (var error in round.Listeners.Select(x => x.Error).OfType<string>().Distinct().Take(5)) Console.WriteLine($"Round {number + 1}: a stream broke: {error}");
            foreach (var error in round.Uploads.Errors.Distinct()) wrong.Add($"Round {number + 1}: an upload failed: {error}");
            var most = Listeners * MostPerListener + Uploads.Parallel * MostPerUpload;
            if (round.Peak - round.Before > most) wrong.Add($"Round {number + 1}: memory rose by {round.Peak - round.Before:0} MB; {most:0} MB are what {Listeners} listeners and {Uploads.Parallel} uploads may take.");
        }
        var growth = rounds[^1].After - rounds[^2].After;
        if (growth > MostGrowth) wrong.Add($"Memory grew by {growth:0} MB from round to round.");
        return wrong;
    }

    static void Print(List<Round> rounds) => Table.Print(
        ["round", "listeners", "saw the end", "events each min/median", "latency ms p50/p95", "uploads", "MB/s", "memory before/peak/after MB", "streams broken", "uploads failed"],
        rounds.Select((round, i) => (string[])
        [
            $"{i + 1}", $"{round.Listeners.Count}", $"{round.Listeners.Count(x => x.SawTheEnd)}",
            $"{round.Listeners.Min(x => x.Events)} / {Share(round.Listeners.Select(x => (double)x.Events), 0.5):0}",
            $"{Share(round.Listeners.SelectMany(x => x.Latencies), 0.5):0} / {Share(round.Listeners.SelectMany(x => x.Latencies), 0.95):0}",
            $"{round.Uploads.Done} of {Uploads.Parallel}", FormattableString.Invariant($"{round.Uploads.MegabytesPerSecond:0.0}"),
            $"{round.Before:0} / {round.Peak:0} / {round.After:0}", $"{round.Listeners.Sum(x => x.Broken)}", $"{round.Uploads.Errors.Count}",
        ]));

    static double Share(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? double.NaN : sorted[(int)(share * (sorted.Count - 1))];
    }
}
