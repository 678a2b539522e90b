using System.Threading.Channels;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Translation;

namespace Octavia.Dubbing.Pipeline;

/// <summary>Translates lines in small groups with the lines before them as context. A line that fails is flagged and stays untranslated.</summary>
sealed class TranslationStage(DubbingRequest request, EnginePool engines, ScriptStore store, RunProgress progress)
{
    const int Group = 8;
    const int Context = 5;
    // A rough budget: nobody speaks faster than this.
    const double CharactersPerSecond = 18;
    const string Flag = "untranslated: ";
    readonly List<TranslationLine> _context = [];
    Exception? _lastFailure;
    int _done;
    int _failed;

    /// <summary>What translated; null before the first line.</summary>
    public string? Engine { get; private set; }

    /// <summary>Runs until the input ends.</summary>
    public async Task RunAsync(ChannelReader<Utterance> input, ChannelWriter<Utterance> output, CancellationToken cancellationToken)
    {
        while (await input.WaitToReadAsync(cancellationToken))
        {
            var group = new List<Utterance>();
            while (group.Count < Group && input.TryRead(out var line)) group.Add(line);
            var translator = await engines.TranslatorAsync(store.Script.SourceLanguage, request, cancellationToken);
            Engine = translator.Description;
            await TranslateAsync(translator, group, cancellationToken);
            foreach (var line in group)
            {
                _done++;
                progress.Report(Phase.Translating, 0.99 * line.End / store.Script.DurationSeconds, $"Translated line {_done}");
                await output.WriteAsync(line, cancellationToken);
            }
        }
        if (_done > 0 && _failed == _done)
            throw _lastFailure as DubbingException ?? new DubbingException(
                new Failure("translation.failed", FailureKind.Engine, $"Not one line could be translated: {_lastFailure?.Message}"), _lastFailure);
        progress.Report(Phase.Translating, 1, $"Translated {_done} lines");
    }

    async Task TranslateAsync(ITranslator translator, List<Utterance> group, CancellationToken cancellationToken)
    {
        var open = group.Where(line => line.Translation?.Hash != HashOf(line)).ToList();
        if (open.Count > 0)
        {
            var translated = await progress.TimeAsync(Phase.Translating, () => AskAsync(translator, open, cancellationToken));
            await store.UpdateAsync(
                _ =>
                {
                    foreach (var (line, result) in open.Zip(translated)) Record(line, result);
                },
                null,
                cancellationToken);
        }
        _context.AddRange(group.Select(LineOf));
        if (_context.Count > Context) _context.RemoveRange(0, _context.Count - Context);
    }

    async Task<IReadOnlyList<TranslatedLine?>> AskAsync(ITranslator translator, List<Utterance> lines, CancellationToken cancellationToken)
    {
        try
        {
            return await translator.TranslateAsync([.. lines.Select(LineOf)], [.. _context], cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException && !IsFinal(e))
        {
            _lastFailure = e;
            if (lines.Count == 1) return [null];
        }
        // One bad line must not take its neighbours with it.
        var results = new List<TranslatedLine?>();
        foreach (var line in lines) results.AddRange(await AskAsync(translator, [line], cancellationToken));
        return results;
    }

    void Record(Utterance line, TranslatedLine? result)
    {
        line.Flags.RemoveAll(flag => flag.StartsWith(Flag, StringComparison.Ordinal) || flag.StartsWith("translation: ", StringComparison.Ordinal));
        if (result is null)
        {
            _failed++;
            line.Translation = null;
            line.Flags.Add(Flag + _lastFailure!.Message);
            return;
        }
        line.Translation = new Translated(result.Text.Trim(), HashOf(line));
        if (result.Problem is { } problem) line.Flags.Add("translation: " + problem);
    }

    string HashOf(Utterance line) => StageHash.Of(line.Text, store.Script.SourceLanguage, request.TargetLanguage, Engine!);

    static TranslationLine LineOf(Utterance line) =>
        new(line.Text, (int)Math.Ceiling(CharactersPerSecond * (line.Length + 0.5)), line.Speaker);

    static bool IsFinal(Exception e) => e is DubbingException { Failure.Kind: FailureKind.MissingTool or FailureKind.Usage };
}
