using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Octavia.Api.Operations;
using Octavia.Jobs;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Telemetry;

namespace Octavia.Api.Accounts;

/// <summary>What people do to their own account.</summary>
static class OwnAccountApi
{
    public static void MapOwnAccount(this RouteGroupBuilder api)
    {
        var account = api.MapGroup("/account").WithTags("Accounts");
        account.MapGet("", GetAsync).WithName("account");
        account.MapPost("/admin", ClaimAdminAsync).WithName("account_admin").RequireRateLimiting(RateLimits.OwnAttempts).ProducesProblem(403).ProducesProblem(429);
        // Not with a key: one that leaked makes no others, and locks nobody out.
        var own = account.MapGroup("").RequireAuthorization(AccountsApi.SessionPolicy).ProducesProblem(403);
        own.MapPost("/password", ChangePasswordAsync).WithName("account_password").RequireRateLimiting(RateLimits.OwnAttempts).ProducesProblem(429);
        own.MapDelete("", DeleteAsync).WithName("account_delete").RequireRateLimiting(RateLimits.OwnAttempts).ProducesProblem(429);
        own.MapPost("/keys", CreateKeyAsync).WithName("key_create").ProducesProblem(409);
        own.MapGet("/keys", ListKeysAsync).WithName("keys");
        own.MapDelete("/keys/{id:guid}", RevokeKeyAsync).WithName("key_revoke");
    }

    /// <summary>The first admin is whoever knows the code of the configuration: addresses are not verified, so a name proves nothing.</summary>
    static async Task<NoContent> ClaimAdminAsync(ClaimAdminRequest request, ClaimsPrincipal caller, OctaviaDbContext db, IOptions<AccountOptions> options, CancellationToken ct)
    {
        if (options.Value.AdminCode is not { } code || !Secret.Equal(code, request.Code ?? ""))
            throw new Refusal(403, "admin.code_wrong", "This is not the admin code of this service; its configuration has it as Accounts__AdminCode.");
        await db.ChangeUserAsync(caller.Id(), UserRole.Admin, null, ct);
        return TypedResults.NoContent();
    }

    static async Task<Ok<AccountResponse>> GetAsync(ClaimsPrincipal caller, OctaviaDbContext db, IOptions<PlanOptions> plans, CancellationToken ct)
    {
        var user = await db.Users.AsNoTracking().SingleAsync(x => x.Id == caller.Id(), ct);
        var limits = plans.Value.Of(user.Plan);
        return TypedResults.Ok(new AccountResponse
        {
            UserId = user.Id,
            Email = user.Email!,
            Role = OctaviaTelemetry.Wire(user.Role),
            Plan = OctaviaTelemetry.Wire(user.Plan),
            Limits = new(limits.JobsAtOnce, limits.MinutesAMonth, (long)limits.MaxFileMegabytes << 20, limits.RetentionDays),
            BalanceSeconds = await db.BalanceAsync(user.Id, ct),
            UsedSecondsThisMonth = await db.UsedThisMonthAsync(user.Id, ct),
            CreatedAt = user.CreatedAt,
        });
    }

    /// <summary>All sessions end, whoever has them; who changed the password goes on with the new one of the answer.</summary>
    static async Task<Ok<TokenResponse>> ChangePasswordAsync(
        ChangePasswordRequest request, ClaimsPrincipal caller, UserManager<OctaviaUser> users, Passwords passwords, Sessions sessions, CancellationToken ct)
    {
        var user = await passwords.CheckAsync(await users.FindByIdAsync(caller.Id().ToString()), request.CurrentPassword);
        var result = await users.ChangePasswordAsync(user, request.CurrentPassword, request.NewPassword ?? "");
        if (!result.Succeeded) throw AccountsApi.Refused(result);
        await sessions.EndAllAsync(user.Id, ct);
        return TypedResults.Ok(await sessions.OpenAsync(user, ct));
    }

    static async Task<NoContent> DeleteAsync(
        [FromBody] DeleteAccountRequest request, ClaimsPrincipal caller, UserManager<OctaviaUser> users, Passwords passwords, AccountRemoval removal)
    {
        var user = await passwords.CheckAsync(await users.FindByIdAsync(caller.Id().ToString()), request.Password);
        await removal.RemoveAsync(user.Id);
        return TypedResults.NoContent();
    }

    static async Task<Created<KeyResponse>> CreateKeyAsync(CreateKeyRequest request, ClaimsPrincipal caller, ApiKeys keys, CancellationToken ct) =>
        TypedResults.Created((string?)null, await keys.CreateAsync(caller.Id(), request.Name, ct));

    static async Task<Ok<IReadOnlyList<KeyResponse>>> ListKeysAsync(ApiKeys keys, CancellationToken ct) => TypedResults.Ok(await keys.ListAsync(ct));

    static async Task<NoContent> RevokeKeyAsync(Guid id, ApiKeys keys, CancellationToken ct)
    {
        await keys.RevokeAsync(id, ct);
        return TypedResults.NoContent();
    }
}
