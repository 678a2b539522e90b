using System.IO.Compression;
using System.Text;

namespace Octavia.Dubbing.Recognition;

/// <summary>Tells text that a decoder repeats from text that someone said.</summary>
internal static class RepeatedText
{
    const int LongestPeriod = 32;
    const int MinRepeated = 16;

    /// <summary>Whether a token sequence ends in one phrase said again and again: such a decode cannot recover.</summary>
    public static bool IsLoop(ReadOnlySpan<int> tokens) => FindLoop(tokens) < tokens.Length;

    /// <summary>Index after the first round of the phrase that ends a sequence again and again; the sequence's length when none does.</summary>
    public static int FindLoop(ReadOnlySpan<int> tokens)
    {
        for (var period = 1; period <= LongestPeriod; period++)
        {
            var repeated = 0;
            while (repeated + period < tokens.Length && tokens[^(repeated + 1)] == tokens[^(repeated + 1 + period)]) repeated++;
            // Short phrases may be said a few times in earnest: ask for four more rounds and at least 16 tokens.
            if (repeated >= Math.Max(MinRepeated, 4 * period)) return tokens.Length - repeated;
        }
        return tokens.Length;
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
