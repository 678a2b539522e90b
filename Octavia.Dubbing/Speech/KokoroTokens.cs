using System.Buffers;

namespace Octavia.Dubbing.Speech;

/// <summary>Cuts phonemes into pieces that the network can take.</summary>
static class KokoroTokens
{
    static readonly SearchValues<char> Marks = SearchValues.Create(";:,.!?—…\"()“” ");

    /// <summary>Where to cut, the best first: after a sentence, a clause, a comma, a word.</summary>
    static readonly string[] Cuts = [".!?…", ";:", ",", " "];

    /// <summary>Pieces of at most <paramref name="limit"/> characters that have a sound; none when there is nothing but punctuation.</summary>
    public static IReadOnlyList<string> Split(string phonemes, int limit)
    {
        var pieces = new List<string>();
        var rest = phonemes.AsSpan().Trim();
        while (rest.Length > limit)
        {
            var end = End(rest[..limit]);
            Add(rest[..end]);
            rest = rest[end..].TrimStart();
        }
        Add(rest);
        return pieces;

        void Add(ReadOnlySpan<char> piece)
        {
            if (piece.IndexOfAnyExcept(Marks) >= 0) pieces.Add(piece.TrimEnd().ToString());
        }
    }

    static int End(ReadOnlySpan<char> window)
    {
        foreach (var cut in Cuts)
            if (window.LastIndexOfAny(cut) is > 0 and var at) return at + 1;
        return window.Length;
    }
}
