using Octavia.Dubbing.Recognition;

namespace Octavia.Dubbing.Scripts;

/// <summary>A stretch of recognised words, cut where a speaker would breathe.</summary>
/// <param name="Start">Seconds.</param>
/// <param name="End">Seconds.</param>
/// <param name="Text">What is said.</param>
/// <param name="Words">Its words; empty when the recogniser gives none.</param>
public sealed record SpokenLine(double Start, double End, string Text, IReadOnlyList<Word> Words);

/// <summary>
/// Cuts a stream of words into utterances: at the end of a sentence, at a pause, and before one gets too long. Never inside a word.
/// </summary>
public sealed class UtteranceCutter
{
    /// <summary>Silence between words, in seconds, that always ends an utterance.</summary>
    public const double Pause = 0.6;

    /// <summary>Longest utterance in seconds, where words allow it.</summary>
    public const double Longest = 12;

    /// <summary>An utterance shorter than this, in seconds, is joined with a neighbour that follows without a breath.</summary>
    public const double Shortest = 1;
    const double Breath = 0.3;
    readonly List<Word> _words = [];

    /// <summary>Seconds: where the utterance begins that is not complete yet; null when there is none.</summary>
    public double? OpenSince => _words.Count > 0 ? StartOf(_words[0]) : null;

    /// <summary>Takes words in the order of time and returns the utterances that they complete.</summary>
    public IEnumerable<SpokenLine> Add(IEnumerable<Word> words)
    {
        foreach (var word in words)
        {
            if (string.IsNullOrWhiteSpace(word.Text)) continue;
            if (_words.Count > 0 && EndsBefore(word))
                yield return Take(_words.Count);
            while (_words.Count > 1 && word.End - _words[0].Start > Longest)
                yield return Take(BestCut());
            _words.Add(word);
        }
    }

    /// <summary>Tells that nothing more comes before a time: ends the utterance that is open when a pause lies before it.</summary>
    public SpokenLine? Advance(double seconds) => _words.Count > 0 && seconds - _words[^1].End >= Pause ? Take(_words.Count) : null;

    /// <summary>The last utterance; null when there is none.</summary>
    public SpokenLine? Finish() => _words.Count > 0 ? Take(_words.Count) : null;

    bool EndsBefore(Word next)
    {
        var last = _words[^1];
        var gap = next.Start - last.End;
        if (gap >= Pause) return true;
        return Sentences.EndsWith(last.Text, next.Text) && (last.End - _words[0].Start >= Shortest || gap >= Breath);
    }

    // The widest gap in the second half, a comma counting as a breath; at least one word goes.
    int BestCut()
    {
        var best = _words.Count;
        var bestScore = double.MinValue;
        for (var i = Math.Max(1, _words.Count / 2); i < _words.Count; i++)
        {
            var comma = _words[i - 1].Text.TrimEnd() is [.., ',' or ';' or ':' or '，' or '、' or '；'];
            var score = _words[i].Start - _words[i - 1].End + (comma ? Breath : 0);
            if (score < bestScore) continue;
            best = i;
            bestScore = score;
        }
        return best;
    }

    static double StartOf(Word word) => Math.Min(word.Start, word.Reach?.Start ?? word.Start);

    SpokenLine Take(int count)
    {
        var words = _words.GetRange(0, count);
        _words.RemoveRange(0, count);
        var text = string.Concat(words.Select(word => word.Text)).Trim();
        // Cut by the times of words, it has the time of their sound: what is left out of it would be heard under another voice.
        return new SpokenLine(StartOf(words[0]), words.Max(word => Math.Max(word.End, word.Reach?.End ?? word.End)), text, words);
    }
}
