using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Octavia.Api.Accounts;
using Octavia.Api.Credits;
using Octavia.Api.Operations;
using Octavia.Jobs;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Telemetry;

namespace Octavia.Api.Admin;

/// <summary>What admins do to the accounts of others: credits, plans, roles. They see no jobs and no files.</summary>
static partial class AdminApi
{
    // A hundred years of media: more is a slip of the finger, and sums stay far from their end.
    const long MostSeconds = 3_000_000_000;
    const int LongestNote = 200;
    const int PageSize = 50;

    public static void MapAdmin(this RouteGroupBuilder api)
    {
        var users = api.MapGroup("/admin/users").WithTags("Admin").RequireAuthorization(AccountsApi.AdminPolicy).ProducesProblem(403);
        users.MapGet("", ListAsync).WithName("admin_users");
        users.MapPatch("/{id:guid}", ChangeAsync).WithName("admin_user_change");
        users.MapPost("/{id:guid}/grants", GrantAsync).WithName("admin_grant").WithIdempotency<GrantRequest>();
    }

    static async Task<Ok<UserPage>> ListAsync(OctaviaDbContext db, CancellationToken ct, string? email = null, int page = 1)
    {
        if (page is < 1 or > 1_000_000) throw Refusal.Invalid("users.page_invalid", "Pages are counted from 1.");
        var part = (email ?? "").Trim().ToUpperInvariant();
        if (part.Any(char.IsControl)) throw Refusal.Invalid("account.email_invalid", "No e-mail address has such characters in it.");
        var users = db.Users.AsNoTracking().Where(x => x.NormalizedEmail!.Contains(part));
        var total = await users.CountAsync(ct);
        var items = await users.OrderBy(x => x.NormalizedEmail).Skip((page - 1) * PageSize).Take(PageSize).ToListAsync(ct);
        var ids = items.ConvertAll(x => x.Id);
        var balances = await db.Credits.IgnoreQueryFilters().Where(x => ids.Contains(x.UserId))
            .GroupBy(x => x.UserId).Select(x => new { x.Key, Seconds = x.Sum(e => e.Seconds) }).ToDictionaryAsync(x => x.Key, x => x.Seconds, ct);
        return TypedResults.Ok(new UserPage(items.ConvertAll(x => Response(x, balances.GetValueOrDefault(x.Id))), total, page, PageSize));
    }

    static async Task<Ok<UserResponse>> ChangeAsync(
        Guid id, ChangeUserRequest request, ClaimsPrincipal caller, OctaviaDbContext db, ILoggerFactory loggers, CancellationToken ct)
    {
        var plan = Parse<Plan>(request.Plan, "user.plan_unknown", "The plan is unknown; use free or paid.");
        var role = Parse<UserRole>(request.Role, "user.role_unknown", "The role is unknown; use user or admin.");
        // The last admin cannot lock the house from outside.
        if (role == UserRole.User && id == caller.Id())
            throw Refusal.Invalid("user.own_role", "Nobody takes the role of an admin from themselves; ask another admin.");
        if (!await db.ChangeUserAsync(id, role, plan, ct)) throw NotFound();
        var user = await db.Users.AsNoTracking().SingleOrDefaultAsync(x => x.Id == id, ct) ?? throw NotFound();
        LogChanged(loggers.CreateLogger(typeof(AdminApi)), caller.Id(), id, user.Plan, user.Role);
        return TypedResults.Ok(Response(user, await db.BalanceAsync(id, ct)));
    }

    static async Task<Created<LedgerEntry>> GrantAsync(
        Guid id, GrantRequest request, ClaimsPrincipal caller, OctaviaDbContext db, Idempotency idempotency, ILoggerFactory loggers, CancellationToken ct)
    {
        if (request.Seconds is 0 or > MostSeconds or < -MostSeconds)
            throw Refusal.Invalid("credits.grant_invalid", $"A grant is of 1 to {MostSeconds} seconds; a negative one takes back what was too much.");
        var note = request.Note?.Trim();
        if (note is not null && (note.Length > LongestNote || note.Any(char.IsControl)))
            throw Refusal.Invalid("credits.note_invalid", $"A note is one line of {LongestNote} characters at most.");
        var entry = await db.GrantAsync(id, request.Seconds, caller.Id(), string.IsNullOrEmpty(note) ? null : note, idempotency.Work, ct) switch
        {
            { Entry: { } made } => made,
            { HasUser: false } => throw NotFound(),
            _ => throw new Refusal(409, "credits.insufficient", "There is less left than this would take; take back less."),
        };
        LogGranted(loggers.CreateLogger(typeof(AdminApi)), caller.Id(), id, request.Seconds);
        return TypedResults.Created((string?)null, CreditsApi.Response(entry));
    }

    static T? Parse<T>(string? text, string code, string message) where T : struct, Enum => text switch
    {
        null => null,
        _ when Enum.GetValues<T>().Where(x => OctaviaTelemetry.Wire(x) == text).ToList() is [var value] => value,
        _ => throw Refusal.Invalid(code, message),
    };

    static UserResponse Response(OctaviaUser user, long balance) =>
        new(user.Id, user.Email!, OctaviaTelemetry.Wire(user.Role), OctaviaTelemetry.Wire(user.Plan), balance, user.CreatedAt);

    static Refusal NotFound() => Refusal.NotFound("user.not_found", "There is no such user.");

    [LoggerMessage(LogLevel.Information, "Admin {Admin} set user {User} to plan {Plan}, role {Role}")]
    static partial void LogChanged(ILogger logger, Guid admin, Guid user, Plan plan, UserRole role);

    [LoggerMessage(LogLevel.Information, "Admin {Admin} granted user {User} {Seconds} s")]
    static partial void LogGranted(ILogger logger, Guid admin, Guid user, long seconds);
}
