using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Octavia.Dubbing;
using Octavia.Dubbing.Scoring;
using Spectre.Console;

namespace Octavia.Cli;

/// <summary><c>octavia score</c>: dubs a set of clips and measures what came out.</summary>
static class ScoreCommand
{
    static readonly Option<string?> Media = new("--media") { Description = "Folder of clips, with an index.tsv or without; by default ../shared/media beside the repository." };
    static readonly Option<string> To = new("--to") { Description = "Languages to dub into, with commas; a clip is not dubbed into its own.", DefaultValueFactory = _ => "es,en" };
    static readonly Option<string> From = new("--from") { Description = "Languages of the clips that are taken, with commas.", DefaultValueFactory = _ => "en,es,fr" };
    static readonly Option<string?> Only = new("--only") { Description = "Takes clips with this in their name alone." };
    static readonly Option<bool> Recognition = new("--recognition") { Description = "Recognises the clips whose transcript is known, and dubs none: word error rate by language." };
    static readonly Option<Quality> QualityOption = new("--quality") { Description = "How much time quality may cost.", DefaultValueFactory = _ => Quality.Balanced };
    static readonly Option<string?> Keep = new("--keep") { Description = "Folder in which the dubs are kept." };
    static readonly Option<string?> MarkdownOption = new("--markdown") { Description = "File to write the tables to." };
    static readonly Option<bool> Json = new("--json") { Description = "One JSON object on standard output and nothing else." };

    static readonly JsonSerializerOptions JsonOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("score", "Dubs a set of clips and measures slot fit, onsets, loudness, leakage, intelligibility and speed.")
        {
            Media, To, From, Only, Recognition, QualityOption, Keep, MarkdownOption, Json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var json = arguments.GetValue(Json);
        var targets = Codes(arguments.GetValue(To)!);
        var sources = Codes(arguments.GetValue(From)!);
        var folder = arguments.GetValue(Media) ?? Path.Combine(BenchProcess.FindRoot(), "..", "shared", "media");
        var clips = ScoreClips.Read(folder).Where(clip => clip.Language == "auto" || sources.Contains(clip.Language))
            .Where(clip => arguments.GetValue(Only) is not { } part || clip.Path.Contains(part, StringComparison.OrdinalIgnoreCase)).ToList();
        await using var dubber = new Dubber(CommandLineOptions.Read());
        var scorer = new Scorer(dubber);
        if (arguments.GetValue(Recognition)) return await RecognizeAsync(scorer, clips, arguments, cancellationToken);
        var scores = new List<ClipScore>();
        foreach (var clip in clips)
            foreach (var target in targets.Where(target => target != clip.Language))
            {
                scores.Add(await ScoreAsync(scorer, clip, target, arguments, cancellationToken));
                if (!json) Console.Error.WriteLine(string.Join("  ", ScoreTable.Row(scores[^1])));
            }
        if (json) Console.WriteLine(JsonSerializer.Serialize(new { total = ScoreSummary.Of(scores), clips = scores }, JsonOptions));
        else Show(scores);
        if (arguments.GetValue(MarkdownOption) is { } path)
            await File.WriteAllTextAsync(path, ScoreTable.Markdown(scores, $"./octavia score --from {string.Join(',', sources)} --to {string.Join(',', targets)}"), cancellationToken);
        return 0;
    }

    static async Task<int> RecognizeAsync(Scorer scorer, List<ScoreClip> clips, ParseResult arguments, CancellationToken cancellationToken)
    {
        var scores = new List<RecognitionScore>();
        foreach (var clip in clips.Where(clip => clip.Transcript is not null))
        {
            var folder = Directory.CreateTempSubdirectory("octavia-score-");
            try
            {
                scores.Add(await scorer.RecognizeAsync(clip, folder.FullName, arguments.GetValue(QualityOption), cancellationToken));
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
        if (arguments.GetValue(Json)) Console.WriteLine(JsonSerializer.Serialize(scores, JsonOptions));
        else Console.Write(RecognitionTable.Markdown(scores));
        if (arguments.GetValue(MarkdownOption) is { } path) await File.WriteAllTextAsync(path, RecognitionTable.Markdown(scores), cancellationToken);
        return 0;
    }

    static async Task<ClipScore> ScoreAsync(Scorer scorer, ScoreClip clip, string target, ParseResult arguments, CancellationToken cancellationToken)
    {
        var kept = arguments.GetValue(Keep) is { } keep ? Directory.CreateDirectory(Path.Combine(keep, $"{Path.GetFileName(clip.Path)}-{target}")) : null;
        var folder = kept ?? Directory.CreateTempSubdirectory("octavia-score-");
        try
        {
            return await scorer.ScoreAsync(clip, target, folder.FullName, arguments.GetValue(QualityOption), cancellationToken);
        }
        finally
        {
            if (kept is null) folder.Delete(recursive: true);
        }
    }

    static string[] Codes(string list) => [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(name => Languages.Get(name).Code)];

    static void Show(List<ClipScore> scores)
    {
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 220;
        var table = new Table().AddColumns(ScoreTable.Columns);
        foreach (var score in scores) table.AddRow([.. ScoreTable.Row(score).Select(Markup.Escape)]);
        AnsiConsole.Write(table);
        var sum = new Table().HideHeaders().AddColumns("", "");
        foreach (var (name, value) in ScoreTable.Figures(ScoreSummary.Of(scores))) sum.AddRow(Markup.Escape(name), Markup.Escape(value));
        AnsiConsole.Write(sum);
    }
}
