using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Octavia.Api.Operations;
using Octavia.Jobs;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;

namespace Octavia.Api.Accounts;

/// <summary>Log-ins: opened with a password, kept by exchanging refresh tokens, ended by the user or by a token that comes a second time.</summary>
sealed partial class Sessions(OctaviaDbContext db, Tokens tokens, IOptions<JwtOptions> options, ILogger<Sessions> logger)
{
    /// <summary>Opens a session for whose password was checked; not when it has changed since.</summary>
    public Task<TokenResponse> OpenAsync(OctaviaUser user, CancellationToken ct) => db.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
    {
        db.ChangeTracker.Clear();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.LockUserAsync(user.Id, ct);
        if (!await db.Users.IgnoreQueryFilters().AnyAsync(x => x.Id == user.Id && x.SecurityStamp == user.SecurityStamp, ct)) throw Passwords.Wrong();
        var now = DateTimeOffset.UtcNow;
        var id = Guid.NewGuid();
        var refresh = RefreshToken(id);
        await db.Sessions.IgnoreQueryFilters().Where(x => x.UserId == user.Id && x.ExpiresAt < now).ExecuteDeleteAsync(ct);
        db.Sessions.Add(new LoginSession
        {
            Id = id,
            UserId = user.Id,
            TokenHash = Secret.Hash(refresh),
            CreatedAt = now,
            RenewedAt = now,
            ExpiresAt = now + options.Value.RefreshLifetime,
        });
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return Response(user, id, refresh);
    });

    /// <summary>The next pair of tokens. A token that was exchanged already ends its session: one of two who have it stole it.</summary>
    public async Task<TokenResponse> RenewAsync(string? refreshToken, CancellationToken ct)
    {
        // Others may know the session's id, by a link for one: only who has had a token of it may end it.
        if (refreshToken?.Split('.') is not [var name, var mark, { Length: > 0 }] || !Guid.TryParseExact(name, "N", out var id) || !Secret.Equal(mark, tokens.MarkOf(id))) throw Over();
        var now = DateTimeOffset.UtcNow;
        var hash = Secret.Hash(refreshToken);
        var next = RefreshToken(id);
        var session = db.Sessions.IgnoreQueryFilters().Where(x => x.Id == id);
        var renewed = await session.Where(x => x.TokenHash == hash && x.ExpiresAt > now).ExecuteUpdateAsync(
            set => set.SetProperty(x => x.TokenHash, Secret.Hash(next))
                .SetProperty(x => x.RenewedAt, now)
                .SetProperty(x => x.ExpiresAt, now + options.Value.RefreshLifetime),
            ct);
        if (renewed == 0)
        {
            if (await session.ExecuteDeleteAsync(ct) > 0) LogReused(id);
            throw Over();
        }
        var user = await db.Users.IgnoreQueryFilters().AsNoTracking().SingleOrDefaultAsync(x => session.Any(s => s.UserId == x.Id), ct) ?? throw Over();
        return Response(user, id, next);
    }

    public Task EndAsync(Guid sessionId, CancellationToken ct) =>
        db.Sessions.IgnoreQueryFilters().Where(x => x.Id == sessionId).ExecuteDeleteAsync(ct);

    public Task EndAllAsync(Guid userId, CancellationToken ct) =>
        db.Sessions.IgnoreQueryFilters().Where(x => x.UserId == userId).ExecuteDeleteAsync(ct);

    string RefreshToken(Guid sessionId) => $"{sessionId:N}.{tokens.MarkOf(sessionId)}.{Secret.New()}";

    TokenResponse Response(OctaviaUser user, Guid sessionId, string refresh) => new(
        tokens.Access(user, sessionId), "Bearer", (int)options.Value.Lifetime.TotalSeconds,
        refresh, (int)options.Value.RefreshLifetime.TotalSeconds, user.Id, user.Email!);

    static Refusal Over() => new(401, "auth.session_over", "This session is over; log in again.");

    [LoggerMessage(LogLevel.Warning, "A refresh token of session {SessionId} came a second time or too late; the session is ended")]
    partial void LogReused(Guid sessionId);
}
