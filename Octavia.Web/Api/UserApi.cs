using System.Net;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Octavia.Jobs.Client;
using Octavia.Web.Accounts;

namespace Octavia.Web.Api;

/// <summary>Why a call failed, for people; a passing failure may be over in a moment, because the service starts or is away.</summary>
public sealed record ApiFailure(string Sentence, bool Passing = false);

/// <summary>The API on behalf of the user whose page this is.</summary>
sealed class UserApi(OctaviaClient client, AuthenticationStateProvider authentication, NavigationManager navigation)
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public async Task<OctaviaClient> ClientAsync()
    {
        client.AccessToken ??= (await authentication.GetAuthenticationStateAsync()).User.Token();
        return client;
    }

    /// <summary>Runs a call within 30 s (or the limit given) and gives its failure, or null.</summary>
    public async Task<ApiFailure?> TryAsync(Func<OctaviaClient, CancellationToken, Task> call, CancellationToken ct, TimeSpan? limit = null)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timer.CancelAfter(limit ?? Limit);
        try
        {
            await call(await ClientAsync(), timer.Token);
            return null;
        }
        catch (OctaviaApiException error) when (error.Status == HttpStatusCode.Unauthorized)
        {
            LogInAgain();
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

    public void LogInAgain()
    {
        var here = "/" + navigation.ToBaseRelativePath(navigation.Uri);
        navigation.NavigateTo($"/account/login?returnUrl={Uri.EscapeDataString(here)}", forceLoad: true);
    }
}
