using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Octavia.Jobs.Client;
using Octavia.Web.Api;
using StackExchange.Redis;

namespace Octavia.Web.Accounts;

/// <summary>
/// The API's tokens of all sessions, in Redis, each encrypted with a key that only the session's own cookie gives. They are renewed here, before they end and once for whoever asks at the same time: pages
/// that are open, requests that are forwarded, other processes of this site. A refresh token counts once only.
/// </summary>
sealed class SessionStore(IConnectionMultiplexer redis, IDataProtectionProvider protection, ApiConnection api)
{
    static readonly TimeSpan Early = TimeSpan.FromMinutes(1);
    static readonly TimeSpan RenewalLimit = TimeSpan.FromSeconds(20);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    sealed record Tokens(string Access, string Refresh, DateTimeOffset RenewAt);

    /// <summary>Keeps the tokens of a log-in.</summary>
    /// <returns>The name of the session: a secret, for the cookie.</returns>
    public async Task<string> OpenAsync(TokenResponse tokens)
    {
        var id = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        await KeepAsync(id, tokens);
        return id;
    }

    public Task KeepAsync(string id, TokenResponse tokens)
    {
        var kept = new Tokens(tokens.AccessToken, tokens.RefreshToken, DateTimeOffset.UtcNow.AddSeconds(tokens.ExpiresIn) - Early);
        return redis.GetDatabase().StringSetAsync(
            Key(id), Protector(id).Protect(JsonSerializer.Serialize(kept)), TimeSpan.FromSeconds(tokens.RefreshExpiresIn));
    }

    /// <summary>Whether there is such a session. Yes while Redis is away: nobody is thrown out by that, and nobody gets a token either.</summary>
    public async Task<bool> IsOpenAsync(string id)
    {
        try
        {
            return !redis.IsConnected || await redis.GetDatabase().KeyExistsAsync(Key(id));
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            return true;
        }
    }

    /// <summary>An access token that counts; null when the session is over.</summary>
    public async Task<string?> TokenAsync(string id, CancellationToken ct)
    {
        while (await ReadAsync(id) is { } kept)
        {
            if (DateTimeOffset.UtcNow < kept.RenewAt) return kept.Access;
            var me = Guid.NewGuid().ToString();
            if (!await redis.GetDatabase().LockTakeAsync(LockKey(id), me, RenewalLimit * 2))
            {
                await Task.Delay(Pause, ct);
                continue;
            }
            try
            {
                await RenewAsync(id);
            }
            finally
            {
                await redis.GetDatabase().LockReleaseAsync(LockKey(id), me);
            }
        }
        return null;
    }

    /// <summary>Ends the session here and at the API; here also when the API cannot be reached.</summary>
    public async Task LogoutAsync(string id)
    {
        using var limit = new CancellationTokenSource(RenewalLimit);
        try
        {
            var client = api.CreateClient();
            client.AccessToken = await TokenAsync(id, limit.Token);
            if (client.AccessToken is not null) await client.LogoutAsync(limit.Token);
        }
        catch (Exception error) when (error is OctaviaApiException or OperationCanceledException || ApiErrors.IsPassing(error))
        {
            // Without its tokens, which go now, the session at the API serves nobody.
        }
        await ForgetAsync(id);
    }

    public Task ForgetAsync(string id) => redis.GetDatabase().KeyDeleteAsync(Key(id));

    // Not with the caller's token: a renewal that was begun is kept, or the session would be lost.
    async Task RenewAsync(string id)
    {
        if (await ReadAsync(id) is not { } kept || DateTimeOffset.UtcNow < kept.RenewAt) return;
        using var limit = new CancellationTokenSource(RenewalLimit);
        try
        {
            await KeepAsync(id, await api.CreateClient().RefreshAsync(kept.Refresh, limit.Token));
        }
        catch (OctaviaApiException error) when (error.Status == HttpStatusCode.Unauthorized)
        {
            await ForgetAsync(id);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException(ApiErrors.Unreachable);
        }
    }

    async Task<Tokens?> ReadAsync(string id)
    {
        var text = await redis.GetDatabase().StringGetAsync(Key(id));
        if (text.IsNull) return null;
        try
        {
            return JsonSerializer.Deserialize<Tokens>(Protector(id).Unprotect((string)text!));
        }
        catch (CryptographicException)
        {
            // The keys are not those any more that it was written with.
            return null;
        }
    }

    // Whoever reads Redis, where the site's own keys are too, has only the hash of the name, and the name is part of the key.
    IDataProtector Protector(string id) => protection.CreateProtector("octavia.sessions", id);

    static string Key(string id) => $"octavia:web:session:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)))}";

    static string LockKey(string id) => Key(id) + ":renewing";
}
