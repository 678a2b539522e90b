using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Octavia.Api.Accounts;
using Octavia.Api.Operations;
using Octavia.Jobs;
using Octavia.Jobs.Client;
using Octavia.Jobs.Files;
using Octavia.Jobs.Queue;

namespace Octavia.Api.Jobs;

static class JobsApi
{
    const int LongestPreview = 60;

    public static void AddJobs(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<JobQueue>();
        builder.Services.AddScoped<JobRemoval>();
        builder.Services.AddScoped<JobFactory>();
        builder.Services.AddScoped<LanguageCheck>();
        builder.Services.AddScoped<CapabilityCheck>();
    }

    public static void MapJobs(this RouteGroupBuilder api)
    {
        var jobs = api.MapGroup("/jobs").WithTags("Jobs");
        Create("video-translate", JobType.VideoTranslate);
        Create("transcribe", JobType.Transcribe);
        Create("translate", JobType.Translate);
        Create("synthesize", JobType.Synthesize);
        jobs.MapGet("", ListAsync).WithName("jobs");
        jobs.MapGet("/{id:guid}", GetAsync).WithName("job");
        jobs.MapGet("/{id:guid}/stream", JobEventsApi.FollowAsync).WithName("job_stream").WithMetadata(new TakesLink(Bearer: true));
        jobs.MapPost("/{id:guid}/link", LinkAsync).WithName("job_link");
        jobs.MapPost("/{id:guid}/quote", JobQuotes.QuoteAsync).WithName("job_quote");
        jobs.MapPost("/{id:guid}/process", ProcessAsync).WithName("job_process").ProducesProblem(402).WithIdempotency<NoBody>();
        jobs.MapPost("/{id:guid}/preview", PreviewAsync).WithName("job_preview").ProducesProblem(402).WithIdempotency<PreviewRequest>();
        jobs.MapPost("/{id:guid}/cancel", CancelAsync).WithName("job_cancel");
        jobs.MapDelete("/{id:guid}", DeleteAsync).WithName("job_delete");
        api.MapGet("/languages", LanguagesAsync).WithName("languages").WithTags("Jobs");
        api.MapGet("/capabilities", CapabilitiesAsync).WithName("capabilities").WithTags("Jobs");

        void Create(string kind, JobType type) => jobs
            .MapPost($"/{kind}/create", (CreateJobRequest request, ClaimsPrincipal user, JobFactory factory, CancellationToken ct) =>
                CreateAsync(type, request, user, factory, ct))
            .WithName($"create_{kind.Replace('-', '_')}")
            .RequireRateLimiting(RateLimits.Creates).ProducesProblem(429).WithIdempotency<CreateJobRequest>();
    }

    sealed record NoBody;

    static async Task<Created<JobResponse>> CreateAsync(
        JobType type, CreateJobRequest request, ClaimsPrincipal user, JobFactory factory, CancellationToken ct)
    {
        var job = await factory.CreateAsync(type, request, user.Id(), ct);
        return TypedResults.Created($"/api/v1/jobs/{job.Id}", job.ToResponse());
    }

    static async Task<Ok<JobPage>> ListAsync(
        OctaviaDbContext db, CancellationToken ct, int page = 1, [FromQuery(Name = "page_size")] int pageSize = 20)
    {
        CheckPage(page, pageSize);
        var total = await db.Jobs.CountAsync(ct);
        var items = await db.Jobs.AsNoTracking().OrderByDescending(x => x.CreatedAt).ThenBy(x => x.Id)
            .Skip((page - 1) * pageSize).Take(pageSize).WithoutGlossary().ToListAsync(ct);
        return TypedResults.Ok(new JobPage([.. items.Select(x => x.ToResponse())], total, page, pageSize));
    }

    public static void CheckPage(int page, int pageSize)
    {
        if (page is < 1 or > 1_000_000 || pageSize is < 1 or > 100)
            throw Refusal.Invalid("jobs.page_invalid", "Pages are counted from 1, and page_size is from 1 to 100.");
    }

    static async Task<Ok<JobResponse>> GetAsync(Guid id, OctaviaDbContext db, CancellationToken ct) =>
        TypedResults.Ok((await FindAsync(db, id, ct)).ToResponse());

    static async Task<Ok<LinkResponse>> LinkAsync(Guid id, ClaimsPrincipal user, OctaviaDbContext db, Tokens tokens, CancellationToken ct) =>
        TypedResults.Ok(tokens.Link(user, await FindAsync(db, id, ct)));

