namespace Octavia.Dubbing.Recognition;

/// <summary>A stretch of text tokens between two timestamps of a window.</summary>
/// <param name="FirstToken">Index of its first text token.</param>
/// <param name="EndToken">Index after its last text token.</param>
/// <param name="Start">Seconds from the start of the window.</param>
/// <param name="End">Seconds; where no timestamp closes it, the length of the window.</param>
internal sealed record TokenSegment(int FirstToken, int EndToken, double Start, double End);

/// <summary>What a window's tokens say: segments, and where the next window begins.</summary>
/// <param name="Segments">In order, none without text tokens.</param>
/// <param name="Resume">Seconds into the window up to which it is done: after the last closed pair, else its whole length.</param>
internal sealed record WindowTokens(IReadOnlyList<TokenSegment> Segments, double Resume)
{
    /// <summary>Reads the tokens of a window of a length in seconds.</summary>
    public static WindowTokens Parse(ReadOnlySpan<int> tokens, WhisperVocabulary vocabulary, double length)
    {
        var segments = new List<TokenSegment>();
        var (start, first, lastTime) = (0.0, 0, 0.0);
        var ended = tokens.IndexOf(vocabulary.End);
        if (ended >= 0) tokens = tokens[..ended];
        for (var i = 0; i < tokens.Length; i++)
        {
            if (tokens[i] < vocabulary.FirstTimestamp) continue;
            lastTime = (tokens[i] - vocabulary.FirstTimestamp) * WhisperModel.ColumnSeconds;
            if (i > first) segments.Add(new TokenSegment(first, i, start, Math.Min(lastTime, length)));
            (start, first) = (lastTime, i + 1);
        }
        if (tokens.Length > first) segments.Add(new TokenSegment(first, tokens.Length, Math.Min(start, length), length));
        var endsInPair = tokens.Length >= 2 && tokens[^1] >= vocabulary.FirstTimestamp && tokens[^2] >= vocabulary.FirstTimestamp;
        return new WindowTokens(segments, endsInPair && lastTime > 0 ? Math.Min(lastTime, length) : length);
    }
}
