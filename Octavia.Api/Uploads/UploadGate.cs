using System.Collections.Concurrent;
using Octavia.Api.Operations;

namespace Octavia.Api.Uploads;

/// <summary>Lets one request at a time add to an upload: others would look into the same file side by side. Between processes the store decides.</summary>
sealed class UploadGate
{
    readonly ConcurrentDictionary<Guid, bool> inside = new();

    public async Task<T> PassAsync<T>(Guid upload, Func<Task<T>> work)
    {
        if (!inside.TryAdd(upload, true))
        {
            throw new Refusal(StatusCodes.Status423Locked, "upload.locked", "Another request sends to this upload just now; ask for its offset and try again in a moment.")
            {
                RetryAfter = TimeSpan.FromSeconds(1),
            };
        }
        try
        {
            return await work();
        }
        finally
        {
            inside.TryRemove(upload, out _);
        }
    }
}
