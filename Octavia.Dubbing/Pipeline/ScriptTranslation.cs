using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Translation;

namespace Octavia.Dubbing.Pipeline;

/// <summary>
/// Translates lines of a script with the lines before them as context. A line that fails is flagged and has no translation; one that an
/// interrupted run translated is not asked for again.
/// </summary>
/// <param name="request">Glossary and tone.</param>
/// <param name="source">Language of the lines.</param>
/// <param name="target">Language of the translations.</param>
/// <param name="translator">Translates.</param>
/// <param name="store">Script of the lines.</param>
/// <param name="progress">Told of the time that it takes.</param>
/// <param name="budgetOf">Most characters of a line's translation; null where lines may be as long as they like.</param>
sealed class ScriptTranslation(
    DubbingRequest request, string source, string target, ITranslator translator, ScriptStore store, RunProgress progress, Func<Utterance, int>? budgetOf = null)
{
    const int Context = 5;
    const string Untranslated = "untranslated: ";
    const string Remark = "translation: ";
    readonly List<TranslationLine> _context = [];
    Exception? _lastFailure;
    string _lastProblem = "";
    int _failed;

    /// <summary>Lines so far.</summary>
    public int Done { get; private set; }

    /// <summary>Those of them that were translated before.</summary>
    public int Reused { get; private set; }

    /// <summary>Translates the next lines; what came of them is on disk when this returns.</summary>
    public async Task TranslateAsync(IReadOnlyList<Utterance> group, CancellationToken cancellationToken)
    {
        var open = group.Where(line => line.Translation?.Hash != HashOf(line)).ToList();
        if (open.Count > 0)
        {
            var translated = await progress.TimeAsync(Phase.Translating, () => AskAsync(open, cancellationToken));
            _failed += translated.Count(line => line.Text is null);
            await store.UpdateAsync(
                _ =>
                {
                    foreach (var (line, result) in open.Zip(translated)) Record(line, result);
                },
                null,
                cancellationToken);
        }
        Done += group.Count;
        Reused += group.Count - open.Count;
        _context.AddRange(group.Select(line => new TranslationLine(line.Text, Speaker: line.Speaker)));
        if (_context.Count > Context) _context.RemoveRange(0, _context.Count - Context);
    }

    /// <summary>To be called at the end: refuses a result in which nothing is translated.</summary>
    /// <exception cref="DubbingException"><c>translation.failed</c>, or what the translator threw.</exception>
    public void Complete()
    {
        if (Done == 0 || _failed < Done) return;
        throw _lastFailure as DubbingException ?? new DubbingException(
            new Failure(
                "translation.failed", FailureKind.Engine,
                $"Not one line could be translated ({_lastProblem.TrimEnd('.')}); try again later, or choose another translation engine."),
            _lastFailure);
    }

    async Task<IReadOnlyList<TranslatedLine>> AskAsync(List<Utterance> lines, CancellationToken cancellationToken)
    {
        try
        {
            var results = await translator.TranslateAsync([.. lines.Select(LineOf)], [.. _context], cancellationToken);
            _lastProblem = results.LastOrDefault(line => line.Text is null)?.Problem ?? _lastProblem;
            return results;
        }
        catch (Exception e) when (e is not OperationCanceledException && !IsFinal(e))
        {
            (_lastFailure, _lastProblem) = (e, e.Message);
            if (lines.Count == 1) return [TranslatedLine.Failed(e.Message)];
        }
        // One bad line must not take its neighbours with it.
        var alone = new List<TranslatedLine>();
        foreach (var line in lines) alone.AddRange(await AskAsync([line], cancellationToken));
        return alone;
    }

    void Record(Utterance line, TranslatedLine result)
    {
        line.Flags.RemoveAll(flag => flag.StartsWith(Untranslated, StringComparison.Ordinal) || flag.StartsWith(Remark, StringComparison.Ordinal));
        line.Translation = result.Text is { } text ? new Translated(text.Trim(), HashOf(line)) { By = result.By } : null;
        if (line.Translation is null) line.Flags.Add(Untranslated + result.Problem);
        else if (result.Problem is { } problem) line.Flags.Add(Remark + problem);
    }

    // A line that no term is in stays as it is under another glossary.
    string HashOf(Utterance line)
    {
        var wishes = LineWishes.Of(request, line);
        return StageHash.Of([line.Text, source, target, translator.Description, .. wishes.Hashed]);
    }

    TranslationLine LineOf(Utterance line) => LineWishes.Of(request, line).For(line, budgetOf?.Invoke(line));

    static bool IsFinal(Exception e) => e is DubbingException { Failure.Kind: FailureKind.MissingTool or FailureKind.Usage };
}
