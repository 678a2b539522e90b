using Microsoft.AspNetCore.Components;
using Octavia.Jobs.Client;
using Octavia.Web.Api;

namespace Octavia.Web.Jobs;

/// <summary>A page that calls the API once it is live, and stops when the person leaves it.</summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    readonly CancellationTokenSource _gone = new();

    [Inject]
    internal UserApi Api { get; set; } = default!;

    [Inject]
    protected NavigationManager Navigation { get; set; } = default!;

    protected CancellationToken Gone => _gone.Token;

    /// <summary>The last failure, or null.</summary>
    protected ApiFailure? Failure { get; set; }

    /// <summary>The service does not answer yet; the page goes on by itself.</summary>
    protected bool Waiting { get; private set; }

    /// <summary>Runs a call; false after a failure, which is then in <see cref="Failure"/>.</summary>
    protected async Task<bool> TryAsync(Func<OctaviaClient, CancellationToken, Task> call, TimeSpan? limit = null)
    {
        Failure = await Api.TryAsync(call, Gone, limit);
        return Failure is null;
    }

    /// <summary>The same, and again every 2 s while the service cannot be reached.</summary>
    protected async Task<bool> TryUntilReachedAsync(Func<OctaviaClient, CancellationToken, Task> call)
    {
        while (await Api.TryAsync(call, Gone) is { } failure)
        {
            Waiting = failure.Passing;
            Failure = failure.Passing ? null : failure;
            StateHasChanged();
            if (!failure.Passing) return false;
            await Task.Delay(TimeSpan.FromSeconds(2), Gone);
        }
        Waiting = false;
        StateHasChanged();
        return true;
    }

    protected sealed override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender) return;
        try
        {
            await OnLiveAsync();
        }
        catch (OperationCanceledException) when (_gone.IsCancellationRequested)
        {
            // The person left the page.
            return;
        }
    }

    /// <summary>The page is on the screen and connected.</summary>
    protected abstract Task OnLiveAsync();

    protected virtual void Dispose(bool disposing)
    {
        if (!disposing) return;
        _gone.Cancel();
        _gone.Dispose();
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }
}
