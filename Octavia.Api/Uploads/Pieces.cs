using System.Runtime.ExceptionServices;

namespace Octavia.Api.Uploads;

/// <summary>
/// A body in pieces: each is given when it is full, when nothing more comes, or when it has waited long enough, so that of a slow or broken
/// connection little is lost.
/// </summary>
sealed class Pieces(Stream body)
{
    // As much as one request holds in memory.
    const int Largest = 1 << 20;

    // A blob takes 50,000 pieces: more than there are of these in a day.
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    readonly byte[] buffer = new byte[Largest];
    Task<int>? reading;
    int end;

    /// <summary>Whether nothing comes after this piece.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Why nothing comes, where it is not the end of the body.</summary>
    public ExceptionDispatchInfo? Broken { get; private set; }

    /// <summary>The next piece, to be used before the one after it; may be empty.</summary>
    public async Task<MemoryStream> NextAsync()
    {
        if (end == Largest) end = 0;
        var start = end;
        var late = Task.Delay(Longest);
        while (end < Largest && !IsOver)
        {
            // Not cancelled: a connection that breaks ends the body by itself, after what has arrived of it.
            reading ??= body.ReadAsync(buffer.AsMemory(end), CancellationToken.None).AsTask();
            if (end > start && await Task.WhenAny(reading, late) == late) break;
            end += await ReadAsync(reading);
            reading = null;
        }
        return new MemoryStream(buffer, start, end - start);
    }

    async Task<int> ReadAsync(Task<int> read)
    {
        try
        {
            var count = await read;
            IsOver = count == 0;
            return count;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            (IsOver, Broken) = (true, ExceptionDispatchInfo.Capture(e));
            return 0;
        }
    }
}
