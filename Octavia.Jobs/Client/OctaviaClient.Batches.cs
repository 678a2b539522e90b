namespace Octavia.Jobs.Client;

public sealed partial class OctaviaClient
{
    /// <param name="batch">Of what, and how.</param>
    /// <param name="key">Of this one wish: sent again with it, it makes no second batch.</param>
    /// <param name="ct">Stops waiting.</param>
    public Task<BatchResponse> CreateBatchAsync(CreateBatchRequest batch, string? key = null, CancellationToken ct = default) =>
        SendAsync<BatchResponse>(HttpMethod.Post, "batches", batch, key, ct);

    public Task<BatchResponse> BatchAsync(Guid id, CancellationToken ct = default) => SendAsync<BatchResponse>(HttpMethod.Get, $"batches/{id}", null, ct);

    public Task<BatchPage> BatchesAsync(int page = 1, int pageSize = 20, CancellationToken ct = default) =>
        SendAsync<BatchPage>(HttpMethod.Get, $"batches?page={page}&page_size={pageSize}", null, ct);

    /// <summary>Cancels what is not over.</summary>
    public Task<BatchResponse> CancelBatchAsync(Guid id, CancellationToken ct = default) => SendAsync<BatchResponse>(HttpMethod.Post, $"batches/{id}/cancel", null, ct);

    /// <summary>Deletes the batch with its jobs and their files.</summary>
    public Task DeleteBatchAsync(Guid id, CancellationToken ct = default) => SendAsync(HttpMethod.Delete, $"batches/{id}", null, ct);

    /// <summary>A zip of all results so far, as a stream; the caller disposes the response.</summary>
    public async Task<HttpResponseMessage> DownloadBatchAsync(Guid id, CancellationToken ct = default)
    {
        using var request = Request(HttpMethod.Get, $"batches/{id}/download");
        return await SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
    }
}
