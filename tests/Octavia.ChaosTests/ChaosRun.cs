using System.Diagnostics;

namespace Octavia.ChaosTests;

/// <summary>What came of a scenario. It passed when nothing is wrong; one that was skipped says why.</summary>
sealed record Outcome(string Scenario, string Killed, int Jobs)
{
    public string EndedOnce { get; init; } = "-";

    public string Resumed { get; init; } = "-";

    public string Reused { get; init; } = "-";

    public string Ledger { get; init; } = "-";

    public string Orphans { get; init; } = "-";

    public double Seconds { get; init; }

    public string? Skipped { get; init; }

    public IReadOnlyList<string> Wrong { get; init; } = [];

    public string Verdict => Skipped is not null ? "skipped" : Wrong.Count == 0 ? "ok" : "FAILED";
}

/// <summary>All scenarios, one after the other on one system, and their table.</summary>
static class ChaosRun
{
    // Ten minutes for all, on two processors that do nothing else.
    static readonly TimeSpan LastBegin = TimeSpan.FromMinutes(8);
    // For what hangs: a machine that has other things to do is no reason to fail.
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(12);

    public static async Task<int> RunAsync(int seed, IReadOnlyList<string> names, CancellationToken ct)
    {
        var clock = Stopwatch.StartNew();
        await using var disk = await SmallDisk.MountAsync();
        await using var system = new ChaosSystem(disk.Folder);
        await system.InitializeAsync();
        var scenarios = new Scenarios(system, disk, seed).All.Where(x => names.Count == 0 || names.Contains(x.Name)).ToList();
        if (scenarios.Count == 0)
        {
            Console.Error.WriteLine($"There are the scenarios {string.Join(", ", new Scenarios(system, disk, seed).All.Select(x => x.Name))}.");
            return 2;
        }
        Console.WriteLine($"The system runs with two workers, after {clock.Elapsed.TotalSeconds:0} s. Seed {seed}.");
        var outcomes = new List<Outcome>();
        foreach (var (name, run) in scenarios)
        {
            var outcome = clock.Elapsed > LastBegin
                ? new Outcome(name, "-", 0) { Skipped = "the ten minutes are over; name it behind the command to run it alone" }
                : await RunAsync(name, run, ct);
            outcomes.Add(outcome);
            Console.WriteLine($"{outcome.Verdict,-8}{name}, {outcome.Seconds:0} s");
            foreach (var wrong in outcome.Wrong) Console.WriteLine($"        {wrong}");
        }
        Print(outcomes);
        Console.WriteLine($"{outcomes.Count(x => x.Verdict == "ok")} ok, {outcomes.Count(x => x.Wrong.Count > 0)} failed, {outcomes.Count(x => x.Skipped is not null)} skipped, in {clock.Elapsed.TotalSeconds:0} s");
        return outcomes.Exists(x => x.Wrong.Count > 0) ? 1 : 0;
    }

    static async Task<Outcome> RunAsync(string name, Func<CancellationToken, Task<Outcome>> run, CancellationToken ct)
    {
        var clock = Stopwatch.StartNew();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        Outcome outcome;
        try
        {
            outcome = await run(limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            outcome = new Outcome(name, "-", 0) { Wrong = [$"It was not over after {Patience.TotalMinutes:0} minutes."] };
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            outcome = new Outcome(name, "-", 0) { Wrong = [$"{e.GetType().Name}: {e.Message}"] };
        }
        return outcome with { Seconds = clock.Elapsed.TotalSeconds };
    }

    static void Print(List<Outcome> outcomes)
    {
        Table.Print(
            ["scenario", "what was done, when", "jobs", "ended once", "resumed after s", "lines reused", "ledger", "orphans", "s", "verdict"],
            outcomes.Select(x => (string[])
            [
                x.Scenario, x.Killed, $"{x.Jobs}", x.EndedOnce, x.Resumed, x.Reused, x.Ledger, x.Orphans, $"{x.Seconds:0}", x.Verdict,
            ]));
        foreach (var outcome in outcomes)
        {
            if (outcome.Skipped is { } reason) Console.WriteLine($"{outcome.Scenario} was skipped: {reason}.");
        }
    }
}
