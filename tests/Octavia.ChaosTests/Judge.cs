using System.Globalization;
using System.Text.Json;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Queue;

namespace Octavia.ChaosTests;

/// <summary>Looks at what jobs have left behind once they are over.</summary>
sealed class Judge(ChaosSystem system)
{
    const int Workers = 2;
    // A slow machine may take as much longer as two whole jobs take it: one that the worker that is left has just begun, and the start of a new worker.
    static readonly TimeSpan MostToResume = TimeSpan.FromSeconds(30);
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);
    readonly List<string> wrong = [];
    readonly List<double> resumed = [];
    readonly List<string> reused = [];

    /// <summary>Waits for the end of all jobs and looks at them.</summary>
    /// <param name="scenario">For the table.</param>
    /// <param name="killed">For the table.</param>
    /// <param name="jobs">All jobs of the scenario.</param>
    /// <param name="expected">How they are to end.</param>
    /// <param name="eventsMayBeLost">Whether the server of the events was away, so that the one that ends a job may not have been heard.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<Outcome> JudgeAsync(
        string scenario, string killed, IReadOnlyList<JobWatch> jobs, Func<Job, bool> expected, bool eventsMayBeLost, CancellationToken ct)
    {
        var rows = new List<Job>();
        foreach (var job in jobs) rows.Add(await job.EndAsync(ct));
        await SettleAsync(ct);
        var once = 0;
        var closed = 0;
        var longest = jobs.Zip(rows).Max(x => x.Second.StartedAt is { } began ? (x.Second.CompletedAt!.Value - began).TotalSeconds / (x.First.Faults.Count + 1) : 0);
        foreach (var (job, row) in jobs.Zip(rows))
        {
            if (!expected(row)) wrong.Add($"Job {row.Id} is {row.Status}: {row.ErrorCode} {row.ErrorMessage}");
            if (EndedOnce(job, eventsMayBeLost)) once++;
            if (await IsClosedAsync(row)) closed++;
            Progresses(job);
            foreach (var fault in job.Faults) Resumed(job, row, fault, longest);
            foreach (var fault in job.Faults) Overtaken(job, fault, jobs);
            if (row.Status == JobStatus.Completed) await ReusedAsync(job, ct);
        }
        foreach (var own in jobs.Zip(rows).GroupBy(x => x.First.User, x => x.Second)) await BalanceAsync(own.Key, [.. own], ct);
        var orphans = await system.OrphansAsync(ct);
        wrong.AddRange(orphans.Select(blob => $"The blob {blob} belongs to no row."));
        wrong.AddRange(system.Leftovers().Select(folder => $"The temp folder {folder} was left."));
        return new Outcome(scenario, killed, jobs.Count)
        {
            EndedOnce = $"{once} of {jobs.Count}",
            Resumed = resumed.Count == 0 ? "-" : string.Join(", ", resumed.Order().Select(x => x.ToString("0.0", CultureInfo.InvariantCulture))),
            Reused = reused.Count == 0 ? "-" : string.Join(", ", reused),
            Ledger = $"{closed} of {jobs.Count}",
            Orphans = $"{orphans.Count}",
            Wrong = wrong,
        };
    }

    // The last event may be on its way, and a worker tidies up after it.
    async Task SettleAsync(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Grace);
        try
        {
            await Task.Delay(1000, limit.Token);
            while (system.Leftovers().Count > 0) await Task.Delay(200, limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return;
        }
    }

    bool EndedOnce(JobWatch job, bool eventsMayBeLost)
    {
        var ends = job.Seen.Count(x => x.Event.Status.IsOver());
        if (ends == 1 || (ends == 0 && eventsMayBeLost)) return true;
        wrong.Add($"Job {job.Job.Id} ended {ends} times.");
        return false;
    }

    async Task<bool> IsClosedAsync(Job row)
    {
        var entries = await system.LedgerAsync(row.Id);
        var end = row.Status == JobStatus.Completed ? CreditKind.Settle : CreditKind.Refund;
        var kept = -entries.Sum(x => x.Seconds);
        var isRight = entries.Select(x => x.Kind).SequenceEqual([CreditKind.Hold, end])
            && (end == CreditKind.Refund ? kept == 0 : kept >= 0 && kept <= -entries[0].Seconds);
        if (!isRight) wrong.Add($"Job {row.Id}, {row.Status}, has the entries {string.Join(", ", entries)}.");
        return isRight;
    }

    // Each user is new, and has no other jobs.
    async Task BalanceAsync(OctaviaClient user, IReadOnlyList<Job> jobs, CancellationToken ct)
    {
        var cost = jobs.Where(x => x.Status == JobStatus.Completed).Sum(x =>
            Math.Min(x.JobMetadata.CostOf(x.JobMetadata.MediaSeconds), x.JobMetadata.Figures?.CreditSeconds ?? long.MaxValue));
        var balance = (await user.CreditsAsync(ct)).BalanceSeconds;
        if (balance != ChaosSystem.GrantSeconds - cost) wrong.Add($"The balance of a user is {balance} s after jobs of {cost} s.");
    }

    void Progresses(JobWatch job)
    {
        var last = 0.0;
        foreach (var e in job.Seen.Select(x => x.Event).Where(x => x.Status == JobStatus.Processing))
        {
            if (e.ProgressPercentage < last) wrong.Add($"Job {job.Job.Id} went back from {last} % to {e.ProgressPercentage} %.");
            last = Math.Max(last, e.ProgressPercentage);
        }
    }

    void Resumed(JobWatch job, Job row, Fault fault, double longest)
    {
        if (job.ResumedAfter(fault) is not { } seconds) return;
        resumed.Add(seconds);
        if (seconds > MostToResume.TotalSeconds + 2 * longest) wrong.Add($"Job {row.Id} went on {seconds:0.0} s after it could ({fault.What}).");
    }

    // Each worker may have begun one in the moment before.
    void Overtaken(JobWatch job, Fault fault, IReadOnlyList<JobWatch> jobs)
    {
        if (job.TakenUpAt(fault) is not { } taken) return;
        var others = jobs.Count(x => x != job && x.BegunAt > fault.Back && x.BegunAt < taken);
        if (others > Workers) wrong.Add($"{others} jobs that waited were begun before job {job.Job.Id}, which had lost its worker.");
    }

    /// <summary>The last run has spoken nothing again that was spoken and stored when the one before it ended.</summary>
    async Task ReusedAsync(JobWatch job, CancellationToken ct)
    {
        if (job.Job.JobType != JobType.VideoTranslate || job.Faults.Count == 0 || job.Seen.Max(x => x.Event.Attempt) == 1) return;
        using var response = await job.User.DownloadAsync(job.Job.Id, "report", ct);
        using var report = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(ct), cancellationToken: ct);
        var lines = report.RootElement.GetProperty("versions")[0].GetProperty("lines");
        var (placed, again) = (lines.GetProperty("placed").GetInt32(), lines.GetProperty("reused").GetInt32());
        var saved = job.Faults[^1].Takes;
        reused.Add($"{again} of {placed} ({saved} stored)");
        if (again < saved) wrong.Add($"Job {job.Job.Id} spoke {saved - again} of {saved} lines again that were stored.");
    }
}
