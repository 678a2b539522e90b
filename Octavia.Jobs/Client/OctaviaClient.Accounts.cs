using System.Net.Http.Json;

namespace Octavia.Jobs.Client;

/// <summary>Accounts, keys, webhooks, credits, and what admins do.</summary>
public sealed partial class OctaviaClient
{
    // Before its end, so that the token lasts for the request that it goes with.
    static readonly TimeSpan Early = TimeSpan.FromSeconds(30);

    readonly Lock gate = new();
    Task? renewal;
    string? refreshToken;
    DateTimeOffset renewAt = DateTimeOffset.MaxValue;

    /// <summary>Takes the tokens of a log-in, and the next ones by itself before they end.</summary>
    public void Use(TokenResponse tokens)
    {
        AccessToken = tokens.AccessToken;
        refreshToken = tokens.RefreshToken;
        renewAt = DateTimeOffset.UtcNow.AddSeconds(tokens.ExpiresIn) - Early;
    }

    public Task<TokenResponse> RegisterAsync(string email, string password, CancellationToken ct = default) =>
        SendAsync<TokenResponse>(HttpMethod.Post, "auth/register", new CredentialsRequest(email, password), ct);

    public Task<TokenResponse> LoginAsync(string email, string password, CancellationToken ct = default) =>
        SendAsync<TokenResponse>(HttpMethod.Post, "auth/login", new CredentialsRequest(email, password), ct);

    public async Task<TokenResponse> RefreshAsync(string token, CancellationToken ct = default)
    {
        using var request = Request(HttpMethod.Post, "auth/refresh");
        request.Content = JsonContent.Create(new RefreshRequest(token), options: Json);
        using var response = await SendAsItIsAsync(request, HttpCompletionOption.ResponseContentRead, ct);
        return (await response.Content.ReadFromJsonAsync<TokenResponse>(Json, ct))!;
    }

    /// <summary>Ends this session.</summary>
    public Task LogoutAsync(CancellationToken ct = default) => SendAsync(HttpMethod.Post, "auth/logout", null, ct);

    /// <summary>Ends all sessions of the user.</summary>
    public Task LogoutEverywhereAsync(CancellationToken ct = default) => SendAsync(HttpMethod.Post, "auth/logout-everywhere", null, ct);

    public Task<AccountResponse> AccountAsync(CancellationToken ct = default) => SendAsync<AccountResponse>(HttpMethod.Get, "account", null, ct);

    /// <summary>Ends all sessions; the answer begins a new one.</summary>
    public Task<TokenResponse> ChangePasswordAsync(string current, string next, CancellationToken ct = default) =>
        SendAsync<TokenResponse>(HttpMethod.Post, "account/password", new ChangePasswordRequest(current, next), ct);

    /// <summary>Makes the account one of an admin, with the code of the service's configuration.</summary>
    public Task ClaimAdminAsync(string code, CancellationToken ct = default) =>
        SendAsync(HttpMethod.Post, "account/admin", new ClaimAdminRequest(code), ct);

    /// <summary>Deletes the account with all that belongs to it.</summary>
    public Task DeleteAccountAsync(string password, CancellationToken ct = default) =>
        SendAsync(HttpMethod.Delete, "account", new DeleteAccountRequest(password), ct);

    public Task<KeyResponse> CreateKeyAsync(string name, CancellationToken ct = default) =>
        SendAsync<KeyResponse>(HttpMethod.Post, "account/keys", new CreateKeyRequest(name), ct);

    public Task<IReadOnlyList<KeyResponse>> KeysAsync(CancellationToken ct = default) =>
        SendAsync<IReadOnlyList<KeyResponse>>(HttpMethod.Get, "account/keys", null, ct);

    public Task RevokeKeyAsync(Guid id, CancellationToken ct = default) => SendAsync(HttpMethod.Delete, $"account/keys/{id}", null, ct);

