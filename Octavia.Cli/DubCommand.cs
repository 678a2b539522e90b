using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Octavia.Dubbing;
using Octavia.Dubbing.Pipeline;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Translation;

namespace Octavia.Cli;

/// <summary><c>octavia dub</c>: the engine without a server.</summary>
static class DubCommand
{
    /// <summary>Code of results that cannot be written.</summary>
    public const string Unwritable = "output.unwritable";
    const double UsualPreview = 30;
    static readonly Argument<string[]> Inputs = new("input") { Description = "Videos or audio files.", Arity = ArgumentArity.OneOrMore };
    static readonly Option<string> From = new("--from") { Description = "Language spoken: code or name.", DefaultValueFactory = _ => "auto" };
    static readonly Option<string> To = new("--to") { Description = "Language to speak: code or name; several with commas give one file with a sound track of each, the first as default.", Required = true };
    static readonly Option<string?> Audio = new("--audio") { Description = "Sound track to dub: its number, from 1, or its language; else the one that the file plays." };
    static readonly Option<string> Out = new("--out") { Description = "Folder for the results.", DefaultValueFactory = _ => "." };
    static readonly Option<Quality> QualityOption = new("--quality") { Description = "How much time quality may cost.", DefaultValueFactory = _ => Quality.Balanced };
    static readonly Option<string?> ModelSize = new("--model-size") { Description = "Size of the model that recognises, in place of the one that the quality chooses." };
    static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only say what it would take: lines, time and money. Nothing is done and nothing is written." };
    static readonly Option<bool> Json = new("--json") { Description = "One JSON object on standard output and nothing else." };
    static readonly Option<string> Recognition = new("--recognition") { Description = "Recognition engine.", DefaultValueFactory = _ => "auto" };
    static readonly Option<string> Translation = new("--translation") { Description = "Translation engine.", DefaultValueFactory = _ => "auto" };
    static readonly Option<string> Speech = new("--speech") { Description = "Speech engine.", DefaultValueFactory = _ => "auto" };
    static readonly Option<string?> VoiceOption = new("--voice") { Description = "One voice for all speakers; else one is cast for each." };
    static readonly Option<bool> MatchVoices = new("--match-voices") { Description = "Bring pitch and rate of each voice near the original speaker's." };
    static readonly Option<bool> CloneVoices = new("--clone-voices") { Description = "Speak in clones of the speakers' own voices, made for this run and deleted after it; needs a speech engine that can, and --i-have-consent." };
    static readonly Option<bool> Consent = new("--i-have-consent") { Description = "You confirm that everybody who speaks has agreed to the cloning of his voice; the report records it with the time." };
    static readonly Option<string?> GlossaryFile = new("--glossary") { Description = "CSV file of terms: a line each of term and translation; what has none stays as it is." };
    static readonly Option<Tone> ToneOption = new("--tone") { Description = "How people are spoken to, where the translator can tell." };
    static readonly Option<int?> Speakers = new("--speakers") { Description = "How many people speak; else they are told apart by their voices." };
    static readonly Option<bool> Bilingual = new("--bilingual") { Description = "Subtitles in two languages too, that of the dub above the original's." };
    static readonly Option<bool> BurnIn = new("--burn-in") { Description = "Draw the subtitles, those of the first language, into the picture, which is then encoded again." };
    static readonly Option<MediaSpan?> Preview = new("--preview")
    {
        Description = "Dub only a part: the first 30 seconds, the first 45 with 45, or those from 10 to 40 with 10-40. The same command without it goes on where a beginning ended.",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = ParseSpan,
    };
    static readonly Option<string?> Work = new("--work") { Description = "Folder from which an interrupted run continues; else beside the results." };
    static readonly Option<bool> Fresh = new("--fresh") { Description = "Do not continue an interrupted run." };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("dub", "Dubs videos: the same picture, speaking another language.")
        {
            Inputs, From, To, Audio, Out, QualityOption, ModelSize, DryRun, Json, Recognition, Translation, Speech, VoiceOption, MatchVoices, CloneVoices, Consent, GlossaryFile, ToneOption, Speakers, Bilingual, BurnIn, Preview, Work,
            Fresh,
        };
        Inputs.Validators.Add(NotEmpty);
        ModelSize.AcceptOnlyFromAmong([.. ModelSizes.All]);
        Speakers.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var count) || count < 1)) result.AddError("--speakers takes a number from 1.");
        });
        foreach (var folder in new Option[] { Out, Work, Audio, GlossaryFile }) folder.Validators.Add(NotEmpty);
        command.SetAction(RunAsync);
        return command;
    }

    static void NotEmpty(SymbolResult result)
    {
        if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value))) result.AddError("A name is empty: name a file, a folder for --out and --work, a track for --audio, a file for --glossary.");
    }

    static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var inputs = arguments.GetValue(Inputs)!;
        RefuseSameNames(inputs);
        var glossary = await GlossaryFiles.ReadAsync(arguments.GetValue(GlossaryFile), cancellationToken);
        await using var dubber = new Dubber(CommandLineOptions.Read());
        if (arguments.GetValue(DryRun)) return await QuoteOutput.RunAsync(dubber, [.. inputs.Select(input => Request(arguments, input))], arguments.GetValue(Json), cancellationToken);
        var outcomes = new List<Outcome>();
        foreach (var input in inputs)
        {
            await using var display = ProgressDisplay.Create(quiet: arguments.GetValue(Json), Path.GetFileName(input));
            var outcome = await DubAsync(dubber, Request(arguments, input) with { Glossary = glossary }, arguments, display, cancellationToken);
            outcomes.Add(outcome);
            await display.EndAsync(outcome);
            if (outcome.ExitCode == (int)FailureKind.Cancelled) break;
        }
        if (arguments.GetValue(Json)) JsonOutput.Write(outcomes);
        return outcomes.FirstOrDefault(outcome => outcome.ExitCode != 0)?.ExitCode ?? 0;
    }

    // One would overwrite the other's results.
    static void RefuseSameNames(IEnumerable<string> inputs)
    {
        var same = inputs.GroupBy(input => ResultName.Of(Path.GetFileNameWithoutExtension(input))).FirstOrDefault(group => group.Count() > 1);
        if (same is null) return;
        throw new DubbingException(new Failure(
            "usage.same_name", FailureKind.Usage, $"{string.Join(" and ", same)} would write results of the same name: dub them one by one, with an --out for each."));
    }

    static async Task<Outcome> DubAsync(Dubber dubber, DubbingRequest request, ParseResult arguments, ProgressDisplay display, CancellationToken cancellationToken)
    {
        RunFolders? folders = null;
        DubbingResult? result = null;
        var failure = await FailureOfAsync(async () =>
        {
            var own = arguments.GetValue(Work) is null ? Path.GetDirectoryName(request.WorkFolder) : null;
            if (arguments.GetValue(Fresh) && Directory.Exists(request.WorkFolder)) Directory.Delete(request.WorkFolder, recursive: true);
            folders = new RunFolders(request.OutputFolder, request.WorkFolder, own, request.Span is { Start: 0 });
            result = await dubber.RunAsync(request, display, cancellationToken);
        });
        var uncleaned = await FailureOfAsync(() =>
        {
            folders?.Clean(failure);
            return Task.CompletedTask;
        });
        return new Outcome(request.Input, result, failure ?? uncleaned);
    }

    /// <summary>Runs work of one input; its failure, or null.</summary>
    public static async Task<Failure?> FailureOfAsync(Func<Task> work)
    {
        try
        {
            await work();
            return null;
        }
        catch (OperationCanceledException)
        {
            return new Failure("cancelled", FailureKind.Cancelled, "Stopped. The same command goes on where this one was.");
        }
        catch (DubbingException e)
        {
            return e.Failure;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Failure(Unwritable, FailureKind.Usage, $"The results cannot be written: {e.Message}");
        }
        catch (Exception e)
        {
            return new Failure("engine.broken", FailureKind.Engine, $"The engine broke: {e.Message}");
        }
    }

    static DubbingRequest Request(ParseResult arguments, string input)
    {
        var to = arguments.GetValue(To)!.Split(',', StringSplitOptions.TrimEntries);
        var output = Path.GetFullPath(arguments.GetValue(Out)!);
        var work = arguments.GetValue(Work) ?? Path.Combine(output, ".octavia");
        var part = arguments.GetValue(Preview) is { Start: > 0 and var start } ? FormattableString.Invariant($" from {start}") : "";
        var key = StageHash.Of(Path.GetFullPath(input), string.Join(',', to) + part);
        return new DubbingRequest
        {
            Input = input,
            OutputFolder = output,
            WorkFolder = Path.Combine(Path.GetFullPath(work), $"{ResultName.Of(Path.GetFileNameWithoutExtension(input))}-{key}"),
            SourceLanguage = arguments.GetValue(From)!,
            TargetLanguages = to,
            AudioTrack = arguments.GetValue(Audio),
            Quality = arguments.GetValue(QualityOption),
            ModelSize = arguments.GetValue(ModelSize),
            Recognition = arguments.GetValue(Recognition)!,
            Translation = arguments.GetValue(Translation)!,
            Speech = arguments.GetValue(Speech)!,
            Tone = arguments.GetValue(ToneOption),
            Voice = arguments.GetValue(VoiceOption),
            MatchVoices = arguments.GetValue(MatchVoices),
            CloneVoices = arguments.GetValue(CloneVoices),
            ConsentGiven = arguments.GetValue(Consent) ? DateTimeOffset.UtcNow : null,
            ConsentBy = Environment.UserName,
            Speakers = arguments.GetValue(Speakers),
            Bilingual = arguments.GetValue(Bilingual),
            BurnIn = arguments.GetValue(BurnIn),
            Span = arguments.GetValue(Preview),
        };
    }

    static MediaSpan? ParseSpan(ArgumentResult result)
    {
        if (result.Tokens is not [var token]) return new(0, UsualPreview);
        var ends = token.Value.Split('-').Select(end => double.TryParse(end, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) ? seconds : -1).ToList();
        switch (ends)
        {
            case [> 0 and var length]: return new(0, length);
            case [>= 0 and var start, var end] when end > start: return new(start, end - start);
            default:
                result.AddError("--preview takes seconds: 30, or 10-40.");
                return null;
        }
    }
}
