using System.Text;

namespace Octavia.Dubbing.Pipeline;

/// <summary>Names of results.</summary>
public static class ResultName
{
    // Linux takes 255 bytes in all: the rest is for language, ending and hash.
    const int MostBytes = 150;

    /// <summary>What results of a name begin with: nothing that leads out of a folder, and no longer than any file system takes.</summary>
    public static string Of(string name)
    {
        var safe = new StringBuilder();
        var bytes = 0;
        foreach (var rune in name.EnumerateRunes())
        {
            if (rune.Value is '/' or '\\' || Rune.IsControl(rune)) continue;
            bytes += rune.Utf8SequenceLength;
            if (bytes > MostBytes) break;
            safe.Append(rune.ToString());
        }
        var trimmed = safe.ToString().Trim('.', ' ');
        return trimmed.Length == 0 ? "result" : trimmed;
    }
}
