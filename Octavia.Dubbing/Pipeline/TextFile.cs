using System.Text;
using Octavia.Dubbing.Subtitles;

namespace Octavia.Dubbing.Pipeline;

/// <summary>Reads texts of unknown origin.</summary>
static class TextFile
{
    /// <summary>The text of a file: UTF-8, or UTF-16 with its mark; anything else is taken for Latin-1.</summary>
    /// <exception cref="DubbingException"><c>input.missing</c>, <c>input.empty</c>, <c>input.too_long</c>, <c>input.not_text</c>.</exception>
    public static async Task<string> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(path);
        if (!File.Exists(path)) throw DubbingException.Unusable("input.missing", $"There is no file {name}.");
        if (new FileInfo(path).Length > SubtitleReader.LongestText) throw DubbingException.Unusable("input.too_long", $"{name} is longer than 10 million characters; split it.");
        var bytes = await File.ReadAllBytesAsync(path, cancellationToken);
        var text = Decode(bytes);
        if (string.IsNullOrWhiteSpace(text)) throw DubbingException.Unusable("input.empty", $"{name} is empty.");
        if (text.Contains('\0')) throw DubbingException.Unusable("input.not_text", $"{name} is not a text; choose SRT, WebVTT or plain text.");
        return text;
    }

    static string Decode(byte[] bytes)
    {
        if (bytes is [0xFF, 0xFE, ..]) return Encoding.Unicode.GetString(bytes, 2, bytes.Length - 2);
        if (bytes is [0xFE, 0xFF, ..]) return Encoding.BigEndianUnicode.GetString(bytes, 2, bytes.Length - 2);
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(bytes);
        }
    }
}
