using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Octavia.Api.Accounts;
using Octavia.Api.Operations;
using Octavia.Jobs;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Telemetry;

namespace Octavia.Api.Credits;

static class CreditsApi
{
    public static void MapCredits(this RouteGroupBuilder api)
    {
        var credits = api.MapGroup("/credits").WithTags("Credits");
        credits.MapGet("", GetAsync).WithName("credits");
        credits.MapGet("/entries", ListAsync).WithName("credit_entries");
    }

    static async Task<Ok<CreditsResponse>> GetAsync(ClaimsPrincipal user, OctaviaDbContext db, CancellationToken ct) =>
        TypedResults.Ok(new CreditsResponse(await db.BalanceAsync(user.Id(), ct)));

    static async Task<Ok<LedgerPage>> ListAsync(
        OctaviaDbContext db, CancellationToken ct, int page = 1, [FromQuery(Name = "page_size")] int pageSize = 20)
    {
        if (page is < 1 or > 1_000_000 || pageSize is < 1 or > 100)
            throw Refusal.Invalid("credits.page_invalid", "Pages are counted from 1, and page_size is from 1 to 100.");
        var total = await db.Credits.CountAsync(ct);
        var items = await db.Credits.AsNoTracking().OrderByDescending(x => x.CreatedAt).ThenBy(x => x.Id)
            .Skip((page - 1) * pageSize).Take(pageSize).ToListAsync(ct);
        return TypedResults.Ok(new LedgerPage(items.ConvertAll(Response), total, page, pageSize));
    }

    public static LedgerEntry Response(CreditEntry entry) =>
        new(entry.Id, OctaviaTelemetry.Wire(entry.Kind), entry.Seconds, entry.JobId, entry.Note, entry.CreatedAt);
}
