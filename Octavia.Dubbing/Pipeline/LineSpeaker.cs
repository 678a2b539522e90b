using Microsoft.Extensions.AI;
using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Mixing;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Speech;

namespace Octavia.Dubbing.Pipeline;

/// <summary>
/// Speaks lines one after the other, places each, cuts what does not fit and records what came of it. A line that fails is flagged and has no take.
/// </summary>
/// <param name="speech">Any engine.</param>
/// <param name="timeline">Keeps lines apart; null where each begins at the end of the one before anyway.</param>
/// <param name="store">Script of the lines.</param>
/// <param name="workFolder">Receives the takes.</param>
sealed class LineSpeaker(ITextToSpeechClient speech, Timeline? timeline, ScriptStore store, string workFolder)
{
    const string Unspoken = "unspoken: ";
    readonly TakeMaker _takes = new(new LineFitter(speech), NameOf(speech), workFolder);
    Exception? _lastFailure;
    int _tried;
    int _failed;

    /// <summary>The engine's name, as reports write it.</summary>
    public string Engine { get; } = NameOf(speech);

    /// <summary>Takes used again.</summary>
    public int Reused => _takes.Reused;

    /// <summary>Speaks the next line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="text">What to say; null, or without a word, when there is nothing.</param>
    /// <param name="voice">Voice.</param>
    /// <param name="slot">Where.</param>
    /// <param name="gainOf">Level change in dB of its sound; null for none.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>For the mix; without a take when nothing is spoken.</returns>
    public async Task<MixLine> SpeakAsync(
        Utterance line, string? text, Voice voice, Slot slot, Func<SpokenTake, double>? gainOf, CancellationToken cancellationToken)
    {
        var silent = new MixLine(line.Start, line.End, line.Start, null, 0);
        // Marks alone ("...") have nothing to say.
        if (text is null || !text.Any(char.IsLetterOrDigit)) return await RecordAsync(silent, line, null, null, []);
        if (!slot.HasRoom) return await RecordAsync(silent, line, null, null, [Timeline.Unplaced]);
        _tried++;
        SpokenTake spoken;
        double gain;
        try
        {
            spoken = await _takes.MakeAsync(line, text, voice, slot.Seconds, cancellationToken);
            gain = gainOf?.Invoke(spoken) ?? 0;
        }
        catch (Exception e) when (e is not OperationCanceledException && !IsFinal(e))
        {
            _lastFailure = e;
            _failed++;
            return await RecordAsync(silent, line, null, null, [Unspoken + e.Message]);
        }
        var place = timeline?.Place(line, slot, spoken.Take.Seconds) ?? new Place(slot.Start, slot.Start + spoken.Take.Seconds, []);
        var placement = new Placement(Math.Round(place.Start, 3), Math.Round(place.End, 3), Math.Round(gain, 1));
        var take = await Task.Run(() => spoken.ForMix(place.End - place.Start), cancellationToken);
        return await RecordAsync(new MixLine(line.Start, line.End, place.Start, take, gain), line, spoken.Take, placement, place.Flags);

        // Outside of the guard: a script that cannot be saved is no fault of the line.
        async Task<MixLine> RecordAsync(MixLine result, Utterance line, Take? take, Placement? placement, IReadOnlyList<string> flags)
        {
            await store.UpdateAsync(
                script =>
                {
                    (line.Take, line.Placement) = (take, placement);
                    line.Flags.RemoveAll(IsOwn);
                    line.Flags.AddRange(flags);
                    if (take is not null && line.Speaker is { } speaker) script.Cast[speaker] = take.Voice;
                },
                take?.File,
                cancellationToken);
            return result;
        }
    }

    /// <summary>To be called at the end: refuses a result in which nothing is spoken.</summary>
    /// <exception cref="DubbingException"><c>speech.failed</c>, or what the engine threw.</exception>
    public void Complete()
    {
        if (_tried == 0 || _failed < _tried) return;
        throw _lastFailure as DubbingException ?? new DubbingException(
            new Failure("speech.failed", FailureKind.Engine, $"Not one line could be spoken: {_lastFailure?.Message}"), _lastFailure);
    }

    static string NameOf(ITextToSpeechClient speech) =>
        speech.GetService(typeof(TextToSpeechClientMetadata)) is TextToSpeechClientMetadata { ProviderName: { } name } about
            ? $"{name} {about.DefaultModelId}".Trim()
            : speech.GetType().Name;

    static bool IsOwn(string flag) =>
        flag.StartsWith(Unspoken, StringComparison.Ordinal) || Timeline.Codes.Any(code => flag.StartsWith(code, StringComparison.Ordinal));

    // No other line will fare better.
    static bool IsFinal(Exception e) => e is DubbingException { Failure: { Kind: FailureKind.MissingTool } or { Code: "speech.voice" } };
}
