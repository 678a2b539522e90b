using System.Diagnostics;
using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;

namespace Octavia.ChaosTests;

/// <summary>What a service holds in memory, as the kernel counts it: resident, in MB.</summary>
sealed class Memory(int pid)
{
    static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);
    // GCHeapCollect of the runtime's events: a session that asks for it begins with a collection of everything.
    const long Collect = 0x800000;

    public double Now
    {
        get
        {
            using var process = Process.GetProcessById(pid);
            return process.WorkingSet64 / (double)(1 << 20);
        }
    }

    /// <summary>The most until it is cancelled.</summary>
    public async Task<double> PeakAsync(CancellationToken until)
    {
        var most = 0.0;
        while (!until.IsCancellationRequested)
        {
            most = Math.Max(most, Now);
            await Task.Delay(Interval, CancellationToken.None);
        }
        return most;
    }

    /// <summary>What is left after collections of garbage, which also give pools the hint to let go.</summary>
    public async Task<double> AfterCollectionAsync(CancellationToken ct)
    {
        for (var i = 0; i < 4; i++)
        {
            using var session = await new DiagnosticsClient(pid).StartEventPipeSessionAsync(
                [new EventPipeProvider("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, Collect)], requestRundown: false, token: ct);
            var reading = session.EventStream.CopyToAsync(Stream.Null, ct);
            await Task.Delay(Settling, ct);
            await session.StopAsync(ct);
            await reading;
        }
        return Now;
    }
}
