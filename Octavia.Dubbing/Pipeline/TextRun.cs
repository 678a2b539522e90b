using System.Diagnostics;
using System.Text;
using Octavia.Dubbing.Reporting;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Subtitles;
using Octavia.Dubbing.Translation;

namespace Octavia.Dubbing.Pipeline;

/// <summary>Translates a text or subtitles into the same form in another language.</summary>
sealed class TextRun(DubbingRequest request, EnginePool engines, RunProgress progress)
{
    const int Group = 16;
    const int Context = 5;
    readonly Stopwatch _watch = Stopwatch.StartNew();
    readonly ResultFiles _files = new(request);
    readonly List<string> _notes = [];

    /// <summary>Runs to the end.</summary>
    public async Task<DubbingResult> RunAsync(CancellationToken cancellationToken)
    {
        if (request.SourceLanguage == "auto")
            throw new DubbingException(new Failure("language.needed", FailureKind.Usage, "The language of a text is not detected: say which one it is (--from)."));
        var text = await TextFile.ReadAsync(request.Input, cancellationToken);
        var translator = await engines.TranslatorAsync(request.SourceLanguage, request, cancellationToken);
        var format = SubtitleReader.FormatOf(request.Input, text);
        var (main, lines) = format is { } subtitles
            ? await SubtitlesAsync(translator, text, subtitles, cancellationToken)
            : await PlainAsync(translator, text, cancellationToken);
        progress.Report(Phase.Assembling, 1, "Done");
        var report = new DubbingReport
        {
            SourceLanguage = request.SourceLanguage,
            TargetLanguage = request.TargetLanguage,
            StageSeconds = progress.StageSeconds,
            Engines = new Dictionary<string, string> { ["translation"] = translator.Description },
            Lines = new LineReport { Total = lines, Flagged = _notes.Count, Flags = _notes },
        };
        return await _files.FinishAsync(main, null, report, _watch, cancellationToken);
    }

    async Task<(Artifact Main, int Lines)> SubtitlesAsync(ITranslator translator, string text, SubtitleFormat format, CancellationToken cancellationToken)
    {
        var cues = SubtitleReader.Read(text);
        // A line break inside a subtitle is layout: it is taken out and made anew.
        var translated = await TranslateAsync(translator, [.. cues.Select(cue => cue.Text.ReplaceLineEndings(" "))], cancellationToken);
        var result = cues.Zip(translated, (cue, line) => cue with { Text = LineBreaker.Wrap(line) });
        var ending = $".{request.TargetLanguage}.{format.ToString().ToLowerInvariant()}";
        var main = await _files.WriteTextAsync("subtitles", ending, SubtitleWriter.Write(result, format), request.TargetLanguage, cancellationToken);
        return (main, cues.Count);
    }

    async Task<(Artifact Main, int Lines)> PlainAsync(ITranslator translator, string text, CancellationToken cancellationToken)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var full = lines.Where(line => !string.IsNullOrWhiteSpace(line)).ToList();
        var translated = new Queue<string>(await TranslateAsync(translator, full, cancellationToken));
        var result = new StringBuilder().AppendJoin('\n', lines.Select(line => string.IsNullOrWhiteSpace(line) ? "" : translated.Dequeue()));
        var main = await _files.WriteTextAsync("text", $".{request.TargetLanguage}.txt", result.ToString(), request.TargetLanguage, cancellationToken);
        return (main, full.Count);
    }

    async Task<List<string>> TranslateAsync(ITranslator translator, List<string> texts, CancellationToken cancellationToken)
    {
        var results = new List<string>();
        foreach (var group in texts.Chunk(Group))
        {
            var context = texts.Skip(Math.Max(0, results.Count - Context)).Take(Math.Min(Context, results.Count)).Select(line => new TranslationLine(line)).ToList();
            var lines = group.Select(line => new TranslationLine(line)).ToList();
            var translated = await progress.TimeAsync(Phase.Translating, () => translator.TranslateAsync(lines, context, cancellationToken));
            foreach (var line in translated)
            {
                results.Add(line.Text);
                if (line.Problem is { } problem) _notes.Add($"{results.Count} translation: {problem}");
            }
            progress.Report(Phase.Translating, (double)results.Count / texts.Count, $"Translated {results.Count} of {texts.Count} lines");
        }
        return results;
    }
}
