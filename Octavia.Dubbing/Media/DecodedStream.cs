namespace Octavia.Dubbing.Media;

/// <summary>
/// The sound of a file while ffmpeg decodes it. It ends only where the file's sound does: when ffmpeg was killed or the file is cut off,
/// the read that finds nothing more throws, so that half a film is never taken for a whole one. Disposing kills ffmpeg.
/// </summary>
/// <exception cref="DubbingException"><c>input.unplayable</c>, <c>input.damaged</c>, <c>decoder.killed</c>, <c>tool.timeout</c>; from reading.</exception>
public sealed class DecodedStream(ChildOutput decoder, MediaInfo media, int bytesPerSecond) : ForwardStream
{
    // Headers are a little wrong in many good files.
    const double ToleratedSeconds = 2;
    const double ToleratedShare = 0.02;
    // What a shell reports of a process that a signal ended: 128 and the signal.
    const int Signalled = 128;
    static readonly TimeSpan UsualPatience = TimeSpan.FromMinutes(5);
    long _bytes;
    bool _checked;

    /// <summary>Longest silence of ffmpeg: a file that sets it to work without end does not keep a worker for ever.</summary>
    internal TimeSpan Patience { get; init; } = UsualPatience;

    double Seconds => (double)_bytes / bytesPerSecond;

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await ReadInTimeAsync(buffer, cancellationToken);
        _bytes += read;
        if (read == 0 && buffer.Length > 0 && !_checked) await CheckAsync(cancellationToken);
        return read;
    }

    async Task<int> ReadInTimeAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        silence.CancelAfter(Patience);
        try
        {
            return await decoder.Stream.ReadAsync(buffer, silence.Token);
        }
        catch (OperationCanceledException) when (silence.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw DubbingException.Unusable(
                "tool.timeout", $"ffmpeg found no sound in {media.Name} for {Patience.TotalSeconds:0} s and was stopped; the file may be damaged: convert it with another program first.");
        }
    }

    async Task CheckAsync(CancellationToken cancellationToken)
    {
        var run = await decoder.Completion;
        if (run.ExitCode > Signalled)
            throw new DubbingException(new Failure(
                "decoder.killed", FailureKind.Engine,
                $"ffmpeg was killed (exit code {run.ExitCode}) while it decoded {media.Name}, perhaps for want of memory; the same again goes on where this was."));
        if (_bytes == 0)
            throw DubbingException.Unusable(
                "input.unplayable", $"The sound of {media.Name} cannot be decoded ({Ffmpeg.Reason(run.Error, media.Path)}); convert it with another program first.");
        if (IsShort(Seconds, media.DurationSeconds)) await ExplainAsync(run, cancellationToken);
        _checked = true;
    }

    // Sound may end before the picture does. Only the packets tell that from a file that is cut off.
    async Task ExplainAsync(ChildResult run, CancellationToken cancellationToken)
    {
        var ends = await PacketScan.RunAsync(media.Path, media.Speech.Index, media.StartSeconds, cancellationToken);
        if (media.Span is { } span) ends = new(Within(ends.File, span), Within(ends.Track, span));
        if (IsShort(ends.File, media.DurationSeconds))
            throw DubbingException.Unusable(
                "input.damaged", $"{media.Name} is cut off: it holds {ends.File:0} of {media.DurationSeconds:0} seconds; export or download it again.");
        if (IsShort(Seconds, ends.Track))
            throw DubbingException.Unusable(
                "input.damaged",
                $"The sound of {media.Name} is damaged after {Seconds:0} of {ends.Track:0} seconds ({Ffmpeg.Reason(run.Error, media.Path)}); export or download it again.");
    }

    static double Within(double end, MediaSpan span) => Math.Clamp(end - span.Start, 0, span.Seconds);

    static bool IsShort(double seconds, double whole) => whole - seconds > Math.Max(ToleratedSeconds, ToleratedShare * whole);

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await decoder.DisposeAsync();
        await base.DisposeAsync();
    }
}
