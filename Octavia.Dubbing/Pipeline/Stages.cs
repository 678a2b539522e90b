using System.Threading.Channels;

namespace Octavia.Dubbing.Pipeline;

/// <summary>Runs stages side by side.</summary>
static class Stages
{
    /// <summary>Starts a stage; its outputs end when it does, and in the same way.</summary>
    public static async Task RunAsync<T>(Func<Task> stage, params ChannelWriter<T>[] outputs)
    {
        await Task.Yield();
        try
        {
            await stage();
            foreach (var output in outputs) output.Complete();
        }
        catch (Exception e)
        {
            foreach (var output in outputs) output.TryComplete(e);
            throw;
        }
    }

    /// <summary>Waits for all stages. The first that fails stops the others, and is the one that is told.</summary>
    public static async Task AllAsync(CancellationTokenSource stop, IEnumerable<Task> stages)
    {
        var left = stages.ToList();
        while (left.Count > 0)
        {
            var ended = await Task.WhenAny(left);
            left.Remove(ended);
            if (ended.IsCompletedSuccessfully) continue;
            await stop.CancelAsync();
            await Task.WhenAll(left).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            await ended;
        }
    }
}
