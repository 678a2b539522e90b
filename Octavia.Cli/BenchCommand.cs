using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Octavia.Cli;

/// <summary><c>octavia bench</c>: whole processes against each other, model loading included.</summary>
static class BenchCommand
{
    static readonly Argument<string[]> Inputs = new("input") { Description = "Clips; by default those of ../shared/media that the plain chain was measured on.", Arity = ArgumentArity.ZeroOrMore };
    static readonly Option<string> From = new("--from") { Description = "Language spoken.", DefaultValueFactory = _ => "en" };
    static readonly Option<string> To = new("--to") { Description = "Language to speak.", DefaultValueFactory = _ => "es" };
    static readonly Option<int> Rounds = new("--rounds") { Description = "Runs of each; the fastest counts.", DefaultValueFactory = _ => 3 };
    static readonly Option<bool> Json = new("--json") { Description = "One JSON object on standard output and nothing else." };

    static readonly string[] Clips =
    [
        "en/opendubbing_jordi_mas_selfie.mp4", "en/ai_explained_17s.webm", "en/autoeditor_banana_42s.mp4",
    ];

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("bench", "Measures dubs, and compares them with the same chain scripted by hand.") { Inputs, From, To, Rounds, Json };
        command.SetAction(RunAsync);
        return command;
    }

    static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var root = BenchProcess.FindRoot();
        var inputs = arguments.GetValue(Inputs) is { Length: > 0 } given ? given
            : [.. Clips.Select(clip => Path.Combine(root, "..", "shared", "media", clip)).Where(File.Exists)];
        if (inputs.Length == 0)
        {
            Console.Error.WriteLine("Name a clip: ../shared/media is not here.");
            return 2;
        }
        var (from, to) = (arguments.GetValue(From)!, arguments.GetValue(To)!);
        var bench = await BenchProcess.CreateAsync(root, from, to, cancellationToken);
        var rows = new List<BenchRow>();
        foreach (var input in inputs)
        {
            var row = new BenchRow(Path.GetFileName(input));
            // In turn, so that a busy moment of the machine hits both.
            for (var round = 0; round < arguments.GetValue(Rounds); round++)
                row = row.With(await bench.DubAsync(input, cancellationToken), await bench.ChainAsync(input, cancellationToken));
            rows.Add(row);
        }
        if (arguments.GetValue(Json)) Console.WriteLine(new JsonObject { ["clips"] = new JsonArray([.. rows.Select(row => row.ToJson())]) }.ToJsonString());
        else Show(rows, bench.HasChain);
        return 0;
    }

    static void Show(List<BenchRow> rows, bool hasChain)
    {
        var table = new Table().AddColumns("clip", "length s", "octavia s", "plain chain s", "ratio", "recognise", "translate", "speak", "mix", "peak MiB");
        // Where there is no terminal its width is a guess, and a table of broken words helps nobody.
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 160;
        foreach (var row in rows) table.AddRow([.. row.Cells().Select(Markup.Escape)]);
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine("Seconds are whole processes, models loaded each time, the fastest run of each. Stages are shares of real time.");
        if (!hasChain) AnsiConsole.WriteLine("The plain chain was not run: ../shared/bench/plain-chain or node is not here.");
    }
}
