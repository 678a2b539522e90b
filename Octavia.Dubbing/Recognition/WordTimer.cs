using Octavia.Dubbing.Onnx;

namespace Octavia.Dubbing.Recognition;

/// <summary>Turns a window's token segments into segments with timed words, and drops those that stand where nobody speaks.</summary>
internal sealed class WordTimer
{
    /// <summary>No word is spoken longer than expected by more than this, seconds.</summary>
    const double LongestWord = 1.5;

    readonly WhisperModel model;
    readonly TokenPath path;
    readonly SpeechWindow window;
    readonly string language;
    readonly int[]? starts;

    public WordTimer(WhisperModel model, TokenPath path, SpeechWindow window, string language)
    {
        (this.model, this.path, this.window, this.language) = (model, path, window, language);
        if (path.Watched.Count == path.Tokens.Length) starts = WordAligner.Align(path.Watched);
    }

    /// <summary>Times a segment; null when it has no text, or no speech under it.</summary>
    public RecognizedSegment? Time(TokenSegment segment)
    {
        var words = WordBuilder.Build(path.Tokens, segment.FirstToken, segment.EndToken, model.Text, language);
        // Marks without a word are what the model makes of a murmur.
        if (!words.Any(word => word.Text.Any(char.IsLetterOrDigit))) return null;
        var (from, to) = (window.Start + segment.Start, window.Start + segment.End);
        var timed = starts is null ? Spread(words, from, to) : words.Select(Attend).ToList();
        var (start, end) = (Math.Min(from, timed[0].Start), Math.Max(to, timed[^1].End));
        if (window.SpeechIn(start, end) <= 0) return null;
        timed = [.. timed.Select(KeepToSpeech)];
        return new RecognizedSegment(string.Concat(words.Select(word => word.Text)), timed[0].Start, timed[^1].End, timed);
    }

    Word Attend(TokenWord word)
    {
        var end = word.EndToken < starts!.Length ? window.Start + starts[word.EndToken] * WhisperModel.ColumnSeconds : window.End;
        var start = window.Start + starts[word.FirstToken] * WhisperModel.ColumnSeconds;
        return new Word(word.Text, Math.Min(start, window.End), Math.Min(end, window.End), Probability(word));
    }

    /// <summary>Without attention, words share the time of their segment by their letters.</summary>
    List<Word> Spread(List<TokenWord> words, double from, double to)
    {
        var letters = (double)words.Sum(word => word.Text.Length);
        var at = from;
        return [.. words.Select(word =>
        {
            var start = at;
            at += (to - from) * word.Text.Length / letters;
            return new Word(word.Text, start, at, Probability(word));
        })];
    }

    double Probability(TokenWord word)
    {
        var sum = 0.0;
        for (var i = word.FirstToken; i < word.EndToken; i++) sum += Math.Exp(path.LogProbabilities[i]);
        return sum / (word.EndToken - word.FirstToken);
    }

    /// <summary>
    /// A word that reaches over a pause keeps the side whose length suits its letters best: the pause itself is given to one of its
    /// neighbours by chance.
    /// </summary>
    Word KeepToSpeech(Word word)
    {
        var expected = 0.15 + 0.07 * word.Text.Length;
        var sides = window.Speech.Where(span => span.Overlap(word.Start, word.End) > 0.02)
            .Select(span => new Stretch(Math.Max(word.Start, span.Start), Math.Min(word.End, span.End))).ToList();
        if (sides.Count == 0) return word;
        var best = sides.MinBy(side => Math.Abs(side.Length - expected));
        return word with { Start = best.Start, End = Math.Min(best.End, best.Start + LongestWord + expected) };
    }
}
