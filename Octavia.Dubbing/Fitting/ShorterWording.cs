using Octavia.Dubbing.Pipeline;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Speech;
using Octavia.Dubbing.Translation;

namespace Octavia.Dubbing.Fitting;

/// <summary>
/// Speaks a line into its slot, and where it overruns whatever <see cref="LineFitter"/> does, asks for a shorter wording and speaks that. The best of
/// what was spoken is kept: an answer that is no good costs time only.
/// </summary>
/// <param name="fitter">Speaks.</param>
/// <param name="shortener">Knows shorter wordings; null for none.</param>
/// <param name="request">Glossary and tone.</param>
sealed class ShorterWording(LineFitter fitter, IShortener? shortener, DubbingRequest request)
{
    // What a listener takes for on time.
    const double Tolerance = 0.05;
    // Of the tempo that is allowed, so much is planned with: the next wording may be spoken slower than this one was.
    const double PlannedTempo = 1.1;
    // A server that answers nothing is not made to hold up every line.
    const int EnoughSilence = 3;
    int _silent;

    /// <summary>Speaks one line.</summary>
    /// <param name="line">The original.</param>
    /// <param name="text">First wording; not empty.</param>
    /// <param name="voice">Voice.</param>
    /// <param name="slotSeconds">Length to fit to; it may still come out longer.</param>
    /// <param name="pace">How fast where there is room.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DubbingException">What the fitter throws for the first wording.</exception>
    public async Task<(string Text, FittedLine Take)> FitAsync(
        Utterance line, string text, Voice voice, double slotSeconds, Pace pace, CancellationToken cancellationToken)
    {
        var best = (Text: text, Take: await fitter.FitAsync(text, voice, slotSeconds, pace, cancellationToken));
        var last = best;
        for (var tries = 0; tries < QualitySettings.Of(request.Quality).Rewordings && best.Take.Seconds > slotSeconds + Tolerance && _silent < EnoughSilence; tries++)
        {
            if (shortener is null) break;
            if (await TryAsync(shortener, line, last, voice, slotSeconds, pace, cancellationToken) is not { } next) continue;
            last = next;
            if (last.Take.Seconds < best.Take.Seconds) best = last;
        }
        return best;
    }

    async Task<(string Text, FittedLine Take)?> TryAsync(
        IShortener translator, Utterance line, (string Text, FittedLine Take) last, Voice voice, double slotSeconds, Pace pace, CancellationToken cancellationToken)
    {
        var budget = (int)(slotSeconds * PlannedTempo * last.Text.Length / last.Take.NaturalSeconds);
        try
        {
            var text = await translator.ShortenAsync(
                LineWishes.Of(request, line).For(line, Math.Max(1, budget)), new Overrun(last.Text, last.Take.Seconds - slotSeconds), cancellationToken);
            _silent = text is null ? _silent + 1 : 0;
            if (text?.Any(char.IsLetterOrDigit) != true || text == last.Text) return null;
            return (text, await fitter.FitAsync(text, voice, slotSeconds, pace, cancellationToken));
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The line has been spoken already, if too long.
            _silent++;
            return null;
        }
    }
}
