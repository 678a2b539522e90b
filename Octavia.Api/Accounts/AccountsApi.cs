using System.ComponentModel.DataAnnotations;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Octavia.Api.Operations;
using Octavia.Jobs;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Telemetry;

namespace Octavia.Api.Accounts;

static class AccountsApi
{
    /// <summary>For what only a person who logged in may do, and no key.</summary>
    public const string SessionPolicy = "session";

    public const string AdminPolicy = "admin";

    const string AnyScheme = "Any";

    public static void AddAccounts(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<JwtOptions>().BindConfiguration("Jwt").ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<AccountOptions>().BindConfiguration("Accounts").ValidateDataAnnotations().ValidateOnStart();
        services.AddIdentityCore<OctaviaUser>(options =>
        {
            options.User.RequireUniqueEmail = true;
            options.Password = new() { RequiredLength = 8, RequireDigit = false, RequireLowercase = false, RequireUppercase = false, RequireNonAlphanumeric = false };
            options.Lockout.MaxFailedAccessAttempts = 10;
        }).AddEntityFrameworkStores<OctaviaDbContext>();
        services.AddSingleton<Tokens>();
        services.AddSingleton<IConfigureOptions<JwtBearerOptions>, Tokens.Validation>();
        services.AddScoped<Sessions>();
        services.AddScoped<ApiKeys>();
        services.AddScoped<Callers>();
        services.AddScoped<Passwords>();
        services.AddScoped<AccountRemoval>();
        services.AddAuthentication(AnyScheme).AddJwtBearer()
            .AddScheme<AuthenticationSchemeOptions, ApiKeys.Scheme>(ApiKeys.Scheme.Name, null)
            .AddPolicyScheme(AnyScheme, null, any => any.ForwardDefaultSelector = context =>
                ApiKeys.Scheme.IsMeant(context) ? ApiKeys.Scheme.Name : JwtBearerDefaults.AuthenticationScheme);
        services.AddAuthorizationBuilder()
            .AddPolicy(SessionPolicy, policy => policy.RequireClaim(Tokens.SessionClaim))
            .AddPolicy(AdminPolicy, policy => policy.RequireClaim(Callers.RoleClaim, OctaviaTelemetry.Wire(UserRole.Admin)));
        // The web site asks for many people: the limit counts them, not the site.
        // Last of all: a host may have asked for headers of anybody (ASPNETCORE_FORWARDEDHEADERS_ENABLED), and then each request could name its own address.
        services.AddOptions<ForwardedHeadersOptions>().PostConfigure<IOptions<AccountOptions>>((forwarded, accounts) =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor;
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (var loopback in (string[])["127.0.0.0/8", "::1/128"]) forwarded.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(loopback));
            foreach (var network in accounts.Value.Proxies) forwarded.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(network));
        });
        services.AddRateLimits();
    }

    public static void MapAccounts(this RouteGroupBuilder api)
    {
        var auth = api.MapGroup("/auth").WithTags("Accounts");
        var open = auth.MapGroup("").AllowAnonymous();
        open.MapPost("/register", RegisterAsync).WithName("register").RequireRateLimiting(RateLimits.Attempts).ProducesProblem(409).ProducesProblem(429);
        open.MapPost("/login", LoginAsync).WithName("login").RequireRateLimiting(RateLimits.Attempts).ProducesProblem(429);
        // Not limited: the web site renews for all of its visitors from one address, and nobody guesses such a token.
        open.MapPost("/refresh", RefreshAsync).WithName("refresh");
        var own = auth.MapGroup("").RequireAuthorization(SessionPolicy).ProducesProblem(403);
        own.MapPost("/logout", LogoutAsync).WithName("logout");
        own.MapPost("/logout-everywhere", LogoutEverywhereAsync).WithName("logout_everywhere");
        api.MapOwnAccount();
    }

    /// <summary>The user of the request; nobody's id when there is none.</summary>
    public static Guid Id(this ClaimsPrincipal user) =>
        Guid.TryParse(user.FindFirstValue("sub"), out var id) ? id : Guid.Empty;

    static async Task<Created<TokenResponse>> RegisterAsync(
        CredentialsRequest request, UserManager<OctaviaUser> users, OctaviaDbContext db, Sessions sessions, IOptions<AccountOptions> options, CancellationToken ct)
    {
        var email = request.Email?.Trim() ?? "";
        if (email.Length > 200 || email.Any(char.IsControl) || !new EmailAddressAttribute().IsValid(email))
            throw Refusal.Invalid("account.email_invalid", "This is not an e-mail address; it looks like name@example.org.");
        var user = new OctaviaUser { Id = Guid.CreateVersion7(), UserName = email, Email = email, CreatedAt = DateTimeOffset.UtcNow };
        // Saved with the user by Identity's own SaveChanges: both or none.
        db.Grant(user.Id, options.Value.GrantSeconds);
        var result = await users.CreateAsync(user, request.Password ?? "");
        return result.Succeeded ? TypedResults.Created((string?)null, await sessions.OpenAsync(user, ct)) : throw Refused(result);
    }

    static async Task<Ok<TokenResponse>> LoginAsync(
        CredentialsRequest request, UserManager<OctaviaUser> users, Passwords passwords, Sessions sessions, CancellationToken ct)
    {
        var email = request.Email?.Trim() ?? "";
        // Nobody has such an address, and the database does not take it even to look.
        var user = email.Any(char.IsControl) ? null : await users.FindByEmailAsync(email);
        return TypedResults.Ok(await sessions.OpenAsync(await passwords.CheckAsync(user, request.Password), ct));
    }

    static async Task<Ok<TokenResponse>> RefreshAsync(RefreshRequest request, Sessions sessions, CancellationToken ct) =>
        TypedResults.Ok(await sessions.RenewAsync(request.RefreshToken, ct));

    static async Task<NoContent> LogoutAsync(ClaimsPrincipal caller, Sessions sessions, CancellationToken ct)
    {
        await sessions.EndAsync(Guid.Parse(caller.FindFirstValue(Tokens.SessionClaim)!), ct);
        return TypedResults.NoContent();
    }

    static async Task<NoContent> LogoutEverywhereAsync(ClaimsPrincipal caller, Sessions sessions, CancellationToken ct)
    {
        await sessions.EndAllAsync(caller.Id(), ct);
        return TypedResults.NoContent();
    }

    public static Refusal Refused(IdentityResult result)
    {
        var codes = result.Errors.Select(x => x.Code).ToList();
        if (codes.Any(x => x.StartsWith("Duplicate", StringComparison.Ordinal)))
            return new Refusal(409, "account.exists", "There is an account with this e-mail address already; log in instead.");
        if (codes.Contains(nameof(IdentityErrorDescriber.ConcurrencyFailure)))
            return new Refusal(409, "account.changed", "Something else changed this account at the same time; try again.");
        if (codes.Any(x => x.StartsWith("Password", StringComparison.Ordinal)))
            return Refusal.Invalid("account.password_weak", "The password is too short; take at least 8 characters.");
        return Refusal.Invalid("account.email_invalid", "This e-mail address has characters that are not taken; use letters, digits and . _ - + @.");
    }
}
