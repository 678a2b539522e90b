using Microsoft.AspNetCore.Http.HttpResults;
using Octavia.Jobs;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Workers;

namespace Octavia.Api.Jobs;

/// <summary>What a job will take, before it is started.</summary>
static class JobQuotes
{
    // A worker that has to ask the model hub for a pair of languages takes its time; a person at a form has some.
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(6);

    public static async Task<Ok<QuoteResponse>> QuoteAsync(Guid id, OctaviaDbContext db, QuoteDesk desk, CancellationToken ct)
    {
        var job = await JobsApi.FindAsync(db, id, ct);
        var metadata = job.JobMetadata;
        var question = new QuoteQuestion(Guid.NewGuid(), job.JobType, metadata.SourceLanguage, metadata.TargetLanguages, metadata.Quality, metadata.MediaSeconds, metadata.ModelSize, metadata.BurnIn);
        return TypedResults.Ok(new QuoteResponse
        {
            MediaSeconds = metadata.MediaSeconds,
            CreditSeconds = Math.Max(1, metadata.CostOf(metadata.MediaSeconds)),
            BalanceSeconds = await db.BalanceAsync(job.UserId, ct),
            Work = await desk.AskAsync(question, Patience, ct),
        });
    }
}
