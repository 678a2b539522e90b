using System.Diagnostics;

namespace Octavia.Dubbing.Pipeline;

/// <summary>
/// Adds up the stages, which run side by side, to one percentage that never goes back. The phase told is the one in whose share the percentage
/// lies; the step says what was done last. Where a run makes several versions, a stage that each of them has is as far as they are in the mean.
/// </summary>
sealed class RunProgress
{
    static readonly Dictionary<Phase, double> Shares = new()
    {
        [Phase.Transcribing] = 30,
        [Phase.Translating] = 30,
        [Phase.Synthesizing] = 30,
        [Phase.Assembling] = 10,
    };

    readonly Run _run;
    readonly Dictionary<Phase, double> _done = [];
    readonly string _name = "";

    /// <summary>The progress of a whole run.</summary>
    /// <param name="target">Told; null for nobody.</param>
    /// <param name="only">The one stage that fills the run; null for all four.</param>
    public RunProgress(IProgress<DubbingProgress>? target, Phase? only) => _run = new Run(this, target, only);

    RunProgress(Run run, string name) => (_run, _name) = (run, name);

    /// <summary>Busy time per stage so far, by the phase's name in lower case, or the name that it was timed by.</summary>
    public IReadOnlyDictionary<string, double> StageSeconds
    {
        get
        {
            lock (_run.Lock) return _run.Busy.ToDictionary(stage => stage.Key, stage => Math.Round(stage.Value.TotalSeconds, 3));
        }
    }

    /// <summary>The part of one version in this run's progress; all are made before the first tells anything.</summary>
    /// <param name="name">Put before its steps; empty where there is one version only.</param>
    public RunProgress ForVersion(string name)
    {
        var version = new RunProgress(_run, name.Length == 0 ? "" : name + ": ");
        lock (_run.Lock) _run.Versions.Add(version);
        return version;
    }

    /// <summary>Tells how much of a stage is done.</summary>
    /// <param name="phase">Stage.</param>
    /// <param name="share">0 to 1; less than before counts as before.</param>
    /// <param name="step">For people.</param>
    public void Report(Phase phase, double share, string step)
    {
        lock (_run.Lock)
        {
            _done[phase] = Math.Max(_done.GetValueOrDefault(phase), Math.Clamp(share, 0, 1));
            _run.Tell(_name + step);
        }
    }

    /// <summary>Runs work of a stage and counts its time.</summary>
    public Task TimeAsync(Phase phase, Func<Task> work) => TimeAsync(phase, async () =>
    {
        await work();
        return true;
    });

    /// <summary>Runs work of a stage and counts its time.</summary>
    public Task<T> TimeAsync<T>(Phase phase, Func<Task<T>> work) => TimeAsync(phase.ToString().ToLowerInvariant(), work);

    /// <summary>Runs work that only some runs do, and counts its time by itself.</summary>
    public async Task<T> TimeAsync<T>(string stage, Func<Task<T>> work)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            return await work();
        }
        finally
        {
            lock (_run.Lock) _run.Busy[stage] = _run.Busy.GetValueOrDefault(stage) + watch.Elapsed;
        }
    }

    /// <summary>What all versions of a run share.</summary>
    sealed class Run(RunProgress whole, IProgress<DubbingProgress>? target, Phase? only)
    {
        double _told = -1;

        public Lock Lock { get; } = new();

        public List<RunProgress> Versions { get; } = [];

        public Dictionary<string, TimeSpan> Busy { get; } = [];

        public void Tell(string step)
        {
            _told = Math.Max(_told, Math.Round(Shares.Keys.Sum(phase => DoneOf(phase) * ShareOf(phase)), 1));
            target?.Report(new DubbingProgress(PhaseAt(_told), _told, step));
        }

        double DoneOf(Phase phase)
        {
            var versions = Versions.Count == 0 ? 0 : Versions.Average(version => version._done.GetValueOrDefault(phase));
            return Math.Max(whole._done.GetValueOrDefault(phase), versions);
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
}
