using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Octavia.Api.Operations;
using Octavia.Jobs;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;

namespace Octavia.Api.Accounts;

/// <summary>Keys of scripts: made by a person who logged in, sent where an access token would be, as <c>Authorization: Bearer oct_...</c>.</summary>
sealed class ApiKeys(OctaviaDbContext db)
{
    /// <summary>How every key begins: by it they are told from access tokens, and found in what should not have them.</summary>
    public const string Prefix = "oct_";

    const int MostOfAUser = 20;
    const int LongestName = 100;
    const int EndingLength = 4;

    static readonly TimeSpan UseInterval = TimeSpan.FromMinutes(1);

    public async Task<KeyResponse> CreateAsync(Guid userId, string? name, CancellationToken ct)
    {
        name = name?.Trim() ?? "";
        if (name.Length is 0 or > LongestName || name.Any(char.IsControl))
            throw Refusal.Invalid("key.name_invalid", $"A key has a name of 1 to {LongestName} characters; say what it is for.");
        if (await db.ApiKeys.CountAsync(ct) >= MostOfAUser)
            throw new Refusal(409, "key.too_many", $"There are {MostOfAUser} keys already, which is the most; revoke one that is not used any more.");
        var secret = Prefix + Secret.New();
        var key = new ApiKey
        {
            Id = Guid.CreateVersion7(),
            UserId = userId,
            Name = name,
            KeyHash = Secret.Hash(secret),
            Ending = secret[^EndingLength..],
            CreatedAt = DateTimeOffset.UtcNow,
        };
        db.ApiKeys.Add(key);
        await db.SaveChangesAsync(ct);
        return Response(key) with { Key = secret };
    }

    public async Task<IReadOnlyList<KeyResponse>> ListAsync(CancellationToken ct) =>
        (await db.ApiKeys.AsNoTracking().OrderByDescending(x => x.CreatedAt).ToListAsync(ct)).ConvertAll(Response);

    public async Task RevokeAsync(Guid id, CancellationToken ct)
    {
        if (await db.ApiKeys.Where(x => x.Id == id).ExecuteDeleteAsync(ct) == 0)
            throw Refusal.NotFound("key.not_found", "There is no such key.");
    }

    /// <summary>The user and the id of a key; notes its use, to the minute.</summary>
    async Task<(Guid UserId, Guid KeyId)?> FindAsync(string secret, CancellationToken ct)
    {
        var hash = Secret.Hash(secret);
        var found = await db.ApiKeys.IgnoreQueryFilters().Where(x => x.KeyHash == hash)
            .Select(x => new { x.Id, x.UserId, x.LastUsedAt }).SingleOrDefaultAsync(ct);
        if (found is null) return null;
        var now = DateTimeOffset.UtcNow;
        if (found.LastUsedAt is not { } last || now - last > UseInterval)
            await db.ApiKeys.IgnoreQueryFilters().Where(x => x.Id == found.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(x => x.LastUsedAt, now), ct);
        return (found.UserId, found.Id);
    }

    static KeyResponse Response(ApiKey key) => new(key.Id, key.Name, key.Ending, key.CreatedAt, key.LastUsedAt);

    /// <summary>Authentication by a key.</summary>
    internal sealed class Scheme(
        IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, ApiKeys keys, Callers callers)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        public const string Name = "ApiKey";

        const string Bearer = "Bearer ";

        public static bool IsMeant(HttpContext context) =>
            context.Request.Headers.Authorization is [{ } header] && header.StartsWith(Bearer + Prefix, StringComparison.OrdinalIgnoreCase);

        protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (!IsMeant(Context)) return AuthenticateResult.NoResult();
            var secret = Request.Headers.Authorization.ToString()[Bearer.Length..];
            if (await keys.FindAsync(secret, Context.RequestAborted) is not var (userId, keyId)) return AuthenticateResult.Fail("Unknown key.");
            var identity = new ClaimsIdentity([new Claim("sub", userId.ToString()), new Claim(Tokens.KeyClaim, keyId.ToString())], Name);
            var principal = new ClaimsPrincipal(identity);
            return await callers.CompleteAsync(principal, Context.RequestAborted)
                ? AuthenticateResult.Success(new AuthenticationTicket(principal, Name))
                : AuthenticateResult.Fail("Unknown key.");
        }
    }
}
