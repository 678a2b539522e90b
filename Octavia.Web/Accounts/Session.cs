using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.StackExchangeRedis;
using Microsoft.AspNetCore.Mvc;
using Octavia.Jobs.Client;
using Octavia.ServiceDefaults;
using StackExchange.Redis;

namespace Octavia.Web.Accounts;

/// <summary>
/// The session is one encrypted cookie that scripts cannot read. It only names the session; the API's tokens are kept by <see cref="SessionStore"/>
/// and never reach the browser.
/// </summary>
static class Session
{
    const string SessionClaim = "octavia:session";

    public static void AddAccounts(this IHostApplicationBuilder builder)
    {
        builder.AddRedisClient(ResourceNames.Redis);
        // Kept where the sessions are: a site that starts again, or one of several, reads the cookies of the others.
        builder.Services.AddDataProtection().SetApplicationName("octavia-web");
        builder.Services.AddOptions<KeyManagementOptions>().Configure<IConnectionMultiplexer>((options, redis) =>
            options.XmlRepository = new RedisXmlRepository(() => redis.GetDatabase(), "octavia:web:keys"));
        builder.Services.AddSingleton<SessionStore>();
        builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(options =>
        {
            options.Cookie.Name = "octavia";
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Lax;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            options.SlidingExpiration = true;
            options.LoginPath = "/account/login";
            options.ReturnUrlParameter = "returnUrl";
            options.Events.OnValidatePrincipal = CheckAsync;
        });
        builder.Services.AddAuthorization();
    }

    /// <summary>The name of the session, for <see cref="SessionStore"/>.</summary>
    public static string? SessionId(this ClaimsPrincipal user) => user.FindFirstValue(SessionClaim);

    public static async Task OpenSessionAsync(this HttpContext context, TokenResponse tokens)
    {
        var id = await context.RequestServices.GetRequiredService<SessionStore>().OpenAsync(tokens);
        var identity = new ClaimsIdentity(CookieAuthenticationDefaults.AuthenticationScheme, ClaimTypes.Name, ClaimTypes.Role);
        identity.AddClaim(new Claim(ClaimTypes.NameIdentifier, tokens.UserId.ToString()));
        identity.AddClaim(new Claim(ClaimTypes.Name, tokens.Email));
        identity.AddClaim(new Claim(SessionClaim, id));
        var properties = new AuthenticationProperties { IsPersistent = true, ExpiresUtc = DateTimeOffset.UtcNow.AddSeconds(tokens.RefreshExpiresIn) };
        await context.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, new ClaimsPrincipal(identity), properties);
    }

    // Who logged out everywhere, or deleted the account, is nobody here too, whatever cookies there still are.
    static async Task CheckAsync(CookieValidatePrincipalContext context)
    {
        var store = context.HttpContext.RequestServices.GetRequiredService<SessionStore>();
        if (context.Principal?.SessionId() is { } id && await store.IsOpenAsync(id)) return;
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
    }

    public static void MapLogout(this IEndpointRouteBuilder app) => app.MapPost("/account/logout", LogoutAsync);

    // The form parameter makes the endpoint one that antiforgery protects.
    static async Task<IResult> LogoutAsync(HttpContext context, SessionStore store, [FromForm] string? returnUrl)
    {
        try
        {
            if (context.User.SessionId() is { } id) await store.LogoutAsync(id);
        }
        finally
        {
            // Whatever cannot be reached: who leaves is out here.
            await context.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        }
        return Results.LocalRedirect(LocalPath(returnUrl, "/"));
    }

    /// <summary>A path of this site, or the fallback: a link cannot send people elsewhere after they logged in.</summary>
    public static string LocalPath(string? path, string fallback) =>
        path is ['/', ..] && path is not ['/', '/' or '\\', ..] && !path.Any(char.IsControl) ? path : fallback;
}
