using Microsoft.Extensions.AI;
using Octavia.Dubbing.LipSync;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Translation;

namespace Octavia.Dubbing.Engines;

/// <summary>
/// The engines by name. <c>auto</c> is the best that can run on this machine for the languages asked for. What it opens is the
/// caller's to dispose. Thread-safe.
/// </summary>
public sealed partial class EngineCatalog
{
    /// <summary>Name that leaves the choice to the catalogue.</summary>
    public const string Auto = "auto";

    readonly EngineOptions options;
    readonly IReadOnlyList<IRecognitionEngine> recognition;
    readonly IReadOnlyList<ITranslationEngine> translation;
    readonly IReadOnlyList<ISpeechEngine> speech;

    /// <summary>The engines of this machine and of the services that are set.</summary>
    /// <param name="options">Which services may be used, and how.</param>
    /// <param name="models">Where models come from.</param>
    /// <exception cref="DubbingException"><c>configuration.duration</c>.</exception>
    public EngineCatalog(EngineOptions options, ModelStore models)
    {
        options.Cloud.Validate();
        this.options = options;
        Models = models;
        // A recording goes to a service only where that was asked for, by name or by naming the model for it: Whisper is here already, costs nothing, and keeps to
        // itself what was said. Without its weights a key is taken for the wish.
        var whisper = new WhisperRecognition(models);
        var service = new OpenAIRecognition(options.OpenAI, options.Cloud, models, whisper);
        // Who builds Whisper.net in, and fetches a model for it, wants it.
        IReadOnlyList<IRecognitionEngine> here = OptionalEngines.WhisperNet(models) is { } net ? [net, whisper] : [whisper];
        recognition = string.IsNullOrEmpty(options.OpenAI.RecognitionModel) ? [.. here, service] : [service, .. here];
        translation =
        [
            new OpenAITranslation(options.OpenAI, options.Cloud), new AnthropicTranslation(options.Anthropic, options.Cloud), new OpusMtTranslation(models), new ApertiumTranslation(),
        ];
        // A key of ElevenLabs is good for nothing but speech, and a model that is named for it is meant to speak: both come first. A key of OpenAI may be
        // there for translation alone, and the voices of this machine are nearly as good and cost nothing: it speaks only what they do not, before espeak-ng.
        ISpeechEngine[] own = [new KokoroSpeech(models)], others = [new OpenAISpeech(options.OpenAI, options.Cloud)];
        speech = [new ElevenLabsSpeech(options.ElevenLabs, options.Cloud), .. string.IsNullOrEmpty(options.OpenAI.SpeechModel) ? own.Concat(others) : others.Concat(own), new EspeakSpeech()];
    }

    /// <summary>Where the engines' models come from.</summary>
    public ModelStore Models { get; }

    /// <summary>Hypotheses that recognition keeps: 1 is greedy.</summary>
    public static int Beams(Quality quality) => QualitySettings.Of(quality).Beams;

    /// <summary>The name of what moves the lips; null as of <see cref="OpenLipSync"/>.</summary>
    internal string? LipSyncName(Quality quality)
    {
        var lips = OpenLipSync(quality);
        using var _ = lips as IDisposable;
        return lips?.Name;
    }

    /// <summary>What moves the lips; null where nothing is configured, or the quality does not ask for it.</summary>
    internal ILipSync? OpenLipSync(Quality quality) =>
        !QualitySettings.Of(quality).MovesLips ? null
        : !string.IsNullOrEmpty(options.LipSync.Command) ? new LipSyncProgram(options.LipSync)
        : options.LipSync.Endpoint is not null ? new LipSyncService(options.LipSync) : null;

    /// <summary>What would recognise; runs with the same can share it.</summary>
    internal string RecognitionKey(RecognitionWish wish, string requested)
    {
        var engine = FindRecognition(requested, wish.ModelSize);
        return $"{engine.Name} {engine.KeyOf(wish)}{(engine is OpenAIRecognition && requested == Auto ? $" auto {recognition.OfType<WhisperRecognition>().First().KeyOf(wish)}" : "")}";
    }

