using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Octavia.Dubbing.Models;

/// <summary>
/// Checks files against their SHA-256 and remembers, by size and time of change, those that passed: hashing 180 MB at every start
/// would cost more than loading them.
/// </summary>
sealed class ModelVerifier(string stamps)
{
    /// <summary>Files of a folder that are not what they should be.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="files">Files whose hash is known; the others are left alone.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<IReadOnlyList<ModelFile>> FindDamagedAsync(
        string folder, IReadOnlyList<ModelFile> files, CancellationToken cancellationToken)
    {
        var stamp = Path.Combine(stamps, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(folder))))[..32]);
        var known = ReadStamp(stamp);
        var lines = files.Where(file => file.Sha256 is not null).ToDictionary(file => file, file => Line(folder, file));
        var open = lines.Where(pair => !known.Contains(pair.Value)).Select(pair => pair.Key).ToList();
        if (open.Count == 0) return [];

        var damaged = new ConcurrentBag<ModelFile>();
        await Parallel.ForEachAsync(open, cancellationToken, async (file, token) =>
        {
            if (await HashAsync(Path.Combine(folder, file.Path), token) != file.Sha256) damaged.Add(file);
        });
        WriteStamp(stamp, lines.Where(pair => !damaged.Contains(pair.Key)).Select(pair => pair.Value));
        return [.. damaged];
    }

    /// <summary>SHA-256 of a file, lower-case hex.</summary>
    public static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.Asynchronous);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
    }

    static string Line(string folder, ModelFile file)
    {
        var info = new FileInfo(Path.Combine(folder, file.Path));
        return $"{file.Path}\t{info.Length}\t{info.LastWriteTimeUtc.Ticks}\t{file.Sha256}";
    }

    static HashSet<string> ReadStamp(string stamp) => File.Exists(stamp) ? [.. File.ReadAllLines(stamp)] : [];

    static void WriteStamp(string stamp, IEnumerable<string> lines)
    {
        var temporary = $"{stamp}.{Environment.ProcessId}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(stamp)!);
            File.WriteAllLines(temporary, lines);
            File.Move(temporary, stamp, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A cache that cannot be written to costs a hash at the next start, no more.
        }
    }
}
