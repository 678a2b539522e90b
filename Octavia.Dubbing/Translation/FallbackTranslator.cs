namespace Octavia.Dubbing.Translation;

/// <summary>A translator for what another could not do.</summary>
/// <param name="Engine">Its engine, as it is asked for.</param>
/// <param name="Translator">Open.</param>
public sealed record NextTranslator(string Engine, ITranslator Translator);

/// <summary>
/// Gives the lines that a translator could not do to another, and says so of each. The other is opened when the first line needs it. Owns both.
/// </summary>
/// <param name="first">Asked first.</param>
/// <param name="openNext">Opens the other; null when there is none that can run.</param>
public sealed class FallbackTranslator(ITranslator first, Func<CancellationToken, Task<NextTranslator?>> openNext) : ITranslator, IShortener
{
    // A service that is down would be waited for again with every few lines of a film.
    const int EnoughFailures = 2;
    static readonly TimeSpan Rest = TimeSpan.FromMinutes(5);
    readonly SemaphoreSlim _opening = new(1, 1);
    NextTranslator? _next;
    int _failed;
    long _failedAt;
    string _problem = "";

    /// <inheritdoc />
    public string Description => first.Description;

    /// <inheritdoc />
    public bool TakesTone => first.TakesTone;

    // What the next one takes has another price.
    /// <inheritdoc />
    public TokenUse Used => first.Used;

    bool IsResting => _failed >= EnoughFailures && Environment.TickCount64 - _failedAt < Rest.TotalMilliseconds;

    /// <inheritdoc />
    public async Task<IReadOnlyList<TranslatedLine>> TranslateAsync(
        IReadOnlyList<TranslationLine> lines, IReadOnlyList<TranslationLine> context, CancellationToken cancellationToken)
    {
        var (results, refusal) = await AskFirstAsync(lines, context, cancellationToken);
        var open = Enumerable.Range(0, lines.Count).Where(i => results[i].Text is null).ToList();
        if (open.Count == 0) return results;
        try
        {
            if (await NextAsync(cancellationToken) is { } next)
            {
                var others = await next.Translator.TranslateAsync([.. open.Select(i => lines[i])], context, cancellationToken);
                foreach (var (i, other) in open.Zip(others))
                    if (other.Text is not null)
                        results[i] = other with { Problem = $"{results[i].Problem} It was translated by {next.Translator.Description} instead.", By = other.By ?? next.Engine };
                return results;
            }
        }
        catch (DubbingException e) when (CanBeOthers(e))
        {
            // What the first could do is kept.
        }
        return refusal is not null ? throw refusal : results;
    }

    async Task<(TranslatedLine[] Results, DubbingException? Refusal)> AskFirstAsync(
        IReadOnlyList<TranslationLine> lines, IReadOnlyList<TranslationLine> context, CancellationToken cancellationToken)
    {
        if (IsResting) return ([.. lines.Select(_ => TranslatedLine.Failed(_problem))], null);
        try
        {
            TranslatedLine[] results = [.. await first.TranslateAsync(lines, context, cancellationToken)];
            if (Array.TrueForAll(results, line => line.Text is null) && results is [{ Problem: { } problem }, ..]) Note(_failed + 1, problem);
            else _failed = 0;
            return (results, null);
        }
        catch (DubbingException e) when (CanBeOthers(e))
        {
            Note(EnoughFailures, e.Failure.Message);
            return ([.. lines.Select(_ => TranslatedLine.Failed(e.Failure.Message))], e);
        }
    }

    void Note(int failed, string problem) => (_failed, _failedAt, _problem) = (failed, Environment.TickCount64, problem);

    static bool CanBeOthers(DubbingException e) => e.Failure.Kind is not (FailureKind.Usage or FailureKind.Cancelled);

    /// <inheritdoc />
    public Task<string?> ShortenAsync(TranslationLine line, Overrun last, CancellationToken cancellationToken) =>
        first is IShortener shortener ? shortener.ShortenAsync(line, last, cancellationToken) : Task.FromResult<string?>(null);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        try
        {
            await first.DisposeAsync();
        }
        finally
        {
            if (_next is not null) await _next.Translator.DisposeAsync();
            _opening.Dispose();
        }
    }

    async Task<NextTranslator?> NextAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            return _next ??= await openNext(cancellationToken);
        }
        finally
        {
            _opening.Release();
        }
    }
}
