namespace Octavia.Jobs.Queue;

public static class JobQueries
{
    /// <summary>The jobs without their glossaries, which are as long as all else of a list of them and are read by workers alone.</summary>
    public static IQueryable<Job> WithoutGlossary(this IQueryable<Job> jobs) => jobs.Select(x => new Job
    {
        Id = x.Id,
        UserId = x.UserId,
        JobType = x.JobType,
        Status = x.Status,
        Phase = x.Phase,
        ProgressPercentage = x.ProgressPercentage,
        CurrentStep = x.CurrentStep,
        InputFile = x.InputFile,
        OutputFile = x.OutputFile,
        ErrorCode = x.ErrorCode,
        ErrorMessage = x.ErrorMessage,
        JobMetadata = x.JobMetadata,
        Attempt = x.Attempt,
        Tries = x.Tries,
        HoldId = x.HoldId,
        Lane = x.Lane,
        Revision = x.Revision,
        TraceParent = x.TraceParent,
        CreatedAt = x.CreatedAt,
        QueuedAt = x.QueuedAt,
        StartedAt = x.StartedAt,
        CompletedAt = x.CompletedAt,
    });
}