    /// <summary>Sizes of Whisper that can be asked for on this machine, the smallest first.</summary>
    public IReadOnlyList<string> ModelSizesHere() => [.. ModelSizes.All.Where(size => recognition.Any(engine => engine.HasSizes && engine.Probe(size).CanRun))];

    /// <summary>Which engine would recognise, and why.</summary>
    /// <param name="quality">How much time quality may cost.</param>
    /// <param name="requested">Engine, or <c>auto</c>.</param>
    /// <param name="modelSize">One of <see cref="ModelSizes"/>; null to leave it to the quality.</param>
    /// <exception cref="DubbingException"><c>engine.unknown</c>, <c>engine.unavailable</c>, <c>engine.no_sizes</c>, <c>model.size_unknown</c>, <c>model.missing</c>.</exception>
    public EngineChoice ChooseRecognition(Quality quality = Quality.Balanced, string requested = Auto, string? modelSize = null) =>
        FindRecognition(requested, modelSize).Choose(new RecognitionWish(quality, modelSize), requested);

    /// <summary>Opens a recogniser. With <c>auto</c> this machine recognises what a service cannot.</summary>
    /// <param name="quality">How much time quality may cost.</param>
    /// <param name="requested">Engine, or <c>auto</c>.</param>
    /// <param name="modelSize">One of <see cref="ModelSizes"/>; null to leave it to the quality.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DubbingException">
    /// <c>engine.unknown</c>, <c>engine.unavailable</c>, <c>engine.no_sizes</c>, <c>model.size_unknown</c>, <c>model.missing</c>, <c>model.damaged</c>.
    /// </exception>
    public async Task<ISpeechToTextClient> OpenRecognizerAsync(
        Quality quality = Quality.Balanced, string requested = Auto, string? modelSize = null, CancellationToken cancellationToken = default) =>
        await FindRecognition(requested, modelSize).OpenAsync(new RecognitionWish(quality, modelSize), requested == Auto, cancellationToken);

    IRecognitionEngine FindRecognition(string requested, string? size)
    {
        var candidates = Candidates(recognition, requested, engine => engine.Name, "recognition");
        // Who wants a size wants an engine that has sizes.
        if (size is not null) candidates = [.. candidates.Where(engine => engine.HasSizes)];
        if (candidates.Count == 0)
            throw new DubbingException(new Failure("engine.no_sizes", FailureKind.Usage, $"The recognition engine {requested} has no sizes to choose from: leave the model size out, or the engine to {Auto}."));
        if (candidates.FirstOrDefault(engine => engine.Probe(size).CanRun) is { } found) return found;
        var availability = candidates[0].Probe(size);
        throw new DubbingException(new Failure(
            candidates[0].HasSizes ? "model.missing" : "engine.unavailable", FailureKind.MissingTool, $"Speech cannot be recognised: {availability.Reason}. {availability.Hint}"));
    }

    /// <summary>Which engine would speak a language, and why.</summary>
    /// <param name="target">Language code or name.</param>
    /// <param name="requested">Engine, or <c>auto</c>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DubbingException"><c>language.unknown</c>, <c>language.unspoken</c>, <c>engine.unknown</c>.</exception>
    public async Task<EngineChoice> ChooseSpeechAsync(string target, string requested = Auto, CancellationToken cancellationToken = default)
    {
        var found = await FindSpeechAsync(target, requested, cancellationToken);
        return new EngineChoice(found.Engine.Name, found.Engine.Description, found.Reason, found.Better) { Facts = found.Engine.Facts };
    }

    /// <summary>Opens an engine that speaks a language.</summary>
    /// <param name="target">Language code or name.</param>
    /// <param name="requested">Engine, or <c>auto</c>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DubbingException"><c>language.unknown</c>, <c>language.unspoken</c>, <c>engine.unknown</c>, <c>model.damaged</c>.</exception>
    public async Task<ITextToSpeechClient> OpenSpeechAsync(string target, string requested = Auto, CancellationToken cancellationToken = default)
    {
        var found = await FindSpeechAsync(target, requested, cancellationToken);
        return await found.Engine.OpenAsync(cancellationToken);
    }

