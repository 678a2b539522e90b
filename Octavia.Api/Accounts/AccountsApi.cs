using System.Security.Claims;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Octavia.Api.Operations;
using Octavia.Jobs;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;

namespace Octavia.Api.Accounts;

static class AccountsApi
{
    const string AttemptsPolicy = "attempts";

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
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddAuthorization();
        // The web site asks for many people: the limit counts them, not the site.
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<AccountOptions>>((forwarded, accounts) =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor;
            foreach (var network in accounts.Value.Proxies) forwarded.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(network));
        });
        services.AddRateLimiter(options =>
        {
            options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            options.AddPolicy(AttemptsPolicy, context => RateLimitPartition.GetFixedWindowLimiter(
                context.Connection.RemoteIpAddress,
                _ => new FixedWindowRateLimiterOptions
                {
                    PermitLimit = context.RequestServices.GetRequiredService<IOptions<AccountOptions>>().Value.AttemptsPerMinute,
                    Window = TimeSpan.FromMinutes(1),
                }));
        });
    }

    public static void MapAccounts(this RouteGroupBuilder api)
    {
        var auth = api.MapGroup("/auth").WithTags("Accounts").AllowAnonymous().RequireRateLimiting(AttemptsPolicy);
        auth.MapPost("/register", RegisterAsync).WithName("register").ProducesProblem(409).ProducesProblem(429);
        auth.MapPost("/login", LoginAsync).WithName("login").ProducesProblem(429);
    }

    /// <summary>The user of the request; nobody's id when there is none.</summary>
    public static Guid Id(this ClaimsPrincipal user) =>
        Guid.TryParse(user.FindFirstValue("sub"), out var id) ? id : Guid.Empty;

    static async Task<Created<TokenResponse>> RegisterAsync(
        CredentialsRequest request, UserManager<OctaviaUser> users, OctaviaDbContext db, Tokens tokens, IOptions<AccountOptions> options)
    {
        var email = request.Email?.Trim() ?? "";
        if (email.Length > 200 || email.Any(char.IsControl) || !new System.ComponentModel.DataAnnotations.EmailAddressAttribute().IsValid(email))
            throw Refusal.Invalid("account.email_invalid", "This is not an e-mail address; it looks like name@example.org.");
        var user = new OctaviaUser { Id = Guid.CreateVersion7(), UserName = email, Email = email, CreatedAt = DateTimeOffset.UtcNow };
        // Saved with the user by Identity's own SaveChanges: both or none.
        db.Grant(user.Id, options.Value.GrantSeconds);
        var result = await users.CreateAsync(user, request.Password ?? "");
        return result.Succeeded ? TypedResults.Created((string?)null, tokens.For(user)) : throw Refused(result);
    }

    static async Task<Ok<TokenResponse>> LoginAsync(CredentialsRequest request, UserManager<OctaviaUser> users, Tokens tokens)
    {
        var email = request.Email?.Trim() ?? "";
        // Nobody has such an address, and the database does not take it even to look.
        var user = email.Any(char.IsControl) ? null : await users.FindByEmailAsync(email);
        if (user is not null && await users.IsLockedOutAsync(user))
            throw new Refusal(429, "account.locked", "Too many wrong passwords; wait five minutes and try again.");
        // Unknown addresses cost the same time as wrong passwords, and get the same answer.
        var known = await users.CheckPasswordAsync(user ?? Nobody(users), request.Password ?? "");
        if (user is null || !known)
        {
            if (user is not null) await users.AccessFailedAsync(user);
            throw new Refusal(401, "account.wrong_credentials", "The e-mail address or the password is wrong.");
        }
        await users.ResetAccessFailedCountAsync(user);
        return TypedResults.Ok(tokens.For(user));
    }

    static string? nobodysHash;

    static OctaviaUser Nobody(UserManager<OctaviaUser> users)
    {
        var nobody = new OctaviaUser();
        nobody.PasswordHash = nobodysHash ??= users.PasswordHasher.HashPassword(nobody, Guid.NewGuid().ToString());
        return nobody;
    }

    static Refusal Refused(IdentityResult result)
    {
        var codes = result.Errors.Select(x => x.Code).ToList();
        if (codes.Any(x => x.StartsWith("Duplicate", StringComparison.Ordinal)))
            return new Refusal(409, "account.exists", "There is an account with this e-mail address already; log in instead.");
        if (codes.Any(x => x.StartsWith("Password", StringComparison.Ordinal)))
            return Refusal.Invalid("account.password_weak", "The password is too short; take at least 8 characters.");
        return Refusal.Invalid("account.email_invalid", "This e-mail address has characters that are not taken; use letters, digits and . _ - + @.");
    }
}
