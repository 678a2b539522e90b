using System.Security.Claims;
using Hangfire;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Octavia.Api.Accounts;
using Octavia.Api.Operations;
using Octavia.Jobs;
using Octavia.Jobs.Client;
using Octavia.Jobs.Imports;
using Octavia.Jobs.Queue;
using Octavia.ServiceDefaults;

namespace Octavia.Api.Uploads;

/// <summary>Imports: begun, waited for or asked about, cancelled.</summary>
static class ImportsApi
{
    /// <summary>Imports that one process runs side by side; others wait for their turn.</summary>
    const int AtOnce = 16;

    static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    public static void AddImports(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<ImportQueue>();
        builder.Services.AddScoped<IImportRunner, ImportRunner>();
        builder.Services.AddHangfire((_, hangfire) => hangfire
            .UseStorage(HangfireQueue.Storage(builder.Configuration.GetConnectionString(ResourceNames.Database)!)));
        builder.Services.AddHangfireServer((_, server) =>
        {
            server.WorkerCount = AtOnce;
            server.Queues = [HangfireQueue.ImportLane];
        });
    }

    public static void MapImports(this RouteGroupBuilder uploads)
    {
        uploads.MapPost("/from-url", BeginAsync).WithName("import").RequireRateLimiting(RateLimits.Uploads).RequireRoom().ProducesProblem(409)
            .WithDescription("Answers when the file is there. With wait=false it answers at once, and GET /upload/imports/{id} tells how far it is.");
        uploads.MapGet("/imports/{id:guid}", GetAsync).WithName("import_state");
        uploads.MapDelete("/imports/{id:guid}", CancelAsync).WithName("import_cancel");
    }

    static async Task<Results<Created<UploadResponse>, Accepted<ImportResponse>>> BeginAsync(
        ImportRequest request, ClaimsPrincipal user, ImportQueue queue, OctaviaDbContext db, IOptions<UploadOptions> options,
        IHostApplicationLifetime lifetime, CancellationToken ct, bool wait = true)
    {
        var type = UploadIntake.ParseType(request.FileType);
        var address = Importer.Parse(request.Url);
        var most = options.Value.ImportsAtOnce;
        var import = await queue.EnqueueAsync(user.Id(), address.AbsoluteUri, type, most, ct)
            ?? throw new Refusal(409, "import.too_many", $"{most} of your imports wait and run already; begin this one when another is over.");
        if (!wait) return TypedResults.Accepted($"/api/v1/upload/imports/{import.Id}", await DescribeAsync(db, import.Id, ct));
        return TypedResults.Created((string?)null, await WaitAsync(db, import.Id, lifetime.ApplicationStopping, ct));
    }

    /// <summary>Cancels what is not over. A file that it became stays.</summary>
    static async Task<NoContent> CancelAsync(Guid id, OctaviaDbContext db, CancellationToken ct) =>
        await db.Imports.Where(x => x.Id == id).ExecuteDeleteAsync(ct) == 1 ? TypedResults.NoContent() : throw NotFound();

    static async Task<Ok<ImportResponse>> GetAsync(Guid id, OctaviaDbContext db, CancellationToken ct) =>
        TypedResults.Ok(await DescribeAsync(db, id, ct));

    static async Task<UploadResponse> WaitAsync(OctaviaDbContext db, Guid id, CancellationToken stopping, CancellationToken ct)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping, ct);
        try
        {
            while (true)
            {
                var import = await FindAsync(db, id, end.Token);
                if (import.Status == ImportStatus.Failed) throw new Refusal(import.ErrorStatus!.Value, import.ErrorCode!, import.ErrorMessage!);
                if (import.Status == ImportStatus.Completed) return await FileAsync(db, import, end.Token) ?? throw NotFound();
                await Task.Delay(Glance, end.Token);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Who does not wait any more does not want it.
            await db.Imports.Where(x => x.Id == id).ExecuteDeleteAsync(CancellationToken.None);
            throw;
        }
        catch (OperationCanceledException)
        {
            throw new Refusal(503, "import.interrupted", $"The service is being restarted, and the import goes on: ask for it at /api/v1/upload/imports/{id}.");
        }
    }

    static async Task<ImportResponse> DescribeAsync(OctaviaDbContext db, Guid id, CancellationToken ct)
    {
        var import = await FindAsync(db, id, ct);
        return new ImportResponse(
            id, import.Status, import.BytesReceived, import.BytesTotal, await FileAsync(db, import, ct), import.ErrorCode, import.ErrorMessage, import.CreatedAt);
    }

    static async Task<UploadResponse?> FileAsync(OctaviaDbContext db, Import import, CancellationToken ct) =>
        await db.Files.AsNoTracking().SingleOrDefaultAsync(x => x.Id == import.FileId, ct) is { } file ? UploadsApi.ToResponse(file) : null;

    static async Task<Import> FindAsync(OctaviaDbContext db, Guid id, CancellationToken ct) =>
        await db.Imports.AsNoTracking().SingleOrDefaultAsync(x => x.Id == id, ct) ?? throw NotFound();

    static Refusal NotFound() => Refusal.NotFound("import.not_found", "There is no such import; it may have been cancelled.");
}