    static async Task<Accepted<JobResponse>> ProcessAsync(Guid id, OctaviaDbContext db, JobQueue queue, CancellationToken ct)
    {
        var job = await FindAsync(db, id, ct);
        return await QueuedAsync(await queue.EnqueueAsync(job, ct), job, job.JobMetadata.MediaSeconds, "only a pending or failed job can be queued", db, ct);
    }

    static async Task<Accepted<JobResponse>> PreviewAsync(Guid id, PreviewRequest request, OctaviaDbContext db, JobQueue queue, CancellationToken ct)
    {
        var job = await FindAsync(db, id, ct);
        if (job.JobType != JobType.VideoTranslate)
            throw Refusal.Invalid("preview.not_a_dub", "Only a video that is to be dubbed has a preview; start this job as it is.");
        if (!(request is { Start: >= 0, Seconds: >= 1 and <= LongestPreview } && request.Start <= job.JobMetadata.MediaSeconds - 1))
            throw Refusal.Invalid("preview.part_invalid", $"A preview begins inside of the media and lasts 1 to {LongestPreview} seconds; give such a start and seconds.");
        return await QueuedAsync(await queue.EnqueuePreviewAsync(job, request, ct), job, request.Seconds, "only a pending job has a preview", db, ct);
    }

    static async Task<Accepted<JobResponse>> QueuedAsync(QueueOutcome outcome, Job job, double seconds, string rule, OctaviaDbContext db, CancellationToken ct)
    {
        var id = job.Id;
        if (outcome == QueueOutcome.WrongStatus) throw await WrongStatusAsync(db, id, rule, ct);
        if (Refused(outcome, job, seconds) is { } refusal) throw refusal;
        return TypedResults.Accepted($"/api/v1/jobs/{id}", (await FindAsync(db, id, ct)).ToResponse());
    }

    /// <summary>Why a job was not queued that could have been; null where it was, or could not.</summary>
    public static Refusal? Refused(QueueOutcome outcome, Job job, double seconds) => outcome switch
    {
        QueueOutcome.NoCredits => new Refusal(402, "credits.insufficient", NoCredits(job, seconds)),
        QueueOutcome.NoMinutes => new Refusal(
            402, "plan.minutes_used", "Your plan's minutes of this month do not last for this job; choose something shorter, wait for the next month or ask for another plan."),
        QueueOutcome.TooManyJobs => new Refusal(
            409, "plan.jobs_at_once", "Your plan lets no more jobs wait and run at once; start this one when another is over, or ask for another plan."),
        _ => null,
    };

    static async Task<Ok<JobResponse>> CancelAsync(Guid id, OctaviaDbContext db, JobQueue queue, CancellationToken ct)
    {
        await FindAsync(db, id, ct);
        if (!await queue.CancelAsync(id, ct)) throw await WrongStatusAsync(db, id, "there is nothing left to cancel", ct);
        return TypedResults.Ok((await FindAsync(db, id, ct)).ToResponse());
    }

    static async Task<NoContent> DeleteAsync(Guid id, OctaviaDbContext db, JobRemoval removal, CancellationToken ct)
    {
        await removal.RemoveAsync(await FindAsync(db, id, ct));
        return TypedResults.NoContent();
    }

    static async Task<Ok<LanguagesResponse>> LanguagesAsync(LanguageCheck languages) => TypedResults.Ok(await languages.ListAsync());

    static async Task<Ok<CapabilitiesResponse>> CapabilitiesAsync(CapabilityCheck capabilities) => TypedResults.Ok(await capabilities.DescribeAsync());

    public static async Task<Job> FindAsync(OctaviaDbContext db, Guid id, CancellationToken ct) =>
        await db.Jobs.AsNoTracking().Where(x => x.Id == id).WithoutGlossary().SingleOrDefaultAsync(ct)
        ?? throw Refusal.NotFound("job.not_found", "There is no such job.");

    static async Task<Refusal> WrongStatusAsync(OctaviaDbContext db, Guid id, string rule, CancellationToken ct) =>
        Refusal.Invalid("job.wrong_status", $"This job is {(await FindAsync(db, id, ct)).Status.ToString().ToLowerInvariant()}; {rule}.");

    static string NoCredits(Job job, double seconds) =>
        $"Your credits are not enough: this takes {Math.Ceiling(job.JobMetadata.CostOf(seconds) / 60.0)} minutes. Choose something shorter or ask for more credits.";
}
