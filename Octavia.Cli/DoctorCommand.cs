using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Octavia.Dubbing;
using Spectre.Console;

namespace Octavia.Cli;

/// <summary><c>octavia doctor</c>: what is there, what <c>auto</c> would choose and why, what to install for better.</summary>
static class DoctorCommand
{
    static readonly (string Source, string Target)[] UsualPairs = [("en", "es"), ("es", "en"), ("en", "fr")];

    static readonly Option<string?> From = new("--from") { Description = "Language spoken: code or name." };
    static readonly Option<string?> To = new("--to") { Description = "Language to speak: code or name." };
    static readonly Option<bool> Json = new("--json") { Description = "One JSON object on standard output and nothing else." };

    static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("doctor", "Says what is on this machine, which engines would be used and why.") { From, To, Json };
        command.SetAction(RunAsync);
        return command;
    }

    static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var report = await DoctorReport.CreateAsync(CommandLineOptions.Read(), Pairs(arguments), cancellationToken);
        if (arguments.GetValue(Json)) Console.WriteLine(JsonSerializer.Serialize(report, Format));
        else Print(report);
        return report.Ok ? 0 : (int)FailureKind.MissingTool;
    }

    static (string Source, string Target)[] Pairs(ParseResult arguments)
    {
        var (from, to) = (arguments.GetValue(From), arguments.GetValue(To));
        if (from is null && to is null) return UsualPairs;
        var source = Languages.Get(from ?? "en").Code;
        return [(source, Languages.Get(to ?? (source == "es" ? "en" : "es")).Code)];
    }

    static void Print(DoctorReport report)
    {
        Section("Programs", report.Tools);
        Section("Models", report.Models);
        Section("Keys", report.Keys);
        Section("For the web site only ('./octavia up')", report.System);
        AnsiConsole.MarkupLine("[bold]Engines that auto chooses[/]");
        foreach (var choice in report.Engines)
        {
            Line(choice.Engine is not null, choice.Engine is null, choice.Task, choice.Engine is null ? choice.Detail : $"{choice.Engine}: {choice.Detail}");
            if (choice.Better is { } better) Console.WriteLine($"      better: {better}");
        }
        Console.WriteLine();
        Console.WriteLine(report.Ok ? "Ready to dub." : "Not ready to dub: see what is marked above.");
    }

    static void Section(string title, IReadOnlyList<DoctorCheck> checks)
    {
        AnsiConsole.MarkupLine($"[bold]{title}[/]");
        foreach (var check in checks)
        {
            Line(check.Ok, check.Needed && !check.Ok, check.Name, check.Detail);
            if (!check.Ok && check.Hint is { } hint) Console.WriteLine($"      to get it: {hint}");
        }
        Console.WriteLine();
    }

    static void Line(bool ok, bool fatal, string name, string detail)
    {
        AnsiConsole.Markup(ok ? "  [green]ok[/]" : fatal ? "  [red]NO[/]" : "   -");
        // Plain writing: a table would break long lines in the middle.
        Console.WriteLine($"  {name}: {detail}");
    }
}
