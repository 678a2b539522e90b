using System.CommandLine;
using Octavia.Dubbing;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Quoting;
using Spectre.Console;

namespace Octavia.Cli;

/// <summary><c>octavia engines</c>: every engine, whether it can run here for two languages, and why not. <c>doctor</c> tells which one would be taken.</summary>
static class EnginesCommand
{
    static readonly Option<string> From = new("--from") { Description = "Language spoken: code or name.", DefaultValueFactory = _ => "en" };
    static readonly Option<string> To = new("--to") { Description = "Language to speak: code or name.", DefaultValueFactory = _ => "es" };
    static readonly Option<bool> Markdown = new("--markdown") { Description = "The reference of all engines, qualities and prices, as docs/engines.md holds it." };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("engines", "Lists every engine, whether it can run here and why not.") { From, To, Markdown };
        command.SetAction(RunAsync);
        return command;
    }

    static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(Markdown))
        {
            Console.Write(EngineReference.Write());
            return 0;
        }
        var options = CommandLineOptions.Read();
        var prices = new PriceList(options.Prices);
        var catalog = new EngineCatalog(options, new ModelStore(options.Models));
        var (from, to) = (Languages.Get(arguments.GetValue(From)!), Languages.Get(arguments.GetValue(To)!));
        Console.WriteLine($"For {from.Name} to {to.Name}:");
        var engines = catalog.List().Zip(await catalog.ProbeAsync(from.Code, to.Code, cancellationToken));
        foreach (var part in engines.GroupBy(engine => engine.First.Part))
        {
            AnsiConsole.MarkupLine($"[bold]{part.Key}[/]");
            foreach (var (engine, availability) in part) Print(engine, availability, prices);
        }
        return 0;
    }

    static void Print(EngineListing engine, EngineAvailability availability, PriceList prices)
    {
        AnsiConsole.Markup(availability.CanRun ? "  [green]ok[/]" : "   -");
        Console.WriteLine($"  {engine.Name}: {engine.Description}; {availability.Reason}{PriceOf(engine, prices)}");
        if (!availability.CanRun && availability.Hint is { } hint) Console.WriteLine($"      to get it: {hint}");
    }

    static string PriceOf(EngineListing engine, PriceList prices) => !PriceList.IsService(engine.Part, engine.Name) ? ""
        : prices.Find(engine.Part, engine.Name, engine.Facts) is { } price ? $"; {price.Text}" : "; its price is not known";
}
