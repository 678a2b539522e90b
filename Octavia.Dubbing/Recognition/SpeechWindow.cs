namespace Octavia.Dubbing.Recognition;

/// <summary>
/// Sound to recognise, at most 30 seconds. Without samples it only says that there is silence up to its end. Its clock runs from its start and stands still in
/// the silences that are left out of it; <see cref="InSound(RecognizedWindow)"/> turns its times into those of the sound.
/// </summary>
/// <param name="Start">Seconds from the start of the sound.</param>
/// <param name="End">Seconds.</param>
/// <param name="Samples">16 kHz mono; empty for silence.</param>
/// <param name="Speech">Spans of speech, clipped to the window, in order.</param>
internal sealed record SpeechWindow(double Start, double End, float[] Samples, IReadOnlyList<Stretch> Speech)
{
    // What of the sound is in it, in order, in times of the sound.
    IReadOnlyList<Stretch> pieces = [];

    /// <summary>Seconds of the sound where it ends.</summary>
    public double EndInSound => pieces.Count == 0 ? End : pieces[^1].End;

    /// <summary>A window of several pieces of a sound.</summary>
    /// <param name="samples">Of all pieces, one after the other.</param>
    /// <param name="pieces">At least one, seconds of the sound.</param>
    /// <param name="spans">Speech, seconds of the sound.</param>
    public static SpeechWindow Of(float[] samples, IReadOnlyList<Stretch> pieces, IReadOnlyList<Stretch> spans)
    {
        var speech = new List<Stretch>();
        var (start, at) = (pieces[0].Start, pieces[0].Start);
        foreach (var piece in pieces)
        {
            foreach (var span in spans.Where(span => span.Overlap(piece.Start, piece.End) > 0))
                speech.Add(new Stretch(at + Math.Max(span.Start, piece.Start) - piece.Start, at + Math.Min(span.End, piece.End) - piece.Start));
            at += piece.Length;
        }
        return new SpeechWindow(start, at, samples, speech) { pieces = pieces };
    }

    /// <summary>Seconds of speech within a stretch.</summary>
    public double SpeechIn(double start, double end) => Speech.Sum(span => span.Overlap(start, end));

    /// <summary>What was recognised, with times of the sound.</summary>
    public RecognizedWindow InSound(RecognizedWindow recognized) => pieces.Count < 2 ? recognized : new RecognizedWindow(
        [.. recognized.Segments.Select(InSound)], Later(recognized.Resume, PieceAt(recognized.Resume, recognized.Resume)));

    RecognizedSegment InSound(RecognizedSegment segment)
    {
        List<Word> words = [.. segment.Words.Select(InSound)];
        return segment with { Start = words[0].Start, End = words[^1].End, Words = words };
    }

    // A word is in one piece: of a wrong time that reaches over a silence, only what lies on the side where most of it is.
    Word InSound(Word word)
    {
        var piece = PieceAt(word.Start, word.End);
        return word with
        {
            Start = Later(word.Start, piece),
            End = Later(word.End, piece),
            Reach = word.Reach is { } reach ? new Stretch(Later(reach.Start, piece), Later(reach.End, piece)) : null,
        };
    }

    /// <summary>The piece with most of a stretch, and where it begins in the window.</summary>
    (Stretch Piece, double At) PieceAt(double start, double end)
    {
        var (best, most, at) = ((pieces[0], Start), double.MinValue, Start);
        foreach (var piece in pieces)
        {
            var shared = Math.Min(end, at + piece.Length) - Math.Max(start, at);
            if (shared > most) (best, most) = ((piece, at), shared);
            at += piece.Length;
        }
        return best;
    }

    static double Later(double seconds, (Stretch Piece, double At) found) => Math.Clamp(seconds - found.At + found.Piece.Start, found.Piece.Start, found.Piece.End);
}
