using System.Text.Json;
using Octavia.Jobs.Client;

namespace Octavia.Web.Jobs;

/// <summary>The same form for several inputs at once.</summary>
public sealed partial class NewJob
{
    SeveralInputs? _several;
    IReadOnlyList<BatchInput>? _inputs;
    BatchResponse? _batch;

    async Task<bool> SendSeveralAsync()
    {
        _step = Step.Sending;
        (_inputs, var failure) = await _several!.DeliverAsync(Gone);
        if (failure is { Status: 401 }) await Api.LogInAgainAsync();
        else if ((failure?.Sentence() ?? _several.Problem) is { } sentence) Failure = new(sentence);
        return _inputs is not null;
    }

    async Task CreateBatchAsync(OctaviaClient client, CancellationToken ct)
    {
        var request = new CreateBatchRequest { JobType = Kind.Type, Items = _inputs!, Options = Options() };
        var text = JsonSerializer.Serialize(request, OctaviaClient.Json);
        if (text != _request) (_request, _key) = (text, Guid.NewGuid().ToString());
        _batch = await client.CreateBatchAsync(request, _key, ct);
    }
}
