using Microsoft.AspNetCore.Components;
using MudBlazor;
using Octavia.Jobs.Client;

namespace Octavia.Web.Jobs;

/// <summary>The state of all items of a batch, live.</summary>
public sealed partial class BatchState
{
    static readonly TimeSpan Often = TimeSpan.FromSeconds(1.5);
    // Somebody may start a job of it again.
    static readonly TimeSpan Seldom = TimeSpan.FromSeconds(10);

    BatchResponse? _batch;
    bool _busy;

    [SupplyParameterFromQuery(Name = "batch_id")]
    public Guid? BatchId { get; set; }

    IReadOnlyList<BatchItemResponse> Items => _batch?.Items ?? [];

    bool IsOver => Items.All(item => item.IsOver);

    int Done => Items.Count(item => item.Job?.Status == JobStatus.Completed);

    int Failed => Items.Count(item => item.State == BatchItemState.Failed || item.Job?.Status == JobStatus.Failed);

    int Percentage => Items.Count == 0 ? 0 : (int)(Items.Sum(item => item.IsOver ? 100 : item.Job?.ProgressPercentage ?? 0) / Items.Count);

    string Title => _batch is null ? "Batch" : IsOver ? _batch.Name : $"{Percentage} % · {_batch.Name}";

    string News => $"{Done} of {Items.Count} done{(Failed == 0 ? "" : $", {Failed} failed")}";

    protected override async Task OnLiveAsync()
    {
        if (BatchId is not { } id)
        {
            Navigation.NavigateTo("dashboard");
            return;
        }
        while (await TryUntilReachedAsync(async (client, ct) => _batch = await client.BatchAsync(id, ct)))
            await Task.Delay(IsOver ? Seldom : Often, Gone);
    }

    Task<bool> CancelAsync() => ActAsync(async (client, ct) => _batch = await client.CancelBatchAsync(_batch!.Id, ct));

    async Task DeleteAsync()
    {
        var sure = await Dialogs.ShowMessageBoxAsync("Delete this batch?", "Its jobs and all that was made of them will be gone.", "Delete", cancelText: "Keep it");
        if (sure != true) return;
        if (await ActAsync((client, ct) => client.DeleteBatchAsync(_batch!.Id, ct))) Navigation.NavigateTo("dashboard");
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
