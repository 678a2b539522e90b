using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Octavia.Dubbing.Reporting;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Subtitles;

namespace Octavia.Dubbing.Pipeline;

/// <summary>
/// The files that a run leaves behind, named after the input. They are made in the work folder and moved to the results at the end, all or none:
/// a run that fails or is stopped leaves no half of a result, and no result of an earlier run in half.
/// </summary>
sealed class ResultFiles(DubbingRequest request)
{
    readonly List<Artifact> _artifacts = [];
    readonly string _name = ResultName.Of(request.Name ?? Path.GetFileNameWithoutExtension(request.Input)) + (request.Span is null ? "" : ".preview");
    readonly string _folder = Directory.CreateDirectory(Path.Combine(request.WorkFolder, "result")).FullName;

    /// <summary>Path of a result while it is made.</summary>
    /// <param name="ending">With its dots: <c>.es.srt</c>.</param>
    public string PathOf(string ending) => Path.Combine(_folder, _name + ending);

    /// <summary>Records a file as result.</summary>
    public Artifact Add(string kind, string path, string? language = null)
    {
        var artifact = new Artifact(kind, path, language);
        _artifacts.Add(artifact);
        return artifact;
    }

    /// <summary>Writes VTT, ASS and SRT of one language, or of two together (<c>es-en</c>), and returns the SRT.</summary>
    public async Task<Artifact> WriteSubtitlesAsync(IReadOnlyList<SubtitleCue> cues, string language, CancellationToken cancellationToken)
    {
        await WriteAsync(SubtitleFormat.Vtt);
        await WriteAsync(SubtitleFormat.Ass);
        return await WriteAsync(SubtitleFormat.Srt);

        async Task<Artifact> WriteAsync(SubtitleFormat format)
        {
            var path = PathOf($".{language}.{format.ToString().ToLowerInvariant()}");
            await File.WriteAllTextAsync(path, SubtitleWriter.Write(cues, format), cancellationToken);
            return Add("subtitles", path, language);
        }
    }

    /// <summary>Writes plain text.</summary>
    public async Task<Artifact> WriteTextAsync(string kind, string ending, string text, string language, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(PathOf(ending), text, new UTF8Encoding(false), cancellationToken);
        return Add(kind, PathOf(ending), language);
    }

    /// <summary>Writes scripts and report and moves all to where they belong.</summary>
    public async Task<DubbingResult> FinishAsync(Artifact main, IReadOnlyList<Script> scripts, DubbingReport report, Stopwatch watch, CancellationToken cancellationToken)
    {
        foreach (var script in scripts)
        {
            var language = scripts.Count == 1 ? null : script.TargetLanguage;
            var path = PathOf(language is null ? ".script.json" : $".{language}.script.json");
            await File.WriteAllBytesAsync(path, JsonSerializer.SerializeToUtf8Bytes(script, ScriptJson.Readable.Script), cancellationToken);
            Add("script", path, language);
        }
        using var process = Process.GetCurrentProcess();
        var elapsed = watch.Elapsed.TotalSeconds;
        var per = Math.Max(report.DurationSeconds, 1e-3);
        report = report with
        {
            ElapsedSeconds = Math.Round(elapsed, 3),
            RealTimeFactor = Math.Round(elapsed / per, 3),
            StageRealTimeFactors = report.StageSeconds.ToDictionary(stage => stage.Key, stage => Math.Round(stage.Value / per, 3)),
            PeakMemoryMebibytes = Math.Round(process.PeakWorkingSet64 / 1048576.0),
        };
        await File.WriteAllBytesAsync(PathOf(".report.json"), JsonSerializer.SerializeToUtf8Bytes(report, ScriptJson.Readable.DubbingReport), cancellationToken);
        Add("report", PathOf(".report.json"));
        return Deliver(main, report);
    }

    DubbingResult Deliver(Artifact main, DubbingReport report)
    {
        Artifact Final(Artifact made) => made with { Path = Path.Combine(request.OutputFolder, Path.GetFileName(made.Path)) };
        foreach (var made in _artifacts) File.Move(made.Path, Final(made).Path, overwrite: true);
        Directory.Delete(_folder, recursive: true);
        return new DubbingResult(Final(main), [.. _artifacts.Select(Final)], report);
    }
}
