using Octavia.Api.Operations;
using Octavia.Jobs.Client;
using Octavia.Jobs.Workers;

namespace Octavia.Api.Jobs;

/// <summary>What jobs can be asked for beside their languages: what the workers say is there. Before the first has spoken, a job tries.</summary>
sealed class CapabilityCheck(CapabilityBoard board)
{
    static readonly string[] ModelSizes = ["tiny", "base", "small", "medium", "large-v3-turbo"];

    public async Task<CapabilitiesResponse> DescribeAsync() => new((await board.ReadAsync())?.ModelSizes ?? []);

    public async Task CheckSizeAsync(string size)
    {
        if (!ModelSizes.Contains(size))
            throw Refusal.Invalid("job.model_size_unknown", $"The model size is unknown; use {string.Join(", ", ModelSizes)}, or leave it out.");
        if (await board.ReadAsync() is not { ModelSizes: { Count: > 0 } there } || there.Contains(size)) return;
        throw Refusal.Invalid("model.missing", $"The model whisper-{size} is not there; run octavia models add whisper-{size} on the machine of the worker, or use {string.Join(", ", there)}.");
    }
}
