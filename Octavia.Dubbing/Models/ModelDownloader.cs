using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Octavia.Dubbing.Models;

/// <summary>Fetches files over HTTP: continues where an earlier try stopped, and keeps nothing whose hash is wrong.</summary>
sealed class ModelDownloader(HttpClient http)
{
    const int Tries = 4;
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60);

    /// <summary>Fetches one file to a path, which may hold its beginning already.</summary>
    /// <param name="file">What to fetch.</param>
    /// <param name="path">Where to.</param>
    /// <param name="received">Told of the bytes of this file so far.</param>
    /// <param name="cancellationToken">Stops; what came in stays for the next time.</param>
    /// <exception cref="HttpRequestException">The publisher refuses or cannot be reached.</exception>
    /// <exception cref="IOException">It broke off again and again, or the disk is full.</exception>
    /// <exception cref="InvalidDataException">What came has the wrong hash, twice.</exception>
    public async Task FetchAsync(RemoteFile file, string path, Action<long> received, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var rejected = 0;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (!IsWhole(file, path)) await ReceiveAsync(file, path, received, cancellationToken);
                if (await IsIntactAsync(file, path, cancellationToken)) return;
                File.Delete(path);
                if (++rejected == 2) throw new InvalidDataException($"{file.Url} does not have the hash that is known for it.");
            }
            catch (Exception e) when (attempt < Tries && IsPassing(e, cancellationToken))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(250 << attempt), cancellationToken);
            }
        }
    }

    async Task ReceiveAsync(RemoteFile file, string path, Action<long> received, CancellationToken cancellationToken)
    {
        await using var target = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1, FileOptions.Asynchronous);
        target.Seek(0, SeekOrigin.End);
        using var response = await RequestAsync(file.Url, target.Position, cancellationToken);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            target.SetLength(0);
            throw new IOException("The part at hand is longer than the file.");
        }
        response.EnsureSuccessStatusCode();
        // A server may ignore the range and send all of it.
        if (response.StatusCode != HttpStatusCode.PartialContent || response.Content.Headers.ContentRange?.From != target.Position) target.SetLength(0);

        await using var source = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[128 * 1024];
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        while (true)
        {
            pause.CancelAfter(LongestPause);
            var count = await source.ReadAsync(buffer, pause.Token);
            if (count == 0) break;
            await target.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            if (file.Size is { } size && target.Position > size)
            {
                target.SetLength(0);
                throw new IOException("The publisher sends more than the file.");
            }
            received(target.Position);
        }
        if (target.Position < file.Size) throw new IOException("The connection ended before the file did.");
    }

    async Task<HttpResponseMessage> RequestAsync(Uri url, long from, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        pause.CancelAfter(LongestPause);
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, pause.Token);
    }

    static bool IsWhole(RemoteFile file, string path) => file.Size is { } size && File.Exists(path) && new FileInfo(path).Length == size;

    static async Task<bool> IsIntactAsync(RemoteFile file, string path, CancellationToken cancellationToken)
    {
        if (file.Sha256 is { } expected) return await ModelVerifier.HashAsync(path, cancellationToken) == expected;
        if (file.GitId is null) return true;
        var content = await File.ReadAllBytesAsync(path, cancellationToken);
        // Not for secrecy: it is how git names a file.
#pragma warning disable CA5350
        var id = SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]);
#pragma warning restore CA5350
        return Convert.ToHexStringLower(id) == file.GitId;
    }

    static bool IsPassing(Exception e, CancellationToken cancellationToken) => e switch
    {
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        HttpRequestException { StatusCode: { } status } => (int)status is >= 500 or 429 or 408,
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => false,
        InvalidDataException => false,
        _ => e is HttpRequestException or IOException,
    };
}
