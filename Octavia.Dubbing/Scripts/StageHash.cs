using System.Security.Cryptography;
using System.Text;

namespace Octavia.Dubbing.Scripts;

/// <summary>Hashes what a stage was given, so that a restarted run sees whether its result still holds.</summary>
public static class StageHash
{
    /// <summary>Hash of the parts in order: 16 hexadecimal digits.</summary>
    public static string Of(params ReadOnlySpan<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
        {
            // The length before each part keeps ("ab", "c") from equalling ("a", "bc").
            hash.AppendData(BitConverter.GetBytes(part.Length));
            hash.AppendData(Encoding.UTF8.GetBytes(part));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }

    /// <summary>Hash of a file: its length, its first and its last mebibyte, so that a film of gigabytes costs nothing.</summary>
    public static async Task<string> OfFileAsync(string path, CancellationToken cancellationToken)
    {
        const int part = 1 << 20;
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, useAsync: true);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(BitConverter.GetBytes(file.Length));
        var buffer = new byte[part];
        foreach (var offset in new[] { 0, Math.Max(0, file.Length - part) })
        {
            file.Position = offset;
            var read = await file.ReadAtLeastAsync(buffer, part, throwOnEndOfStream: false, cancellationToken);
            hash.AppendData(buffer.AsSpan(0, read));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }
}
