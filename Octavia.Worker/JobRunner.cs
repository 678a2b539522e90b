using System.Diagnostics;
using Hangfire.Server;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Octavia.Dubbing;
using Octavia.Dubbing.Translation;
using Octavia.Jobs;
using Octavia.Jobs.Client;
using Octavia.Jobs.Files;
using Octavia.Jobs.Progress;
using Octavia.Jobs.Queue;
using Octavia.Jobs.Telemetry;

namespace Octavia.Worker;

/// <summary>Takes a job, runs the engine on it and ends it. Leaves the queue entry only when the job is over, or somebody else's.</summary>
sealed partial class JobRunner(
    IServiceScopeFactory scopes, JobEvents events, MediaStore media, Workspaces workspaces, Dubber dubber,
    IOptions<WorkerOptions> options, ILogger<JobRunner> logger) : IJobRunner
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    public async Task RunAsync(Guid jobId, Guid holdId, CancellationToken ct)
    {
        JobLease? lease = null;
        for (var failures = 0; ;)
        {
            try
            {
                var taken = await JobLease.TakeAsync(scopes, events, jobId, holdId, lease?.Job.Attempt, ct);
                if (taken is null)
                {
                    if (lease is not null) await LetGoAsync(lease.Job, ct);
                    return;
                }
                if (lease is null) OctaviaTelemetry.JobStarted(taken.Job);
                lease = taken;
                if (await RunAsync(lease, isLastTry: failures + 1 >= options.Value.MaxEngineTries, ct)) return;
                failures++;
                // There may be room, or memory, in a moment.
                await Task.Delay(Pause, ct);
            }
            catch (Exception e) when (e is not JobAbortedException && !ct.IsCancellationRequested)
            {
                // Hangfire's own retries would lose the lane, so the entry is kept until the database and the store are back.
                LogUnavailable(e, jobId);
                await Task.Delay(Pause, ct);
            }
        }
    }

    /// <summary>One attempt. Returns whether there is nothing left to do.</summary>
    async Task<bool> RunAsync(JobLease lease, bool isLastTry, CancellationToken stopping)
    {
        var job = lease.Job;
        using var activity = OctaviaTelemetry.Continue("job run", ActivityKind.Consumer, job.TraceParent);
        activity?.SetTag("octavia.job_id", job.Id).SetTag("octavia.attempt", job.Attempt);
        if (job.Tries > options.Value.MaxTries)
            return await FailAsync(lease, "job.workers_lost", "The workers of this job were lost again and again; try a shorter file, or tell who runs this service.", stopping);
        LogTaken(job.Id, job.JobType, job.Attempt);
        await using var watch = new LeaseWatch(lease, events, activity, logger, stopping);
        try
        {
            await DubAsync(lease, watch, stopping);
        }
        catch (Exception) when (watch.IsLost)
        {
            await LetGoAsync(job, stopping);
        }
        catch (DubbingException e)
        {
            LogRefused(e, job.Id, job.Attempt, e.Failure.Code);
            return (isLastTry || !Outage.MayPass(e.Failure)) && await FailAsync(lease, e.Failure.Code, e.Failure.Message, stopping);
        }
        catch (Exception e) when (e is not JobAbortedException && !Outage.IsOne(e) && !stopping.IsCancellationRequested)
        {
            LogBroken(e, job.Id, job.Attempt);
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            var (code, message) = Outage.IsFull(e)
                ? (DubbingException.DiskFull, "The disk of this service is full; try again later, the credits of this job are returned.")
                : ("engine.failure", "Something broke while this was processed; try again, or tell who runs this service.");
            return isLastTry && await FailAsync(lease, code, message, stopping);
        }
        return true;
    }

    async Task DubAsync(JobLease lease, LeaseWatch watch, CancellationToken stopping)
    {
        var job = lease.Job;
        using var workspace = workspaces.Open(job);
        await workspace.FetchAsync(watch.Token);
        await PaidLength.CheckAsync(job, workspace.Input, watch.Token);
        var clock = Stopwatch.StartNew();
        var result = await dubber.RunAsync(Request(job, workspace), watch, watch.Token);
        var seconds = result.Report.DurationSeconds > 0 ? result.Report.DurationSeconds : job.JobMetadata.MediaSeconds;
        if (!await EndAsync(lease, workspace, result, seconds, watch.Token))
        {
            await LetGoAsync(job, stopping);
            return;
        }
        OctaviaTelemetry.RunFinished(job.JobType, seconds, clock.Elapsed.TotalSeconds, result.Report.StageSeconds);
        if (!job.IsPreview) OctaviaTelemetry.JobFinished(job.JobType, JobStatus.Completed);
        LogCompleted(job.Id, clock.Elapsed.TotalSeconds, seconds);
    }

    static async Task<bool> EndAsync(JobLease lease, Workspace workspace, DubbingResult result, double seconds, CancellationToken ct)
    {
        var job = lease.Job;
        if (job.IsPreview) return await lease.CompletePreviewAsync(await workspace.SaveAsync(result.Main, JobOutput.Preview, ct), seconds, ct);
        var outputs = await workspace.SaveResultAsync(result, ct);
        var metadata = job.JobMetadata with
        {
            Outputs = [.. outputs, .. job.JobMetadata.Outputs.Where(x => x.Kind == JobOutput.Preview)],
            Figures = result.Report.Quote is { } outcome ? QuoteClerk.ToFigures(outcome, job.JobMetadata.CostOf(seconds)) : null,
            DetectedLanguage = job.JobMetadata.SourceLanguage == "auto" && result.Report.SourceLanguage.Length > 0 ? result.Report.SourceLanguage : null,
        };
        return await lease.CompleteAsync(workspace.PathOf(result.Main), metadata, seconds, ct);
    }

    /// <summary>What the engine is asked for.</summary>
    internal static DubbingRequest Request(Job job, Workspace workspace) => new()
    {
        Task = (DubbingTask)(int)job.JobType,
        Input = workspace.Input,
        OutputFolder = workspace.OutputFolder,
        WorkFolder = workspace.WorkFolder,
        Name = Path.GetFileNameWithoutExtension(job.JobMetadata.Filename),
        SourceLanguage = job.JobMetadata.SourceLanguage,
        TargetLanguages = job.JobMetadata.TargetLanguages,
        Quality = Enum.Parse<Quality>(job.JobMetadata.Quality, ignoreCase: true),
        ModelSize = job.JobMetadata.ModelSize,
        Voice = job.JobMetadata.Voice,
        Tone = Enum.Parse<Tone>(job.JobMetadata.Tone, ignoreCase: true),
        Glossary = new Glossary((job.Glossary ?? []).Select(term => new Dubbing.Translation.GlossaryTerm(term.Source, term.Target))),
        AudioTrack = job.JobMetadata.AudioTrack,
        Speakers = job.JobMetadata.Speakers,
        Bilingual = job.JobMetadata.Bilingual,
        BurnIn = job.JobMetadata.BurnIn,
        MatchVoices = job.JobMetadata.MatchVoices,
        CloneVoices = job.JobMetadata.CloneVoices,
        ConsentGiven = job.JobMetadata.Consent?.At,
        ConsentBy = job.JobMetadata.Consent?.By,
        Span = job is { IsPreview: true, JobMetadata.Preview: { } part } ? new(part.Start, part.Seconds) : null,
        Checkpoint = workspace.SaveWorkAsync,
    };

    async Task<bool> FailAsync(JobLease lease, string code, string message, CancellationToken ct)
    {
        if (!await lease.FailAsync(code, message, ct)) await LetGoAsync(lease.Job, ct);
        else if (!lease.Job.IsPreview) OctaviaTelemetry.JobFinished(lease.Job.JobType, JobStatus.Failed);
        return true;
    }

    /// <summary>Ends a run whose job was cancelled, deleted or taken. What it stored after the job was deleted under its hands goes too.</summary>
    /// <exception cref="JobAbortedException">Another worker took the job, and the queue entry with it.</exception>
    async Task LetGoAsync(Job job, CancellationToken ct)
    {
        LogLost(job.Id, job.Attempt);
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OctaviaDbContext>();
        var attempt = await db.Jobs.IgnoreQueryFilters().Where(x => x.Id == job.Id).Select(x => (int?)x.Attempt).SingleOrDefaultAsync(ct);
        // Ending well would let Hangfire, which fences nothing, call the entry done and stop the worker that has it now.
        if (attempt > job.Attempt) throw new JobAbortedException();
        if (attempt is not null) return;
        await media.DeleteFolderAsync(MediaStore.JobPath(job.Id), ct);
        events.Forget(job.Id);
    }

    [LoggerMessage(LogLevel.Information, "Job {JobId} ({JobType}) taken, attempt {Attempt}")]
    partial void LogTaken(Guid jobId, JobType jobType, int attempt);

    [LoggerMessage(LogLevel.Information, "Job {JobId} completed in {Seconds:0.0} s for {MediaSeconds:0.0} s of media")]
    partial void LogCompleted(Guid jobId, double seconds, double mediaSeconds);

    [LoggerMessage(LogLevel.Information, "Job {JobId} was cancelled or taken by another worker during attempt {Attempt}")]
    partial void LogLost(Guid jobId, int attempt);

    [LoggerMessage(LogLevel.Information, "Job {JobId} cannot be done in attempt {Attempt}: {Code}")]
    partial void LogRefused(Exception e, Guid jobId, int attempt, string code);

    [LoggerMessage(LogLevel.Error, "Job {JobId} broke in attempt {Attempt}")]
    partial void LogBroken(Exception e, Guid jobId, int attempt);

    [LoggerMessage(LogLevel.Warning, "Job {JobId} waits for the database or the store")]
    partial void LogUnavailable(Exception e, Guid jobId);
}
