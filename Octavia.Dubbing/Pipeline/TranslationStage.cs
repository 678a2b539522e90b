using System.Threading.Channels;
using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Translation;

namespace Octavia.Dubbing.Pipeline;

/// <summary>Translates lines as they come, in small groups, each with the length that its place allows.</summary>
sealed class TranslationStage(
    DubbingRequest request, EnginePool engines, ScriptStore store, RunProgress progress, HeardLines heard, SpeakingRates rates)
{
    const int Group = 8;
    ITranslator? _translator;
    TokenUse _before;

    /// <summary>What translated; null before the first line.</summary>
    public string? Engine { get; private set; }

    /// <summary>Tokens that its service has counted for this run so far, also for shorter wordings; null without such a service. Of two runs that translate the same pair at once each counts both.</summary>
    public TokenUse? Tokens => _translator?.Used.Since(_before) is { Read: > 0 } used ? used : null;

    /// <summary>Runs until the input ends.</summary>
    public async Task RunAsync(ChannelReader<Utterance> input, ChannelWriter<Utterance> output, CancellationToken cancellationToken)
    {
        // The language is not known before the first line.
        if (!await input.WaitToReadAsync(cancellationToken)) return;
        var (source, target) = (store.Script.SourceLanguage, store.Script.TargetLanguage);
        var translator = await engines.TranslatorAsync(source, target, request, cancellationToken);
        Engine = translator.Description;
        (_translator, _before) = (translator, translator.Used);
        var translation = new ScriptTranslation(request, source, target, translator, store, progress, BudgetOf);
        while (await input.WaitToReadAsync(cancellationToken))
        {
            var group = new List<Utterance>();
            while (group.Count < Group && input.TryRead(out var line)) group.Add(line);
            await translation.TranslateAsync(group, cancellationToken);
            progress.Report(Phase.Translating, 0.99 * group[^1].End / store.Script.DurationSeconds, $"Translated {translation.Done} lines");
            foreach (var line in group) await output.WriteAsync(line, cancellationToken);
        }
        translation.Complete();
        progress.Report(Phase.Translating, 1, $"Translated {translation.Done} lines");
    }

    int BudgetOf(Utterance line) => rates.BudgetOf(line.Speaker ?? "", line.Length + Timeline.SilenceAfter(line, heard.Known(line)));
}
