using System.CommandLine;
using System.Text.Json;
using Octavia.Dubbing;
using Octavia.Dubbing.Scripts;

namespace Octavia.Cli;

/// <summary><c>octavia dub</c>: the engine without a server.</summary>
static class DubCommand
{
    static readonly Argument<string[]> Inputs = new("input") { Description = "Videos or audio files.", Arity = ArgumentArity.OneOrMore };
    static readonly Option<string> From = new("--from") { Description = "Language spoken: code or name.", DefaultValueFactory = _ => "auto" };
    static readonly Option<string> To = new("--to") { Description = "Language to speak: code or name.", Required = true };
    static readonly Option<string> Out = new("--out") { Description = "Folder for the results.", DefaultValueFactory = _ => "." };
    static readonly Option<Quality> QualityOption = new("--quality") { Description = "How much time quality may cost.", DefaultValueFactory = _ => Quality.Balanced };
    static readonly Option<bool> Json = new("--json") { Description = "One JSON object on standard output and nothing else." };
    static readonly Option<string> Recognition = new("--recognition") { Description = "Recognition engine.", DefaultValueFactory = _ => "auto" };
    static readonly Option<string> Translation = new("--translation") { Description = "Translation engine.", DefaultValueFactory = _ => "auto" };
    static readonly Option<string> Speech = new("--speech") { Description = "Speech engine.", DefaultValueFactory = _ => "auto" };
    static readonly Option<string?> VoiceOption = new("--voice") { Description = "One voice for all speakers; else one is cast for each." };
    static readonly Option<string?> Work = new("--work") { Description = "Folder from which an interrupted run continues; else beside the results." };
    static readonly Option<bool> Fresh = new("--fresh") { Description = "Do not continue an interrupted run." };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("dub", "Dubs videos: the same picture, speaking another language.")
        {
            Inputs, From, To, Out, QualityOption, Json, Recognition, Translation, Speech, VoiceOption, Work, Fresh,
        };
        command.SetAction(RunAsync);
        return command;
    }

    static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var dubber = new Dubber(CommandLineOptions.Read());
        var outcomes = new List<Outcome>();
        foreach (var input in arguments.GetValue(Inputs)!)
        {
            await using var display = ProgressDisplay.Create(quiet: arguments.GetValue(Json), Path.GetFileName(input));
            var outcome = await DubAsync(dubber, Request(arguments, input), display, cancellationToken);
            outcomes.Add(outcome);
            await display.EndAsync(outcome);
            if (outcome.ExitCode == (int)FailureKind.Cancelled) break;
        }
        if (arguments.GetValue(Json)) Console.WriteLine(ToJson(outcomes));
        return outcomes.FirstOrDefault(outcome => outcome.ExitCode != 0)?.ExitCode ?? 0;
    }

    static async Task<Outcome> DubAsync(Dubber dubber, DubbingRequest request, ProgressDisplay display, CancellationToken cancellationToken)
    {
        try
        {
            var result = await dubber.RunAsync(request, display, cancellationToken);
            Directory.Delete(request.WorkFolder, recursive: true);
            return new Outcome(request.Input, result, null);
        }
        catch (OperationCanceledException)
        {
            return Failed(new Failure("cancelled", FailureKind.Cancelled, "Stopped. The same command goes on where this one was."));
        }
        catch (DubbingException e)
        {
            return Failed(e.Failure);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Failed(new Failure("output.unwritable", FailureKind.Usage, $"The results cannot be written: {e.Message}"));
        }
        catch (Exception e)
        {
            return Failed(new Failure("engine.broken", FailureKind.Engine, $"The engine broke: {e.Message}"));
        }

        Outcome Failed(Failure failure) => new(request.Input, null, failure);
    }

    static DubbingRequest Request(ParseResult arguments, string input)
    {
        var to = arguments.GetValue(To)!;
        var output = Path.GetFullPath(arguments.GetValue(Out)!);
        var work = arguments.GetValue(Work) ?? Path.Combine(output, ".octavia");
        var key = StageHash.Of(Path.GetFullPath(input), to);
        var folder = Path.Combine(Path.GetFullPath(work), $"{Path.GetFileNameWithoutExtension(input)}-{key}");
        if (arguments.GetValue(Fresh) && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        return new DubbingRequest
        {
            Input = input,
            OutputFolder = output,
            WorkFolder = folder,
            SourceLanguage = arguments.GetValue(From)!,
            TargetLanguage = to,
            Quality = arguments.GetValue(QualityOption),
            Recognition = arguments.GetValue(Recognition)!,
            Translation = arguments.GetValue(Translation)!,
            Speech = arguments.GetValue(Speech)!,
            Voice = arguments.GetValue(VoiceOption),
        };
    }

    static string ToJson(List<Outcome> outcomes)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteBoolean("ok", outcomes.TrueForAll(outcome => outcome.Failure is null));
            json.WriteStartArray("results");
            foreach (var outcome in outcomes) outcome.Write(json);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }
}
