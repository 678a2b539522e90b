using System.CommandLine;
using Octavia.Dubbing;
using Octavia.Dubbing.Models;
using Spectre.Console;

namespace Octavia.Cli;

/// <summary><c>octavia models</c>: lists, fetches and removes models.</summary>
static class ModelsCommand
{
    static readonly Argument<string[]> Names = new("name") { Description = "Models, such as whisper-small or opus-mt-en-es.", Arity = ArgumentArity.OneOrMore };
    static readonly Argument<string> Name = new("name") { Description = "A model." };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var list = new Command("list", "Lists the models and where they are.");
        list.SetAction(List);
        var add = new Command("add", "Downloads models and checks them.") { Names };
        add.SetAction((arguments, cancellationToken) => AddAsync(arguments.GetValue(Names)!, cancellationToken));
        var remove = new Command("remove", "Removes downloaded models.") { Names };
        remove.SetAction(arguments => Remove(arguments.GetValue(Names)!));
        var path = new Command("path", "Prints the folder of a model.") { Name };
        path.SetAction(arguments => PrintPath(arguments.GetValue(Name)!));
        var models = new Command("models", "Lists, adds and removes models.") { list, add, remove, path };
        models.SetAction(List);
        return models;
    }

    static void List(ParseResult arguments)
    {
        var store = new ModelStore(CommandLineOptions.Read().Models);
        var listed = ModelCatalog.All.Select(model => model.Name).ToList();
        foreach (var name in listed.Concat(store.Cached().Except(listed)))
        {
            var model = ModelCatalog.Get(name);
            Console.WriteLine($"{name,-24} {(store.Find(name) is { } folder ? Path.GetFullPath(folder) : "-")}  {model.Description}");
        }
        Console.WriteLine($"{"opus-mt-<from>-<to>",-24} -  translation, a model for each pair: octavia models add opus-mt-en-es");
    }

    static async Task AddAsync(string[] names, CancellationToken cancellationToken)
    {
        var store = new ModelStore(CommandLineOptions.Read().Models);
        foreach (var name in names)
        {
            ModelCatalog.Get(name);
            var folder = AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected
                ? await AddWithBarAsync(store, name, cancellationToken)
                : await AddPlainlyAsync(store, name, cancellationToken);
            Console.WriteLine($"{name}: {Path.GetFullPath(folder)}");
        }
    }

    static async Task<string> AddWithBarAsync(ModelStore store, string name, CancellationToken cancellationToken) =>
        await AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn())
            .StartAsync(async context =>
            {
                var bar = context.AddTask(name, autoStart: true);
                bar.IsIndeterminate = true;
                return await store.GetAsync(name, new Reports(progress =>
                {
                    bar.IsIndeterminate = progress.Total is null;
                    bar.MaxValue = progress.Total ?? double.MaxValue;
                    bar.Value = progress.Received;
                }), cancellationToken);
            });

    static Task<string> AddPlainlyAsync(ModelStore store, string name, CancellationToken cancellationToken)
    {
        var file = "";
        return store.GetAsync(name, new Reports(progress =>
        {
            if (progress.File == file) return;
            file = progress.File;
            Console.Error.WriteLine($"{name}: {file}{(progress.Total is { } total ? $" ({progress.Received * 100 / Math.Max(1, total)} % of {total / 1e6:0.0} MB)" : "")}");
        }), cancellationToken);
    }

    static int Remove(string[] names)
    {
        var store = new ModelStore(CommandLineOptions.Read().Models);
        foreach (var name in names)
        {
            ModelCatalog.Get(name);
            if (store.Remove(name)) Console.WriteLine($"{name}: removed");
            else
                throw new DubbingException(new Failure("model.missing", FailureKind.Usage, store.Find(name) is { } folder
                    ? $"The model {name} was not downloaded: it is in {Path.GetFullPath(folder)}, which is yours to change."
                    : $"The model {name} is not on this machine."));
        }
        return 0;
    }

    static void PrintPath(string name) => Console.WriteLine(
        new ModelStore(CommandLineOptions.Read().Models).Find(ModelCatalog.Get(name).Name) is { } folder
            ? Path.GetFullPath(folder)
            : throw new DubbingException(new Failure("model.missing", FailureKind.MissingTool, $"The model {name} is not on this machine: octavia models add {name}")));

    /// <summary>Unlike <see cref="Progress{T}"/>, tells in order and at once.</summary>
    sealed class Reports(Action<ModelProgress> report) : IProgress<ModelProgress>
    {
        public void Report(ModelProgress value) => report(value);
    }
}
