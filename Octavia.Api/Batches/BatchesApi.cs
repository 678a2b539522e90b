using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Octavia.Api.Accounts;
using Octavia.Api.Jobs;
using Octavia.Api.Operations;
using Octavia.Jobs;
using Octavia.Jobs.Batches;
using Octavia.Jobs.Client;
using Octavia.Jobs.Queue;

namespace Octavia.Api.Batches;

/// <summary>Many inputs in one request, one state of all, one zip of what came of them.</summary>
static class BatchesApi
{
    public static void AddBatches(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<BatchQueue>();
        builder.Services.AddScoped<BatchMaker>();
        builder.Services.AddScoped<BatchStep>();
        builder.Services.AddScoped<BatchRemoval>();
        builder.Services.AddHostedService<BatchFeeder>();
    }

    public static void MapBatches(this RouteGroupBuilder api)
    {
        var batches = api.MapGroup("/batches").WithTags("Batches");
        batches.MapPost("", CreateAsync).WithName("create_batch").RequireRateLimiting(RateLimits.Creates).ProducesProblem(429).WithIdempotency<CreateBatchRequest>();
        batches.MapGet("", ListAsync).WithName("batches");
        batches.MapGet("/{id:guid}", GetAsync).WithName("batch");
        batches.MapPost("/{id:guid}/cancel", CancelAsync).WithName("batch_cancel");
        batches.MapDelete("/{id:guid}", DeleteAsync).WithName("batch_delete");
        batches.MapGet("/{id:guid}/download", BatchZip.DownloadAsync).WithName("batch_download").ProducesProblem(409);
    }

    static async Task<Created<BatchResponse>> CreateAsync(
        CreateBatchRequest request, ClaimsPrincipal user, BatchMaker maker, OctaviaDbContext db, CancellationToken ct)
    {
        var batch = await maker.CreateAsync(request, user.Id(), ct);
        return TypedResults.Created($"/api/v1/batches/{batch.Id}", await DescribeAsync(db, batch, ct));
    }

    static async Task<Ok<BatchPage>> ListAsync(
        OctaviaDbContext db, CancellationToken ct, int page = 1, [FromQuery(Name = "page_size")] int pageSize = 20)
    {
        JobsApi.CheckPage(page, pageSize);
        var total = await db.Batches.CountAsync(ct);
        var rows = await db.Batches.AsNoTracking().OrderByDescending(x => x.CreatedAt).ThenBy(x => x.Id).Skip((page - 1) * pageSize).Take(pageSize)
            .Select(x => new { Batch = x, Items = x.Items.Select(item => new { item.State, Status = db.Jobs.Where(job => job.Id == item.Id).Select(job => (JobStatus?)job.Status).FirstOrDefault() }).ToList() })
            .ToListAsync(ct);
        return TypedResults.Ok(new BatchPage([.. rows.Select(row => new BatchSummary(
            row.Batch.Id, row.Batch.Name, row.Batch.JobType, row.Batch.CreatedAt, row.Items.Count,
            row.Items.Count(x => x.Status == JobStatus.Completed),
            row.Items.Count(x => x.State == BatchItemState.Failed || x.Status == JobStatus.Failed),
            row.Items.TrueForAll(x => x.State is BatchItemState.Failed or BatchItemState.Cancelled || (x.State == BatchItemState.Made && x.Status is null or JobStatus.Completed or JobStatus.Failed or JobStatus.Cancelled))))],
            total, page, pageSize));
    }

    static async Task<Ok<BatchResponse>> GetAsync(Guid id, OctaviaDbContext db, CancellationToken ct) =>
        TypedResults.Ok(await DescribeAsync(db, await FindAsync(db, id, ct), ct));

    static async Task<Ok<BatchResponse>> CancelAsync(Guid id, OctaviaDbContext db, BatchRemoval removal, CancellationToken ct)
    {
        var batch = await FindAsync(db, id, ct);
        await removal.CancelAsync(batch);
        return TypedResults.Ok(await DescribeAsync(db, batch, ct));
    }

    static async Task<NoContent> DeleteAsync(Guid id, OctaviaDbContext db, BatchRemoval removal, CancellationToken ct)
    {
        await removal.RemoveAsync(await FindAsync(db, id, ct));
        return TypedResults.NoContent();
    }

    public static async Task<Batch> FindAsync(OctaviaDbContext db, Guid id, CancellationToken ct) =>
        await db.Batches.AsNoTracking().SingleOrDefaultAsync(x => x.Id == id, ct) ?? throw Refusal.NotFound("batch.not_found", "There is no such batch.");

    static async Task<BatchResponse> DescribeAsync(OctaviaDbContext db, Batch batch, CancellationToken ct)
    {
        var items = await db.BatchItems.AsNoTracking().Where(x => x.BatchId == batch.Id).OrderBy(x => x.Position).ToListAsync(ct);
        var ids = items.ConvertAll(x => x.Id);
        var jobs = await db.Jobs.AsNoTracking().Where(x => ids.Contains(x.Id)).WithoutGlossary().ToDictionaryAsync(x => x.Id, ct);
        var imports = await db.Imports.AsNoTracking().Where(x => ids.Contains(x.Id)).ToDictionaryAsync(x => x.Id, ct);
        return new BatchResponse
        {
            Id = batch.Id,
            Name = batch.Name,
            JobType = batch.JobType,
            Start = batch.Starts,
            CreatedAt = batch.CreatedAt,
            Items = [.. items.Select(item => new BatchItemResponse
            {
                Id = item.Id,
                Name = item.Name,
                State = item.State,
                BytesReceived = item.State == BatchItemState.Fetching ? imports.GetValueOrDefault(item.Id)?.BytesReceived : null,
                BytesTotal = item.State == BatchItemState.Fetching ? imports.GetValueOrDefault(item.Id)?.BytesTotal : null,
                ErrorCode = item.ErrorCode,
                ErrorMessage = item.ErrorMessage,
                Job = jobs.GetValueOrDefault(item.Id)?.ToResponse(),
            })],
        };
    }
}
