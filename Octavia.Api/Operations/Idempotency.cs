using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.EntityFrameworkCore;
using Microsoft.OpenApi;
using Octavia.Api.Accounts;
using Octavia.Jobs;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;

namespace Octavia.Api.Operations;

/// <summary>
/// Endpoints that take an <c>Idempotency-Key</c>: a request that is sent again with the same key is not done again but answered as the first time. What
/// was refused may be tried again with its key. Keys are kept for a day.
/// </summary>
/// <remarks>
/// The answer is kept after the work, in a transaction of its own. What dies in between leaves a key without an answer; whoever comes with it later takes
/// the work up under the same <see cref="Work"/>, and finds it done.
/// </remarks>
sealed class Idempotency(OctaviaDbContext db)
{
    const int LongestKey = 200;

    // Whoever has been at work for so long died on the way.
    static readonly TimeSpan LongestWork = TimeSpan.FromMinutes(2);

    /// <summary>The id that belongs to what this request makes, however often it is begun; null without a key.</summary>
    public Guid? Work { get; private set; }

    public async Task<object?> RunAsync<TBody>(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (http.Request.Headers[OctaviaClient.IdempotencyKey] is not [{ Length: > 0 } key]) return await next(context);
        if (key.Length > LongestKey || key.Any(c => c is < '!' or > '~'))
            throw Refusal.Invalid("idempotency.key_invalid", $"An Idempotency-Key is 1 to {LongestKey} letters, digits and signs without spaces; a UUID is one.");
        var userId = http.User.Id();
        var body = context.Arguments.OfType<TBody>().SingleOrDefault();
        var hash = Secret.Hash($"{http.Request.Method} {http.Request.Path}\n{JsonSerializer.Serialize(body, OctaviaClient.Json)}");
        if (!await BeginAsync(userId, key, hash)) return await AnswerAgainAsync(key, hash, http);
        object? result;
        try
        {
            result = await next(context);
        }
        catch (Exception error) when (error is Refusal || !http.RequestAborted.IsCancellationRequested)
        {
            // Of a client that went away nobody knows whether the work was done; its key stays, and counts as dead after a while.
            await Mine(key).ExecuteDeleteAsync(CancellationToken.None);
            throw;
        }
        await KeepAsync(key, result);
        return result;
    }

    // The database decides who is first. Until there is an answer, the id of the work stands in place of its address.
    async Task<bool> BeginAsync(Guid userId, string key, string hash)
    {
        var now = DateTimeOffset.UtcNow;
        var (old, dead) = (now - IdempotentRequest.Kept, now - LongestWork);
        await db.IdempotentRequests.Where(x => x.CreatedAt < old).ExecuteDeleteAsync(CancellationToken.None);
        var begun = await db.Database.SqlQuery<string>(
            $"""
            INSERT INTO idempotent_requests AS known (user_id, key, request_hash, location, created_at) VALUES ({userId}, {key}, {hash}, {$"{Guid.CreateVersion7()}"}, {now})
            ON CONFLICT (user_id, key) DO UPDATE SET created_at = {now}, location = COALESCE(known.location, EXCLUDED.location)
                WHERE known.status IS NULL AND known.request_hash = {hash} AND known.created_at < {dead}
            RETURNING location
            """).ToListAsync(CancellationToken.None);
        if (begun is not [var work]) return false;
        Work = Guid.Parse(work);
        return true;
    }

    Task<int> KeepAsync(string key, object? result)
    {
        var status = (result as IStatusCodeHttpResult)?.StatusCode ?? StatusCodes.Status200OK;
        var value = (result as IValueHttpResult)?.Value;
        var json = JsonSerializer.Serialize(value, OctaviaClient.Json);
        // What was done is done, also when the client has gone.
        return Mine(key).ExecuteUpdateAsync(
            set => set.SetProperty(x => x.Status, status).SetProperty(x => x.Body, json).SetProperty(x => x.Location, LocationOf(result)),
            CancellationToken.None);
    }

    async Task<IResult> AnswerAgainAsync(string key, string hash, HttpContext http)
    {
        var first = await Mine(key).AsNoTracking().SingleOrDefaultAsync(http.RequestAborted);
        if (first is { } && first.RequestHash != hash)
            throw new Refusal(422, "idempotency.key_reused", "This Idempotency-Key was sent with another request before; take a new one.");
        if (first?.Status is not { } status)
            throw new Refusal(409, "idempotency.in_progress", "The first request with this Idempotency-Key is still at work; send it again in a moment.")
            {
                RetryAfter = TimeSpan.FromSeconds(1),
            };
        http.Response.Headers["Idempotency-Replayed"] = "true";
        if (first.Location is { } location) http.Response.Headers.Location = location;
        return TypedResults.Text(first.Body, "application/json", statusCode: status);
    }

    IQueryable<IdempotentRequest> Mine(string key) => db.IdempotentRequests.Where(x => x.Key == key);

    static string? LocationOf(object? result) => result switch
    {
        Created<JobResponse> created => created.Location,
        Accepted<JobResponse> accepted => accepted.Location,
        Created<BatchResponse> created => created.Location,
        _ => null,
    };
}

static class IdempotencyExtensions
{
    /// <typeparam name="TBody">The request's body, part of what the key stands for.</typeparam>
    public static RouteHandlerBuilder WithIdempotency<TBody>(this RouteHandlerBuilder endpoint) => endpoint
        .AddEndpointFilter((context, next) =>
            new ValueTask<object?>(context.HttpContext.RequestServices.GetRequiredService<Idempotency>().RunAsync<TBody>(context, next)))
        .ProducesProblem(409).ProducesProblem(422)
        .AddOpenApiOperationTransformer((operation, _, _) =>
        {
            (operation.Parameters ??= []).Add(new OpenApiParameter
            {
                Name = OctaviaClient.IdempotencyKey,
                In = ParameterLocation.Header,
                Description = "Of this one wish: sent again with it, the request is answered as the first time and not done again.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = 200 },
            });
            return Task.CompletedTask;
        });
}
