using System.Diagnostics;
using Octavia.Dubbing.Reporting;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Subtitles;

namespace Octavia.Dubbing.Pipeline;

/// <summary>Translates a text or subtitles into the same form in another language. A line that fails keeps its words and is flagged.</summary>
sealed class TextRun(DubbingRequest request, EnginePool engines, RunProgress progress)
{
    const int Group = 16;
    readonly string _target = request.TargetLanguages[0];
    readonly Stopwatch _watch = Stopwatch.StartNew();
    readonly ResultFiles _files = new(request);

    /// <summary>Runs to the end.</summary>
    public async Task<DubbingResult> RunAsync(CancellationToken cancellationToken)
    {
        if (request.SourceLanguage == "auto")
            throw new DubbingException(new Failure("language.needed", FailureKind.Usage, "The language of a text is not detected: say which one it is (--from)."));
        var text = await TextFile.ReadAsync(request.Input, cancellationToken);
        var format = SubtitleReader.FormatOf(request.Input, text);
        var cues = format is null ? [] : SubtitleReader.Read(text);
        // A line break inside a subtitle is layout: it is taken out and made anew.
        var source = format is null ? text.ReplaceLineEndings("\n").Split('\n') : [.. cues.Select(cue => cue.Text.ReplaceLineEndings(" "))];
        var translator = await engines.TranslatorAsync(request.SourceLanguage, _target, request, cancellationToken);
        using var store = await ScriptStore.OpenAsync(request.WorkFolder, StageHash.Of(text, request.SourceLanguage, $"{format}"), request.Checkpoint, cancellationToken);
        await store.UpdateAsync(script => Begin(script, source), null, cancellationToken);
        var lines = store.Script.Utterances;
        var translation = new ScriptTranslation(request, request.SourceLanguage, _target, translator, store, progress);
        foreach (var group in lines.Chunk(Group))
        {
            await translation.TranslateAsync(group, cancellationToken);
            progress.Report(Phase.Translating, (double)translation.Done / lines.Count, $"Translated {translation.Done} of {lines.Count} lines");
        }
        translation.Complete();
        var main = await WriteAsync(format, cues, Result(source, lines), cancellationToken);
        progress.Report(Phase.Assembling, 1, "Done");
        var report = new DubbingReport
        {
            SourceLanguage = request.SourceLanguage,
            StageSeconds = progress.StageSeconds,
            Notes = await engines.ToneNoteAsync(request.SourceLanguage, _target, request, cancellationToken) is { } note ? [note] : [],
            Versions =
            [
                new VersionReport
                {
                    Language = _target,
                    Engines = new Dictionary<string, string> { ["translation"] = translator.Description },
                    Lines = LineFigures.Of(lines, translation.Reused),
                },
            ],
        };
        return await _files.FinishAsync(main, [], report, _watch, cancellationToken);
    }

    void Begin(Script script, IEnumerable<string> source)
    {
        script.SourceLanguage = request.SourceLanguage;
        script.TargetLanguage = _target;
        if (script.Utterances.Count > 0) return;
        script.Utterances.AddRange(source.Where(IsLine).Select((line, i) => new Utterance { Id = i + 1, Start = 0, End = 0, Text = line }));
    }

    // Empty lines are where they were.
    static List<string> Result(IEnumerable<string> source, IEnumerable<Utterance> lines)
    {
        var translated = new Queue<string>(lines.Select(line => line.Translation?.Text ?? line.Text));
        return [.. source.Select(line => IsLine(line) ? translated.Dequeue() : "")];
    }

    Task<Artifact> WriteAsync(SubtitleFormat? format, IReadOnlyList<SubtitleCue> cues, List<string> lines, CancellationToken cancellationToken)
    {
        if (format is not { } subtitles)
            return _files.WriteTextAsync("text", $".{_target}.txt", string.Join('\n', lines), _target, cancellationToken);
        var text = SubtitleWriter.Write(cues.Zip(lines, (cue, line) => cue with { Text = LineBreaker.Wrap(line) }), subtitles);
        var ending = $".{_target}.{subtitles.ToString().ToLowerInvariant()}";
        return _files.WriteTextAsync("subtitles", ending, text, _target, cancellationToken);
    }

    static bool IsLine(string line) => !string.IsNullOrWhiteSpace(line);
}
