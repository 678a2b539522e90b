using Octavia.Dubbing;
using Spectre.Console;

namespace Octavia.Cli;

/// <summary>Shows how far a run is: a bar on a terminal, a line per step elsewhere, nothing when asked to be quiet.</summary>
abstract class ProgressDisplay : IProgress<DubbingProgress>, IAsyncDisposable
{
    /// <summary>A display for the console as it is.</summary>
    public static ProgressDisplay Create(bool quiet, string name) =>
        quiet ? new Quiet() : Console.IsOutputRedirected ? new Plain(name) : new Live(name);

    /// <inheritdoc />
    public abstract void Report(DubbingProgress value);

    /// <summary>Closes the display with the outcome.</summary>
    public virtual Task EndAsync(Outcome outcome)
    {
        if (outcome.Failure is { } failure) Console.Error.WriteLine($"{Path.GetFileName(outcome.Input)}: {failure.Message}");
        if (outcome.Result is not { } result) return Task.CompletedTask;
        var versions = result.Report.Versions;
        var spoken = versions.Select(version => $"{(versions.Count == 1 ? "" : version.Language + ": ")}{version.Lines.Placed} of {version.Lines.Total} lines spoken");
        Console.WriteLine($"{result.Main.Path} ({result.Report.ElapsedSeconds:0.0} s, {string.Join(", ", spoken)})");
        foreach (var version in versions)
            foreach (var flag in version.Lines.Flags) Console.WriteLine($"  {(versions.Count == 1 ? "" : version.Language + " ")}line {flag}");
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;

    sealed class Quiet : ProgressDisplay
    {
        public override void Report(DubbingProgress value)
        {
        }

        public override Task EndAsync(Outcome outcome) => Task.CompletedTask;
    }

    sealed class Plain(string name) : ProgressDisplay
    {
        double _next;

        public override void Report(DubbingProgress value)
        {
            if (value.Percentage < _next) return;
            _next = Math.Floor(value.Percentage / 5) * 5 + 5;
            Console.WriteLine($"{name}: {value.Percentage,3:0} % {value.Phase.ToString().ToLowerInvariant()}: {value.Step}");
        }
    }

    sealed class Live : ProgressDisplay
    {
        readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        readonly Task _shown;
        ProgressTask? _bar;

        public Live(string name) => _shown = AnsiConsole.Progress()
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(async context =>
            {
                _bar = context.AddTask(Markup.Escape(name));
                await _end.Task;
            });

        public override void Report(DubbingProgress value)
        {
            if (_bar is not { } bar) return;
            bar.Value = value.Percentage;
            bar.Description = Markup.Escape(value.Step);
        }

        public override async Task EndAsync(Outcome outcome)
        {
            _end.TrySetResult();
            await _shown;
            await base.EndAsync(outcome);
        }

        public override async ValueTask DisposeAsync()
        {
            _end.TrySetResult();
            await _shown;
            await base.DisposeAsync();
        }
    }
}