    /// <param name="url">Where to send.</param>
    /// <param name="events">Some of <see cref="WebhookEvents.All"/>; null for all.</param>
    /// <param name="ct">Stops waiting.</param>
    public Task<WebhookResponse> CreateWebhookAsync(string url, IReadOnlyList<string>? events = null, CancellationToken ct = default) =>
        SendAsync<WebhookResponse>(HttpMethod.Post, "webhooks", new CreateWebhookRequest(url, events), ct);

    public Task<IReadOnlyList<WebhookResponse>> WebhooksAsync(CancellationToken ct = default) =>
        SendAsync<IReadOnlyList<WebhookResponse>>(HttpMethod.Get, "webhooks", null, ct);

    public Task DeleteWebhookAsync(Guid id, CancellationToken ct = default) => SendAsync(HttpMethod.Delete, $"webhooks/{id}", null, ct);

    /// <summary>What was sent to a webhook, latest first.</summary>
    public Task<IReadOnlyList<DeliveryResponse>> DeliveriesAsync(Guid webhook, CancellationToken ct = default) =>
        SendAsync<IReadOnlyList<DeliveryResponse>>(HttpMethod.Get, $"webhooks/{webhook}/deliveries", null, ct);

    /// <summary>Sends a test.</summary>
    public Task<DeliveryResponse> PingAsync(Guid webhook, CancellationToken ct = default) =>
        SendAsync<DeliveryResponse>(HttpMethod.Post, $"webhooks/{webhook}/ping", null, ct);

    /// <summary>Sends a message once more.</summary>
    public Task<DeliveryResponse> RetryDeliveryAsync(Guid webhook, Guid delivery, CancellationToken ct = default) =>
        SendAsync<DeliveryResponse>(HttpMethod.Post, $"webhooks/{webhook}/deliveries/{delivery}/retry", null, ct);

    public Task<CreditsResponse> CreditsAsync(CancellationToken ct = default) => SendAsync<CreditsResponse>(HttpMethod.Get, "credits", null, ct);

    /// <summary>The ledger, latest first.</summary>
    public Task<LedgerPage> LedgerAsync(int page = 1, int pageSize = 20, CancellationToken ct = default) =>
        SendAsync<LedgerPage>(HttpMethod.Get, $"credits/entries?page={page}&page_size={pageSize}", null, ct);

    /// <summary>For admins: the users whose e-mail address has <paramref name="email"/> in it.</summary>
    public Task<UserPage> UsersAsync(string? email = null, int page = 1, CancellationToken ct = default) =>
        SendAsync<UserPage>(HttpMethod.Get, $"admin/users?email={Uri.EscapeDataString(email ?? "")}&page={page}", null, ct);

    /// <summary>For admins: gives a user credits; negative takes what was given too much.</summary>
    public Task<LedgerEntry> GrantAsync(Guid userId, GrantRequest grant, string? key = null, CancellationToken ct = default) =>
        SendAsync<LedgerEntry>(HttpMethod.Post, $"admin/users/{userId}/grants", grant, key, ct);

    /// <summary>For admins: changes a user's plan or role.</summary>
    public Task<UserResponse> ChangeUserAsync(Guid userId, ChangeUserRequest change, CancellationToken ct = default) =>
        SendAsync<UserResponse>(HttpMethod.Patch, $"admin/users/{userId}", change, ct);

    async Task<string?> ValidTokenAsync(CancellationToken ct)
    {
        Task begun;
        lock (gate)
        {
            if (DateTimeOffset.UtcNow < renewAt) return AccessToken;
            begun = renewal ??= RenewAsync(refreshToken!);
        }
        // Whoever stops waiting stops the renewal for nobody.
        await begun.WaitAsync(ct);
        return AccessToken;
    }

    async Task RenewAsync(string token)
    {
        try
        {
            await Task.Yield();
            Use(await RefreshAsync(token));
        }
        finally
        {
            lock (gate) renewal = null;
        }
    }
}
