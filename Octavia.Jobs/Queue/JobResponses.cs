using Octavia.Jobs.Client;
using Octavia.Jobs.Progress;

namespace Octavia.Jobs.Queue;

public static class JobResponses
{
    public static JobResponse ToResponse(this Job job) => new()
    {
        Id = job.Id,
        UserId = job.UserId,
        JobType = job.JobType,
        Status = job.Status,
        Phase = job.Phase,
        ProgressPercentage = job.ProgressPercentage,
        CurrentStep = job.CurrentStep,
        Filename = job.JobMetadata.Filename,
        InputFile = job.InputFile,
        OutputFile = job.OutputFile,
        OutputContentType = job.JobMetadata.Outputs.FirstOrDefault(x => x.StoragePath == job.OutputFile)?.ContentType,
        ErrorCode = job.ErrorCode,
        ErrorMessage = job.ErrorMessage,
        SourceLanguage = job.JobMetadata.SourceLanguage,
        TargetLanguage = job.JobMetadata.TargetLanguage,
        TargetLanguages = job.JobMetadata.TargetLanguages,
        Artifacts = [.. job.JobMetadata.Outputs.Select(x => x.Kind).Distinct()],
        JobMetadata = job.JobMetadata,
        Attempt = job.Attempt,
        Revision = job.Revision,
        CreatedAt = job.CreatedAt,
        StartedAt = job.StartedAt,
        CompletedAt = job.CompletedAt,
    };

    /// <summary>The job as an event says it stands.</summary>
    public static JobResponse With(this JobResponse job, JobEvent e) => job with
    {
        Status = e.Status,
        Phase = e.Phase,
        ProgressPercentage = e.ProgressPercentage,
        CurrentStep = e.CurrentStep,
        Attempt = e.Attempt,
        Revision = e.Revision,
    };
}
