namespace Octavia.Dubbing.Translation;

/// <summary>
/// Gives the lines that a translator could not do to another, and says so of each. The other is opened when the first line needs it. Owns both.
/// </summary>
/// <param name="first">Asked first.</param>
/// <param name="openNext">Opens the other; null when there is none that can run.</param>
public sealed class FallbackTranslator(ITranslator first, Func<CancellationToken, Task<ITranslator?>> openNext) : ITranslator, IShortener
{
    readonly SemaphoreSlim _opening = new(1, 1);
    ITranslator? _next;
    bool _tried;

    /// <inheritdoc />
    public string Description => first.Description;

    /// <inheritdoc />
    public async Task<IReadOnlyList<TranslatedLine>> TranslateAsync(
        IReadOnlyList<TranslationLine> lines, IReadOnlyList<TranslationLine> context, CancellationToken cancellationToken)
    {
        IReadOnlyList<TranslatedLine> results;
        DubbingException? refusal = null;
        try
        {
            results = await first.TranslateAsync(lines, context, cancellationToken);
        }
        catch (DubbingException e) when (e.Failure.Kind is not (FailureKind.Usage or FailureKind.Cancelled))
        {
            refusal = e;
            results = [.. lines.Select(_ => TranslatedLine.Failed(e.Failure.Message))];
        }
        var open = Enumerable.Range(0, lines.Count).Where(i => results[i].Text is null).ToList();
        if (open.Count == 0) return results;
        if (await NextAsync(cancellationToken) is not { } next)
        {
            if (refusal is not null) throw refusal;
            return results;
        }
        var others = await next.TranslateAsync([.. open.Select(i => lines[i])], context, cancellationToken);
        var all = results.ToArray();
        foreach (var (i, other) in open.Zip(others))
            if (other.Text is not null)
                all[i] = other with { Problem = $"{all[i].Problem} It was translated by {next.Description} instead." };
        return all;
    }

    /// <inheritdoc />
    public Task<string?> ShortenAsync(TranslationLine line, Overrun last, CancellationToken cancellationToken) =>
        first is IShortener shortener ? shortener.ShortenAsync(line, last, cancellationToken) : Task.FromResult<string?>(null);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await first.DisposeAsync();
        if (_next is not null) await _next.DisposeAsync();
        _opening.Dispose();
    }

    async Task<ITranslator?> NextAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (!_tried) _next = await openNext(cancellationToken);
            _tried = true;
            return _next;
        }
        finally
        {
            _opening.Release();
        }
    }
}
