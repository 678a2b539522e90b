using System.Buffers.Text;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Queue;

namespace Octavia.Api.Accounts;

/// <summary>Says of an endpoint that it takes a token in its address (<c>?token=</c>): a link to the job that the address names.</summary>
/// <param name="Bearer">Whether an access token may stand there too.</param>
sealed record TakesLink(bool Bearer);

/// <summary>Access tokens, and links to one job: made here, and checked with the same key.</summary>
sealed class Tokens(IOptions<JwtOptions> options)
{
    /// <summary>The session that a token came from.</summary>
    public const string SessionClaim = "sid";

    /// <summary>The API key that a request or a link came from.</summary>
    public const string KeyClaim = "key";

    const string JobClaim = "job";

    static readonly JsonWebTokenHandler Handler = new();

    public string Access(OctaviaUser user, Guid sessionId) => Create(options.Value.Audience, options.Value.Lifetime, new()
    {
        ["sub"] = user.Id.ToString(),
        ["email"] = user.Email!,
        [SessionClaim] = sessionId.ToString(),
    });

    /// <summary>Addresses of a job that need no header. They end with the session or the key of who asks for them.</summary>
    public LinkResponse Link(ClaimsPrincipal user, Job job)
    {
        var maker = user.FindFirst(SessionClaim) ?? user.FindFirst(KeyClaim)!;
        var lifetime = options.Value.LinkLifetime + TimeSpan.FromSeconds(job.JobMetadata.MediaSeconds);
        var token = Create(LinkAudience(options.Value), lifetime, new()
        {
            ["sub"] = user.Id().ToString(),
            [JobClaim] = job.Id.ToString(),
            [maker.Type] = maker.Value,
        });
        return new LinkResponse(
            token, (int)lifetime.TotalSeconds, $"/api/v1/download/{job.Id}?token={token}", $"/api/v1/jobs/{job.Id}/stream?token={token}");
    }

    /// <summary>What every refresh token of a session has, and nothing else that names the session.</summary>
    public string MarkOf(Guid sessionId) => Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(options.Value.SigningKey), Encoding.UTF8.GetBytes($"refresh {sessionId:N}")));

    string Create(string audience, TimeSpan lifetime, Dictionary<string, object> claims) => Handler.CreateToken(new SecurityTokenDescriptor
    {
        Issuer = options.Value.Issuer,
        Audience = audience,
        Claims = claims,
        Expires = DateTime.UtcNow + lifetime,
        SigningCredentials = new SigningCredentials(Key(options.Value), SecurityAlgorithms.HmacSha256),
    });

    static SymmetricSecurityKey Key(JwtOptions jwt) => new(Encoding.UTF8.GetBytes(jwt.SigningKey));

    static string LinkAudience(JwtOptions jwt) => jwt.Audience + "-link";

    internal sealed class Validation(IOptions<JwtOptions> options) : IConfigureNamedOptions<JwtBearerOptions>
    {
        public void Configure(JwtBearerOptions bearer) => Configure(JwtBearerDefaults.AuthenticationScheme, bearer);

        public void Configure(string? name, JwtBearerOptions bearer)
        {
            var jwt = options.Value;
            bearer.MapInboundClaims = false;
            bearer.TokenValidationParameters = new TokenValidationParameters
            {
                ValidIssuer = jwt.Issuer,
                ValidAudiences = [jwt.Audience, LinkAudience(jwt)],
                IssuerSigningKey = Key(jwt),
                ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
                ClockSkew = TimeSpan.FromSeconds(30),
            };
            bearer.Events = new JwtBearerEvents { OnMessageReceived = TakeFromAddress, OnTokenValidated = CheckAsync };
        }

        // A browser's EventSource, its players and its WebSockets cannot send headers, so their endpoints, and no others, take the token in the address.
        static Task TakeFromAddress(MessageReceivedContext context)
        {
            if ((InAddress(context.HttpContext) ?? InHandshake(context.HttpContext)) is { } token) context.Token = token;
            return Task.CompletedTask;
        }

        // Where SignalR's own clients put it. Other requests to a hub can have a header.
        static string? InHandshake(HttpContext http) =>
            http.GetEndpoint()?.Metadata.GetMetadata<HubMetadata>() is not null && IsWebSocket(http.Request) && http.Request.Query["access_token"] is [{ Length: > 0 } token] ? token : null;

        static bool IsWebSocket(HttpRequest request) => request.Headers.Upgrade is [{ } upgrade] && upgrade.Equals("websocket", StringComparison.OrdinalIgnoreCase);

        static string? InAddress(HttpContext http) =>
            http.GetEndpoint()?.Metadata.GetMetadata<TakesLink>() is not null && http.Request.Query["token"] is [{ Length: > 0 } token] ? token : null;

        async Task CheckAsync(TokenValidatedContext context)
        {
            var principal = context.Principal!;
            var isLink = principal.FindFirstValue("aud") == LinkAudience(options.Value);
            if (!(isLink ? Opens(context.HttpContext, principal) : MayStand(context.HttpContext))) context.Fail("Not a token for this address.");
            else if (!await context.HttpContext.RequestServices.GetRequiredService<Callers>().CompleteAsync(principal, context.HttpContext.RequestAborted))
                context.Fail("The session is over.");
        }

        static bool Opens(HttpContext http, ClaimsPrincipal link) =>
            http.GetEndpoint()?.Metadata.GetMetadata<TakesLink>() is not null
            && Guid.TryParse(link.FindFirstValue(JobClaim), out var job)
            && Guid.TryParse(http.Request.RouteValues["id"] as string, out var id)
            && job == id;

        static bool MayStand(HttpContext http) =>
            InAddress(http) is null || http.GetEndpoint()!.Metadata.GetMetadata<TakesLink>()!.Bearer;
    }
}
