using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace Octavia.Api.Accounts;

/// <summary>How often something may be asked for in a minute: passwords by address, the rest by user.</summary>
static class RateLimits
{
    public const string Attempts = "attempts";
    public const string Uploads = "uploads";
    public const string Creates = "creates";

    static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    public static void AddRateLimits(this IServiceCollection services) => services.AddRateLimiter(options =>
    {
        options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        options.OnRejected = (context, _) =>
        {
            if (context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait)) context.HttpContext.Response.SayRetryAfter(wait);
            return ValueTask.CompletedTask;
        };
        options.AddPolicy(Attempts, context => Limit(Address(context), context, x => x.AttemptsPerMinute));
        options.AddPolicy(Uploads, context => Limit(User(context), context, x => x.UploadsPerMinute));
        options.AddPolicy(Creates, context => Limit(User(context), context, x => x.CreatesPerMinute));
    });

    /// <summary>Whole seconds, at least one.</summary>
    public static void SayRetryAfter(this HttpResponse response, TimeSpan wait) =>
        response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    static RateLimitPartition<string> Limit(string whose, HttpContext context, Func<AccountOptions, int> permits) =>
        RateLimitPartition.GetFixedWindowLimiter(whose, _ => new FixedWindowRateLimiterOptions
        {
            PermitLimit = permits(context.RequestServices.GetRequiredService<IOptions<AccountOptions>>().Value),
            Window = Window,
        });

    static string Address(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "";

    // Counted after the authorization: there is a user.
    static string User(HttpContext context) => context.User.Id().ToString();
}
