using Octavia.Dubbing;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Translation;

namespace Octavia.Cli;

/// <summary>One thing that was looked for.</summary>
/// <param name="Name">Of the thing.</param>
/// <param name="Ok">Whether it is there and good enough.</param>
/// <param name="Detail">Version, place or what is wrong.</param>
/// <param name="Needed">Whether the main job needs it.</param>
/// <param name="Hint">What to do when it is not there.</param>
sealed record DoctorCheck(string Name, bool Ok, string Detail, bool Needed = false, string? Hint = null);

/// <summary>An engine that <c>auto</c> would take.</summary>
/// <param name="Task">What for: <c>recognition</c>, <c>translation en-es</c>, <c>speech es</c>.</param>
/// <param name="Engine">Null when none can.</param>
/// <param name="Detail">What it runs and why, or why there is none.</param>
/// <param name="Better">What to do for a better one.</param>
sealed record DoctorChoice(string Task, string? Engine, string Detail, string? Better = null);

/// <summary>What is there on this machine, and what would be used.</summary>
sealed record DoctorReport(
    bool Ok,
    IReadOnlyList<DoctorCheck> Tools,
    IReadOnlyList<DoctorCheck> Models,
    IReadOnlyList<DoctorCheck> Keys,
    IReadOnlyList<DoctorChoice> Engines,
    IReadOnlyList<DoctorCheck> System)
{
    // What the engine's ffmpeg calls use beyond the plainest build.
    static readonly string[] Filters = ["aresample"];

    static readonly TimeSpan ToolLimit = TimeSpan.FromSeconds(20);

    /// <summary>Looks at everything.</summary>
    /// <param name="options">Of the engine.</param>
    /// <param name="pairs">Languages to choose engines for, source and target.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<DoctorReport> CreateAsync(
        EngineOptions options, IReadOnlyList<(string Source, string Target)> pairs, CancellationToken cancellationToken)
    {
        var models = new ModelStore(options.Models);
        var catalog = new EngineCatalog(options, models);
        DoctorCheck[] tools =
        [
            await FfmpegAsync(cancellationToken),
            await ToolAsync("ffprobe", "ffmpeg", ["-version"], needed: true, cancellationToken),
            await ToolAsync("espeak-ng", "espeak-ng", ["--version"], needed: true, cancellationToken),
            Apertium(),
        ];
        var choices = await ChoicesAsync(catalog, pairs, cancellationToken);
        var ok = tools.All(tool => tool.Ok || !tool.Needed) && choices.All(choice => choice.Engine is not null);
        var found = new List<DoctorCheck>();
        foreach (var model in ModelCatalog.All) found.Add(await ModelAsync(models, model, cancellationToken));
        DoctorCheck[] keys =
        [
            Key("OpenAI", options.OpenAI.ApiKey, options.OpenAI.Endpoint), Key("Anthropic", options.Anthropic.ApiKey, options.Anthropic.Endpoint),
            Key("ElevenLabs", options.ElevenLabs.ApiKey, options.ElevenLabs.Endpoint, needsKey: true),
        ];
        return new DoctorReport(ok && found.TrueForAll(model => model.Ok || !model.Needed), tools, found, keys, choices, await DoctorSystem.CheckAsync(cancellationToken));
    }

    static async Task<DoctorCheck> FfmpegAsync(CancellationToken cancellationToken)
    {
        var check = await ToolAsync("ffmpeg", "ffmpeg", ["-version"], needed: true, cancellationToken);
        if (!check.Ok) return check;
        var listed = await ChildProcess.RunAsync("ffmpeg", ["-hide_banner", "-filters"], ToolLimit, cancellationToken: cancellationToken);
        var names = listed.Output.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 2).Select(words => words[1]).ToHashSet();
        var missing = Filters.Where(filter => !names.Contains(filter)).ToList();
        return missing.Count == 0
            ? check
            : check with { Ok = false, Detail = $"{check.Detail}, without the filters {string.Join(", ", missing)}", Hint = "Install a full build of ffmpeg." };
    }

    internal static async Task<DoctorCheck> ToolAsync(string program, string package, string[] arguments, bool needed, CancellationToken cancellationToken)
    {
        if (!ChildProcess.Exists(program)) return new DoctorCheck(program, false, "not installed", needed, $"apt-get install {package}");
        var result = await ChildProcess.RunAsync(program, arguments, ToolLimit, cancellationToken: cancellationToken);
        var version = result.Output.Split('\n')[0].Trim();
        return result.ExitCode == 0
            ? new DoctorCheck(program, true, version.Length > 60 ? version[..60] : version, needed)
            : new DoctorCheck(program, false, $"does not run (exit code {result.ExitCode})", needed, $"apt-get install --reinstall {package}");
    }

    static DoctorCheck Apertium()
    {
        var pairs = ApertiumPairs.Read().All;
        return pairs.Count > 0
            ? new DoctorCheck("apertium", true, string.Join(" ", pairs.Select(pair => $"{pair.Source}-{pair.Target}")))
            : new DoctorCheck("apertium", false, "no pairs installed", Hint: "apt-get install apertium apertium-eng-spa");
    }

    static async Task<DoctorCheck> ModelAsync(ModelStore models, ModelInfo model, CancellationToken cancellationToken)
    {
        if (models.Find(model.Name) is null)
            return new DoctorCheck(model.Name, false, $"not here: {model.Description}", Hint: model.CanDownload ? $"octavia models add {model.Name}" : $"Restore the folder models/{model.Name}.");
        try
        {
            return new DoctorCheck(model.Name, true, Path.GetFullPath(await models.GetAsync(model.Name, cancellationToken)));
        }
        catch (DubbingException e)
        {
            return new DoctorCheck(model.Name, false, e.Failure.Message, Needed: true);
        }
    }

    static DoctorCheck Key(string section, string? key, Uri? endpoint, bool needsKey = false)
    {
        var set = !string.IsNullOrEmpty(key) || (endpoint is not null && !needsKey);
        var detail = (key, endpoint) switch
        {
            (not null, null) => "key set",
            (not null, { } server) => $"key set, server {server.Host}",
            (null, { } server) => $"server {server.Host}, no key",
            _ => "not set",
        };
        return new DoctorCheck(section.ToLowerInvariant(), set, detail, Hint: set ? null : $"Octavia__{section}__ApiKey{(needsKey ? "" : $", or Octavia__{section}__Endpoint for a server of your own")}");
    }

    static async Task<List<DoctorChoice>> ChoicesAsync(
        EngineCatalog catalog, IReadOnlyList<(string Source, string Target)> pairs, CancellationToken cancellationToken)
    {
        var choices = new List<DoctorChoice> { await ChooseAsync("recognition", () => Task.FromResult(catalog.ChooseRecognition())) };
        foreach (var (source, target) in pairs)
            choices.Add(await ChooseAsync($"translation {source}-{target}", () => catalog.ChooseTranslationAsync(source, target, cancellationToken: cancellationToken)));
        foreach (var target in pairs.Select(pair => pair.Target).Distinct())
            choices.Add(await ChooseAsync($"speech {target}", () => catalog.ChooseSpeechAsync(target, cancellationToken: cancellationToken)));
        return choices;
    }

    static async Task<DoctorChoice> ChooseAsync(string task, Func<Task<EngineChoice>> choose)
    {
        try
        {
            var choice = await choose();
            return new DoctorChoice(task, choice.Name, $"{choice.Description}. {choice.Reason}", choice.Better);
        }
        catch (DubbingException e) when (e.Failure.Code != "language.unknown")
        {
            return new DoctorChoice(task, null, e.Failure.Message);
        }
    }
}
