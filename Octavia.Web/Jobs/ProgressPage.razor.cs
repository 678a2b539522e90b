using System.Net;
using Microsoft.AspNetCore.Components;
using Octavia.Jobs.Client;
using Octavia.Web.Api;

namespace Octavia.Web.Jobs;

/// <summary>One job, live: the server side of the page follows the API's stream and comes back when it breaks.</summary>
public sealed partial class ProgressPage
{
    const int PreviewSeconds = 30;

    static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    JobResponse? _job;
    LanguagesResponse? _languages;
    QuoteResponse? _quote;
    bool _lost;
    bool _busy;

    [SupplyParameterFromQuery(Name = "job_id")]
    public Guid? JobId { get; set; }

    string Name => _job?.Filename ?? (_job is null ? "Progress" : JobKind.Of(_job.JobType).Title);

    string Title => _job switch
    {
        { Status: JobStatus.Processing } => $"{(int)_job.ProgressPercentage} % · {Name}",
        _ => Name,
    };

    TimeSpan Elapsed => _job?.StartedAt is { } start ? (_job.CompletedAt ?? Clock.GetUtcNow()) - start : TimeSpan.Zero;

    protected override async Task OnLiveAsync()
    {
        if (JobId is not { } id)
        {
            Navigation.NavigateTo("dashboard");
            return;
        }
        if (!await TryUntilReachedAsync((client, ct) => LoadAsync(client, id, ct))) return;
        if (_job!.Status == JobStatus.Pending && await TryAsync(async (client, ct) => _quote = await client.QuoteAsync(id, ct))) StateHasChanged();
        await Task.WhenAll(FollowAsync(id), TickAsync());
    }

    async Task LoadAsync(OctaviaClient client, Guid id, CancellationToken ct)
    {
        _languages = await client.LanguagesAsync(ct);
        _job = await client.GetAsync(id, ct);
    }

    async Task FollowAsync(Guid id)
    {
        var pause = FirstPause;
        while (_job is { IsOver: false, Status: not JobStatus.Pending })
        {
            try
            {
                var client = await Api.ClientAsync(Gone);
                await foreach (var job in client.FollowAsync(id, Gone))
                {
                    (_job, _lost, pause) = (job, false, FirstPause);
                    StateHasChanged();
                    // The preview has ended.
                    if (job.Status == JobStatus.Pending) break;
                }
                if (_job is { IsOver: true } or { Status: JobStatus.Pending }) return;
            }
            catch (Exception error) when (ApiErrors.IsPassing(error))
            {
                _lost = true;
                StateHasChanged();
            }
            catch (OctaviaApiException error) when (error.Status == HttpStatusCode.Unauthorized)
            {
                await Api.LogInAgainAsync();
                return;
            }
            catch (OctaviaApiException error)
            {
                Failure = new ApiFailure(error.Message);
                StateHasChanged();
                return;
            }
            await Task.Delay(pause, Gone);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
        }
    }

    /// <summary>The clock goes on between two events, for as long as the page is there: a job that has ended may be started again.</summary>
    async Task TickAsync()
    {
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (await second.WaitForNextTickAsync(Gone))
            if (_job is { Status: JobStatus.Queued or JobStatus.Processing }) StateHasChanged();
    }

    Task<bool> CancelAsync() => ActAsync(async (client, ct) => _job = await client.CancelAsync(_job!.Id, ct));

    Task StartAsync() => GoAsync((client, ct) => client.ProcessAsync(_job!.Id, ct: ct));

    Task PreviewAsync() => GoAsync((client, ct) => client.PreviewAsync(_job!.Id, new PreviewRequest(Seconds: PreviewSeconds), ct: ct));

    async Task GoAsync(Func<OctaviaClient, CancellationToken, Task<JobResponse>> start)
    {
        if (await ActAsync(async (client, ct) => _job = await start(client, ct))) await FollowAsync(_job!.Id);
    }

    async Task<bool> ActAsync(Func<OctaviaClient, CancellationToken, Task> act)
    {
        _busy = true;
        var done = await TryAsync(act);
        _busy = false;
        StateHasChanged();
        return done;
    }
}
