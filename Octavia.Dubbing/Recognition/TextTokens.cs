using System.Text;
using System.Text.Json;

namespace Octavia.Dubbing.Recognition;

/// <summary>Bytes of byte-level BPE tokens. Only decoding: Whisper is given no text.</summary>
internal sealed class TextTokens
{
    readonly byte[]?[] bytes;

    TextTokens(byte[]?[] bytes) => this.bytes = bytes;

    /// <summary>Reads <c>vocab.json</c>.</summary>
    public static TextTokens Open(string path)
    {
        using var file = File.OpenRead(path);
        var vocabulary = JsonSerializer.Deserialize<Dictionary<string, int>>(file) ?? [];
        var letters = Letters();
        var bytes = new byte[]?[vocabulary.Count == 0 ? 0 : vocabulary.Values.Max() + 1];
        // A token with a letter outside the table is a special one and has no text.
        foreach (var (token, id) in vocabulary)
            if (id >= 0 && token.All(letters.ContainsKey))
                bytes[id] = [.. token.Select(letter => letters[letter])];
        return new TextTokens(bytes);
    }

    /// <summary>Bytes of a token, a part of a UTF-8 text; empty for a special token.</summary>
    public ReadOnlySpan<byte> BytesOf(int token) => token >= 0 && token < bytes.Length ? bytes[token] : [];

    /// <summary>Text of tokens: bytes joined first, since a character may span tokens.</summary>
    public string Decode(ReadOnlySpan<int> tokens)
    {
        var joined = new List<byte>(tokens.Length * 4);
        foreach (var token in tokens) joined.AddRange(BytesOf(token));
        return Encoding.UTF8.GetString([.. joined]);
    }

    /// <summary>GPT-2's table: printable bytes stand for themselves, the others for letters from U+0100 up, in order.</summary>
    static Dictionary<char, byte> Letters()
    {
        var letters = new Dictionary<char, byte>();
        var next = 0x100;
        for (var value = 0; value < 256; value++)
        {
            var printable = value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE and <= 0xFF;
            letters[(char)(printable ? value : next++)] = (byte)value;
        }
        return letters;
    }
}
