using System.Diagnostics;

namespace Octavia.Dubbing.Pipeline;

/// <summary>
/// Adds up the stages, which run side by side, to one percentage that never goes back. The phase told is the one in whose share the percentage
/// lies; the step says what was done last.
/// </summary>
/// <param name="target">Told; null for nobody.</param>
/// <param name="only">The one stage that fills the run; null for all four.</param>
sealed class RunProgress(IProgress<DubbingProgress>? target, Phase? only)
{
    static readonly Dictionary<Phase, double> Shares = new()
    {
        [Phase.Transcribing] = 30,
        [Phase.Translating] = 30,
        [Phase.Synthesizing] = 30,
        [Phase.Assembling] = 10,
    };

    readonly Lock _lock = new();
    readonly Dictionary<Phase, double> _done = [];
    readonly Dictionary<Phase, TimeSpan> _busy = [];
    double _told = -1;

    /// <summary>Busy time per stage so far.</summary>
    public IReadOnlyDictionary<string, double> StageSeconds
    {
        get
        {
            lock (_lock) return _busy.ToDictionary(stage => stage.Key.ToString().ToLowerInvariant(), stage => Math.Round(stage.Value.TotalSeconds, 3));
        }
    }

    /// <summary>Tells how much of a stage is done.</summary>
    /// <param name="phase">Stage.</param>
    /// <param name="share">0 to 1; less than before counts as before.</param>
    /// <param name="step">For people.</param>
    public void Report(Phase phase, double share, string step)
    {
        lock (_lock)
        {
            _done[phase] = Math.Max(_done.GetValueOrDefault(phase), Math.Clamp(share, 0, 1));
            var percentage = Math.Round(_done.Sum(stage => stage.Value * ShareOf(stage.Key)), 1);
            _told = Math.Max(_told, percentage);
            target?.Report(new DubbingProgress(PhaseAt(_told), _told, step));
        }
    }

    /// <inheritdoc cref="TimeAsync{T}" />
    public Task TimeAsync(Phase phase, Func<Task> work) => TimeAsync(phase, async () =>
    {
        await work();
        return true;
    });

    /// <summary>Runs work of a stage and counts its time.</summary>
    public async Task<T> TimeAsync<T>(Phase phase, Func<Task<T>> work)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            return await work();
        }
        finally
        {
            lock (_lock) _busy[phase] = _busy.GetValueOrDefault(phase) + watch.Elapsed;
        }
    }

    // A run of one stage counts that stage as everything but the writing.
    double ShareOf(Phase phase) => only is null || phase == Phase.Assembling ? Shares[phase] : phase == only ? 100 - Shares[Phase.Assembling] : 0;

    Phase PhaseAt(double percentage) => percentage switch
    {
        < 90 when only is { } single => single,
        < 30 => Phase.Transcribing,
        < 60 => Phase.Translating,
        < 90 => Phase.Synthesizing,
        _ => Phase.Assembling,
    };
}
