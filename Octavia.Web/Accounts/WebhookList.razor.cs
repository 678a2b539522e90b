using Octavia.Jobs.Client;

namespace Octavia.Web.Accounts;

/// <summary>The webhooks of the account. What was sent is read again every few seconds, for as long as something waits.</summary>
public sealed partial class WebhookList
{
    const int Shown = 5;

    static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    readonly Dictionary<Guid, IReadOnlyList<DeliveryResponse>> _sent = [];
    readonly HashSet<string> _events = [.. WebhookEvents.All];
    IReadOnlyList<WebhookResponse>? _webhooks;
    WebhookResponse? _made;
    string _url = "";
    string _news = "";
    bool _busy;

    protected override async Task OnLiveAsync()
    {
        if (!await TryUntilReachedAsync(LoadAsync)) return;
        using var timer = new PeriodicTimer(Pause);
        while (await timer.WaitForNextTickAsync(Gone))
        {
            if (!_sent.Values.Any(x => x.Any(delivery => delivery.Status == "waiting"))) continue;
            // What is not reached now is the next time; a failure of an act stays to be read.
            var failure = Failure;
            if (!await TryAsync(LoadSentAsync)) Failure = failure;
            StateHasChanged();
        }
    }

    async Task LoadAsync(OctaviaClient client, CancellationToken ct)
    {
        _webhooks = await client.WebhooksAsync(ct);
        await LoadSentAsync(client, ct);
    }

    async Task LoadSentAsync(OctaviaClient client, CancellationToken ct)
    {
        foreach (var webhook in _webhooks ?? [])
            _sent[webhook.Id] = [.. (await client.DeliveriesAsync(webhook.Id, ct)).Take(Shown)];
    }

    async Task AddAsync()
    {
        _made = null;
        var done = await ActAsync("The webhook is added. Copy its secret now: it is not shown again.", async (client, ct) =>
            _made = await client.CreateWebhookAsync(_url, [.. WebhookEvents.All.Where(_events.Contains)], ct));
        if (done) _url = "";
    }

    async Task RemoveAsync(WebhookResponse webhook)
    {
        var sure = await Dialogs.ShowMessageBoxAsync("Remove this webhook?", $"{webhook.Url} is told of nothing any more.", "Remove", cancelText: "Keep it");
        if (sure != true) return;
        if (_made?.Id == webhook.Id) _made = null;
        if (await ActAsync("The webhook is removed.", (client, ct) => client.DeleteWebhookAsync(webhook.Id, ct))) _sent.Remove(webhook.Id);
    }

    Task<bool> PingAsync(WebhookResponse webhook) => ActAsync("The test is sent.", (client, ct) => client.PingAsync(webhook.Id, ct));

    Task<bool> RetryAsync(WebhookResponse webhook, DeliveryResponse delivery) =>
        ActAsync("It is sent again.", (client, ct) => client.RetryDeliveryAsync(webhook.Id, delivery.Id, ct));

    void Toggle(string name)
    {
        if (!_events.Remove(name)) _events.Add(name);
    }

    static string Say(DeliveryResponse delivery) => delivery switch
    {
        { Status: "delivered" } => $"taken ({delivery.StatusCode})",
        { Tries: 0 } => "on its way",
        { Status: "waiting" } => $"not taken yet. {delivery.Problem}",
        _ => $"given up. {delivery.Problem}",
    };

    async Task<bool> ActAsync(string news, Func<OctaviaClient, CancellationToken, Task> act)
    {
        (_busy, _news) = (true, "");
        var done = await TryAsync(async (client, ct) =>
        {
            await act(client, ct);
            await LoadAsync(client, ct);
        });
        _busy = false;
        if (done) _news = news;
        return done;
    }
}
