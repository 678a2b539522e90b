using System.IO.Compression;
using System.Text;

namespace Octavia.Dubbing.Recognition;

/// <summary>Tells text that a decoder repeats from text that someone said.</summary>
internal static class RepeatedText
{
    const int LongestPeriod = 32;

    /// <summary>Whether a token sequence ends in one phrase said again and again: such a decode cannot recover.</summary>
    public static bool IsLoop(ReadOnlySpan<int> tokens)
    {
        for (var period = 1; period <= LongestPeriod && period * 4 <= tokens.Length; period++)
        {
            // Short phrases may be said a few times in earnest: ask for at least 16 repeated tokens, and four rounds.
            var length = Math.Max(16, 4 * period);
            if (length + period > tokens.Length) continue;
            var end = tokens[^length..];
            if (end.SequenceEqual(tokens.Slice(tokens.Length - length - period, length))) return true;
        }
        return false;
    }

    /// <summary>Bytes of the text over bytes after compression: speech stays below 2.4.</summary>
    public static double CompressionRatio(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length == 0) return 0;
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(bytes);
        return bytes.Length / (double)packed.Length;
    }
}