    /// <summary>The engine that speaks a language, and behind a service those that speak what it cannot: down to the first that is none.</summary>
    internal async Task<IReadOnlyList<ISpeechEngine>> SpeechEnginesAsync(string target, string requested, CancellationToken cancellationToken)
    {
        var engines = new List<ISpeechEngine> { (await FindSpeechAsync(target, requested, cancellationToken)).Engine };
        // Who names an engine wants that one and no other.
        if (requested != Auto) return engines;
        foreach (var next in speech.SkipWhile(engine => engine != engines[0]).Skip(1).TakeWhile(_ => engines[^1].IsService))
            if ((await next.ProbeAsync(Languages.Get(target).Code, cancellationToken)).CanRun) engines.Add(next);
        return engines;
    }

    /// <summary>Languages that something here speaks, without asking a network.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<IReadOnlyList<Language>> SpokenLanguagesAsync(CancellationToken cancellationToken = default)
    {
        var spoken = new List<Language>();
        foreach (var language in Languages.All)
            if (await FirstSpeakerAsync(language, cancellationToken) is not null) spoken.Add(language);
        return spoken;
    }

    /// <summary>Languages that <c>auto</c> speaks with an engine that can clone the speakers' voices.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<IReadOnlyList<Language>> ClonedLanguagesAsync(CancellationToken cancellationToken = default)
    {
        var cloned = new List<Language>();
        foreach (var language in Languages.All)
            if (await FirstSpeakerAsync(language, cancellationToken) is { Clones: true }) cloned.Add(language);
        return cloned;
    }

    async Task<ISpeechEngine?> FirstSpeakerAsync(Language language, CancellationToken cancellationToken)
    {
        foreach (var engine in speech)
            if ((await engine.ProbeAsync(language.Code, cancellationToken)).CanRun) return engine;
        return null;
    }

