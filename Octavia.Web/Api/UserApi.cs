using System.Net;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Octavia.Jobs.Client;
using Octavia.Web.Accounts;

namespace Octavia.Web.Api;

/// <summary>Why a call failed, for people; a passing failure may be over in a moment, because the service starts or is away.</summary>
public sealed record ApiFailure(string Sentence, bool Passing = false);

/// <summary>The API on behalf of the user whose page this is. However long the page is open, its calls have a token that counts.</summary>
sealed class UserApi(OctaviaClient client, SessionStore sessions, AuthenticationStateProvider authentication, NavigationManager navigation)
{
    // Of the password that a form asks for once more.
    const string WrongPassword = "account.wrong_credentials";

    static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public async Task<OctaviaClient> ClientAsync(CancellationToken ct)
    {
        client.AccessToken = await SessionAsync() is { } id ? await sessions.TokenAsync(id, ct) : null;
        return client;
    }

    /// <summary>Takes the tokens of a new session in place of those that the page had.</summary>
    public async Task KeepAsync(TokenResponse tokens)
    {
        if (await SessionAsync() is { } id) await sessions.KeepAsync(id, tokens);
    }

    /// <summary>Forgets the session, which is over, and loads a page anew: its cookie is worth nothing from now on.</summary>
    public async Task LeaveAsync(string path)
    {
        if (await SessionAsync() is { } id) await sessions.ForgetAsync(id);
        navigation.NavigateTo(path, forceLoad: true);
    }

    async Task<string?> SessionAsync() => (await authentication.GetAuthenticationStateAsync()).User.SessionId();

    /// <summary>Runs a call within 30 s (or the limit given) and gives its failure, or null.</summary>
    public async Task<ApiFailure?> TryAsync(Func<OctaviaClient, CancellationToken, Task> call, CancellationToken ct, TimeSpan? limit = null)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timer.CancelAfter(limit ?? Limit);
        try
        {
            await call(await ClientAsync(timer.Token), timer.Token);
            return null;
        }
        catch (OctaviaApiException error) when (error is { Status: HttpStatusCode.Unauthorized, Code: not WrongPassword })
        {
            await LogInAgainAsync();
            return new ApiFailure("Your session has ended; log in again.");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new ApiFailure(ApiErrors.Unreachable, Passing: true);
        }
        catch (Exception error) when (error is OctaviaApiException || ApiErrors.IsPassing(error))
        {
            return new ApiFailure(ApiErrors.Sentence(error), ApiErrors.IsPassing(error));
        }
    }

    public async Task LogInAgainAsync()
    {
        if (await SessionAsync() is { } id) await sessions.ForgetAsync(id);
        var here = "/" + navigation.ToBaseRelativePath(navigation.Uri);
        navigation.NavigateTo($"/account/login?returnUrl={Uri.EscapeDataString(here)}", forceLoad: true);
    }
}
