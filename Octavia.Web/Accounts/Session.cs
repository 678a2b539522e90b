using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Mvc;
using Octavia.Jobs.Client;

namespace Octavia.Web.Accounts;

/// <summary>
/// The session is one encrypted cookie that scripts cannot read. It holds the API's token, which so never reaches the browser in clear.
/// </summary>
static class Session
{
    const string TokenClaim = "octavia:token";

    public static void AddAccounts(this IServiceCollection services)
    {
        services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(options =>
        {
            options.Cookie.Name = "octavia";
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Lax;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            options.SlidingExpiration = false;
            options.LoginPath = "/account/login";
            options.ReturnUrlParameter = "returnUrl";
        });
        services.AddAuthorization();
    }

    public static string? Token(this ClaimsPrincipal user) => user.FindFirstValue(TokenClaim);

    public static Task OpenSessionAsync(this HttpContext context, TokenResponse token)
    {
        var identity = new ClaimsIdentity(CookieAuthenticationDefaults.AuthenticationScheme, ClaimTypes.Name, ClaimTypes.Role);
        identity.AddClaim(new Claim(ClaimTypes.NameIdentifier, token.UserId.ToString()));
        identity.AddClaim(new Claim(ClaimTypes.Name, token.Email));
        identity.AddClaim(new Claim(TokenClaim, token.AccessToken));
        var properties = new AuthenticationProperties { IsPersistent = true, ExpiresUtc = DateTimeOffset.UtcNow.AddSeconds(token.ExpiresIn) };
        return context.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, new ClaimsPrincipal(identity), properties);
    }

    public static void MapLogout(this IEndpointRouteBuilder app) => app.MapPost("/account/logout", LogoutAsync);

    // The form parameter makes the endpoint one that antiforgery protects.
    static async Task<IResult> LogoutAsync(HttpContext context, [FromForm] string? returnUrl)
    {
        await context.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        return Results.LocalRedirect(LocalPath(returnUrl, "/"));
    }

    /// <summary>A path of this site, or the fallback: a link cannot send people elsewhere after they logged in.</summary>
    public static string LocalPath(string? path, string fallback) =>
        path is ['/', ..] && path is not ['/', '/' or '\\', ..] && !path.Any(char.IsControl) ? path : fallback;
}