    /// <summary>Languages that something here may translate into from a language, without asking a network.</summary>
    /// <param name="source">ISO 639-1 code.</param>
    public IReadOnlyList<string> TargetsFrom(string source) =>
        [.. translation.SelectMany(engine => engine.TargetsFrom(source)).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Which engine would translate, and why.</summary>
    /// <param name="source">Language code or name.</param>
    /// <param name="target">Language code or name.</param>
    /// <param name="requested">Engine, or <c>auto</c>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DubbingException"><c>language.unknown</c>, <c>language.pair_unsupported</c>, <c>engine.unknown</c>, <c>engine.unavailable</c>, <c>tool.missing</c>.</exception>
    public async Task<EngineChoice> ChooseTranslationAsync(
        string source, string target, string requested = Auto, CancellationToken cancellationToken = default)
    {
        var found = await FindTranslationAsync(source, target, requested, cancellationToken);
        return new EngineChoice(found.Engine.Name, found.Engine.Description, found.Reason, found.Better) { Facts = found.Engine.Facts };
    }

    /// <summary>Opens a translator for two languages.</summary>
    /// <param name="source">Language code or name.</param>
    /// <param name="target">Language code or name.</param>
    /// <param name="requested">Engine, or <c>auto</c>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DubbingException">
    /// <c>language.unknown</c>, <c>language.pair_unsupported</c>, <c>engine.unknown</c>, <c>engine.unavailable</c>, <c>tool.missing</c>,
    /// <c>model.missing</c>, <c>model.damaged</c>.
    /// </exception>
    public async Task<ITranslator> OpenTranslatorAsync(
        string source, string target, string requested = Auto, CancellationToken cancellationToken = default)
    {
        var found = await FindTranslationAsync(source, target, requested, cancellationToken);
        var (from, to) = (Languages.Get(source).Code, Languages.Get(target).Code);
        var translator = await found.Engine.OpenAsync(from, to, cancellationToken);
        // Who names an engine wants that one and no other.
        return requested == Auto ? WithNext(translator, [.. translation.SkipWhile(engine => engine != found.Engine).Skip(1)]) : translator;

        ITranslator WithNext(ITranslator first, IReadOnlyList<ITranslationEngine> others) =>
            others.Count == 0 ? first : new FallbackTranslator(first, token => OpenNextAsync(others, token));

        async Task<NextTranslator?> OpenNextAsync(IReadOnlyList<ITranslationEngine> others, CancellationToken token)
        {
            for (var i = 0; i < others.Count; i++)
                if ((await others[i].ProbeAsync(from, to, token)).CanRun)
                    return new NextTranslator(others[i].Name, WithNext(await others[i].OpenAsync(from, to, token), [.. others.Skip(i + 1)]));
            return null;
        }
    }

    async Task<Selection<ITranslationEngine>> FindTranslationAsync(string source, string target, string requested, CancellationToken cancellationToken)
    {
        var from = Languages.Get(source);
        var to = Languages.Get(target);
        if (from == to)
            throw new DubbingException(new Failure(
                "language.pair_unsupported", FailureKind.Usage, $"The source already speaks {to.Name}: choose another target language."));
        var candidates = Candidates(translation, requested, engine => engine.Name, "translation");
        var found = await Selection<ITranslationEngine>.FindAsync(
            candidates, requested, engine => engine.Name, engine => engine.ProbeAsync(from.Code, to.Code, cancellationToken));
        if (!found.IsEmpty) return found;
        // A machine without any translator lacks a program: that says nothing of the pair.
        if (found.Install is { } install)
            throw new DubbingException(new Failure(
                "tool.missing", FailureKind.MissingTool, $"{from.Name} to {to.Name} cannot be translated here ({found.Refused}). {install}"));
        // Asked for by name and only not set up: that can be mended, so it is no pair that cannot be.
        throw new DubbingException(requested != Auto && found.Better is { } hint
            ? new Failure("engine.unavailable", FailureKind.MissingTool, $"The engine {found.Refused}. {hint}")
            : new Failure("language.pair_unsupported", FailureKind.Usage, Unsupported(from, to, candidates, found.Refused)));
    }

    async Task<Selection<ISpeechEngine>> FindSpeechAsync(string target, string requested, CancellationToken cancellationToken)
    {
        var language = Languages.Get(target);
        var candidates = Candidates(speech, requested, engine => engine.Name, "speech");
        var found = await Selection<ISpeechEngine>.FindAsync(
            candidates, requested, engine => engine.Name, engine => engine.ProbeAsync(language.Code, cancellationToken));
        if (!found.IsEmpty) return found;
        var kind = found.Better is null ? FailureKind.Usage : FailureKind.MissingTool;
        throw new DubbingException(new Failure("language.unspoken", kind,
            $"{language.Name} cannot be spoken here ({found.Refused}). {found.Better ?? "Choose another target language."}"));
    }

    static string Unsupported(Language from, Language to, IReadOnlyList<ITranslationEngine> candidates, string refused)
    {
        var possible = candidates.SelectMany(engine => engine.TargetsFrom(from.Code)).Distinct().Order(StringComparer.Ordinal).ToList();
        var help = possible.Count == 0
            ? "Nothing can be translated from it here."
            : $"Possible from {from.Name}: {string.Join(", ", possible)}.";
        return $"{from.Name} to {to.Name} cannot be translated here ({refused}). {help} See `octavia doctor`.";
    }

    static IReadOnlyList<T> Candidates<T>(IReadOnlyList<T> engines, string requested, Func<T, string> name, string kind)
    {
        if (requested == Auto) return engines;
        var found = engines.Where(engine => name(engine) == requested).ToList();
        if (found.Count > 0) return found;
        throw new DubbingException(new Failure(
            "engine.unknown", FailureKind.Usage,
            $"There is no {kind} engine \"{requested}\": use {Auto} or one of {string.Join(", ", engines.Select(name))}."));
    }
}
