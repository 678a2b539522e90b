using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Octavia.Api.Accounts;
using Octavia.Jobs;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;

namespace Octavia.Api.Credits;

static class CreditsApi
{
    public static void MapCredits(this RouteGroupBuilder api) =>
        api.MapGet("/credits", GetAsync).WithName("credits").WithTags("Credits");

    static async Task<Ok<CreditsResponse>> GetAsync(ClaimsPrincipal user, OctaviaDbContext db, CancellationToken ct) =>
        TypedResults.Ok(new CreditsResponse(await db.BalanceAsync(user.Id(), ct)));
}
