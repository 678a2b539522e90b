using Octavia.Api.Operations;
using Octavia.Jobs.Client;
using Octavia.Jobs.Workers;

namespace Octavia.Api.Jobs;

/// <summary>What jobs can be asked for beside their languages: what the workers say is there. Before the first has spoken, a job tries.</summary>
sealed class CapabilityCheck(CapabilityBoard board)
{
    static readonly string[] ModelSizes = ["tiny", "base", "small", "medium", "large-v3-turbo"];

    public async Task<CapabilitiesResponse> DescribeAsync()
    {
        var can = await board.ReadAsync();
        return new(can?.ModelSizes ?? [], can?.Cloned ?? []);
    }

    public async Task CheckSizeAsync(string size)
    {
        if (!ModelSizes.Contains(size))
            throw Refusal.Invalid("job.model_size_unknown", $"The model size is unknown; use {string.Join(", ", ModelSizes)}, or leave it out.");
        if (await board.ReadAsync() is not { ModelSizes: { Count: > 0 } there } || there.Contains(size)) return;
        throw Refusal.Invalid("model.missing", $"The model whisper-{size} is not there; run octavia models add whisper-{size} on the machine of the worker, or use {string.Join(", ", there)}.");
    }

    /// <summary>Refuses to clone voices without consent, and where nothing can.</summary>
    public async Task CheckCloningAsync(bool hasConsent, IReadOnlyList<string> targets)
    {
        if (!hasConsent)
            throw Refusal.Invalid("clone.no_consent", "Voices are cloned only with the consent of those who speak; confirm with i_have_consent that everybody has agreed, or leave clone_voices out.");
        if (await board.ReadAsync() is not { } can || targets.Any(can.Cloned.Contains)) return;
        throw Refusal.Invalid("clone.unavailable", $"No engine here clones voices in {string.Join(" or ", targets.Select(can.NameOf))}; leave clone_voices out.");
    }
}
