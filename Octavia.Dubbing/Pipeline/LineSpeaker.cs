using Microsoft.Extensions.AI;
using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Mixing;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Speech;
using Octavia.Dubbing.Translation;

namespace Octavia.Dubbing.Pipeline;

/// <summary>
/// Speaks lines one after the other, places each, cuts what does not fit and records what came of it. A line that fails is flagged and has no take.
/// </summary>
sealed class LineSpeaker
{
    /// <summary>As many lines as are worth knowing at a time.</summary>
    public const int MostAhead = 8;
    const string Unspoken = "unspoken: ";
    const string Remark = "speech: ";
    readonly LineFitter _fitter;
    readonly TakeMaker _takes;
    readonly Timeline? _timeline;
    readonly ScriptStore _store;
    Exception? _lastFailure;
    int _tried;
    int _failed;

    /// <summary>A speaker.</summary>
    /// <param name="speech">Any engine.</param>
    /// <param name="timeline">Keeps lines apart; null where each begins at the end of the one before anyway.</param>
    /// <param name="store">Script of the lines.</param>
    /// <param name="request">Folder for the takes, and quality.</param>
    /// <param name="shortener">Knows shorter wordings of lines that are too long; null for none.</param>
    public LineSpeaker(ITextToSpeechClient speech, Timeline? timeline, ScriptStore store, DubbingRequest request, IShortener? shortener = null)
    {
        (_timeline, _store, Engine) = (timeline, store, NameOf(speech));
        _fitter = new LineFitter(speech, request.Quality);
        _takes = new TakeMaker(new ShorterWording(_fitter, shortener, request), Engine, request.WorkFolder, store.Suffix);
    }

    /// <summary>The engine's name, as reports write it.</summary>
    public string Engine { get; }

    /// <summary>Takes used again.</summary>
    public int Reused => _takes.Reused;

    /// <summary>Tells the lines that come next, so that those of one voice can be spoken together. What fails here fails again, and is told, in its turn.</summary>
    public async Task SpeakAheadAsync(IReadOnlyList<(Utterance Line, string? Text, Voice Voice)> next, CancellationToken cancellationToken)
    {
        // A line with a take was spoken by the run that this one continues.
        var open = next.Where(one => one.Line.Take is null && HasWords(one.Text)).ToList();
        while (open.Count > 1)
        {
            var together = open.TakeWhile(one => one.Voice.Id == open[0].Voice.Id).ToList();
            open.RemoveRange(0, together.Count);
            try
            {
                await _fitter.SpeakAheadAsync([.. together.Select(one => one.Text!)], together[0].Voice, cancellationToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // One bad line must not take its neighbours with it: each is spoken by itself now.
            }
        }
    }

    /// <summary>Length in seconds to expect of a line at the voice's own rate; null when it cannot be told.</summary>
    public async Task<double?> ExpectAsync(Utterance line, string text, Voice voice, CancellationToken cancellationToken)
    {
        // A run that this one continues must come to the same places.
        if (line.Take is { ExpectedSeconds: > 0 and var known } take && take.Voice == voice.Name && take.ExpectedOf == TakeMaker.ExpectedOf(line, text)) return known;
        try
        {
            return await _fitter.PredictAsync(text, voice, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // It fails again, and is told, in its turn.
            return null;
        }
    }

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
        var silent = new MixLine(line.Start, line.End, line.Start, null, 0, line.Channel);
        // Marks alone ("...") have nothing to say.
        if (text is null || !HasWords(text)) return await RecordAsync(silent, line, null, null, [], cancellationToken);
        if (!slot.HasRoom) return await RecordAsync(silent, line, null, null, [Timeline.Unplaced], cancellationToken);
        _tried++;
        SpokenTake spoken;
        double gain;
        try
        {
            spoken = await _takes.MakeAsync(line, text, voice, slot, cancellationToken);
            gain = gainOf?.Invoke(spoken) ?? 0;
        }
        catch (Exception e) when (e is not OperationCanceledException && !IsFinal(e))
        {
            _lastFailure = e;
            _failed++;
            return await RecordAsync(silent, line, null, null, [Unspoken + e.Message], cancellationToken);
        }
        var place = _timeline?.Place(line, slot, spoken.Take.Seconds) ?? new Place(slot.Start, slot.Start + spoken.Take.Seconds, []);
        var placement = new Placement(Math.Round(place.Start, 3), Math.Round(place.End, 3), Math.Round(gain, 1));
        var take = await Task.Run(() => spoken.ForMix(place.End - place.Start), cancellationToken);
        return await RecordAsync(new MixLine(line.Start, line.End, place.Start, take, gain, line.Channel), line, spoken, placement, [.. place.Flags, .. Remarks(spoken)], cancellationToken);
    }

    /// <summary>To be called at the end: refuses a result in which nothing is spoken.</summary>
    /// <exception cref="DubbingException"><c>speech.failed</c>, or what the engine threw.</exception>
    public void Complete()
    {
        if (_tried == 0 || _failed < _tried) return;
        throw _lastFailure as DubbingException ?? new DubbingException(
            new Failure("speech.failed", FailureKind.Engine, $"Not one line could be spoken: {_lastFailure?.Message}"), _lastFailure);
    }

    // Outside of the guard: a script that cannot be saved is no fault of the line.
    async Task<MixLine> RecordAsync(
        MixLine result, Utterance line, SpokenTake? spoken, Placement? placement, IReadOnlyList<string> flags, CancellationToken cancellationToken)
    {
        var take = spoken?.Take;
        await _store.UpdateAsync(
            script =>
            {
                (line.Take, line.Placement) = (take, placement);
                line.Flags.RemoveAll(IsOwn);
                line.Flags.AddRange(flags);
                // Subtitles show what is said.
                if (spoken is { } sound && line.Translation is { } wording && wording.Text != sound.Text)
                    line.Translation = wording with { Text = sound.Text, Longer = wording.Longer ?? wording.Text };
                if (take is not null && line.Speaker is { } speaker) script.Cast[speaker] = take.Voice;
            },
            take?.File,
            cancellationToken);
        return result;
    }

    static IEnumerable<string> Remarks(SpokenTake spoken) => spoken.Remark is { } remark ? [Remark + remark] : [];

    /// <summary>Whether there is anything to say.</summary>
    public static bool HasWords(string? text) => text?.Any(char.IsLetterOrDigit) == true;

    static string NameOf(ITextToSpeechClient speech) =>
        speech.GetService(typeof(TextToSpeechClientMetadata)) is TextToSpeechClientMetadata { ProviderName: { } name } about
            ? $"{name} {about.DefaultModelId}".Trim()
            : speech.GetType().Name;

    static bool IsOwn(string flag) =>
        flag.StartsWith(Unspoken, StringComparison.Ordinal) || flag.StartsWith(Remark, StringComparison.Ordinal) || Timeline.Codes.Any(code => flag.StartsWith(code, StringComparison.Ordinal));

    // No other line will fare better.
    static bool IsFinal(Exception e) => e is DubbingException { Failure: { Kind: FailureKind.MissingTool } or { Code: "speech.voice" } };
}
