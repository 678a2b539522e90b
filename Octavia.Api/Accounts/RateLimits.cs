using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace Octavia.Api.Accounts;

/// <summary>How often something may be asked for in a minute: passwords by address or user, the rest by user.</summary>
static class RateLimits
{
    public const string Attempts = "attempts";
    // Whose account it is comes by way of the web site, whose address is that of many.
    public const string OwnAttempts = "own-attempts";
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
        options.AddPolicy(Attempts, context => Limit(Address(context.Connection.RemoteIpAddress), context, x => x.AttemptsPerMinute));
        options.AddPolicy(OwnAttempts, context => Limit(User(context), context, x => x.AttemptsPerMinute));
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

    // A home has a whole /64 of IPv6.
    static string Address(IPAddress? address) => address switch
    {
        null => "",
        { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false } => Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)),
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        _ => address.ToString(),
    };

    // Counted after the authorization: there is a user.
    static string User(HttpContext context) => context.User.Id().ToString();
}
