using Microsoft.Extensions.Options;
using Octavia.Api.Operations;

namespace Octavia.Api.Uploads;

/// <summary>Fetches what an address names, from the <see cref="PublicInternet"/> only: a file, or the video of a page.</summary>
sealed class Importer : IDisposable
{
    const int LongestAddress = 4000;

    readonly HttpClient http;
    readonly VideoSites sites;
    readonly UploadOptions limits;

    public Importer(PublicInternet internet, VideoSites sites, IOptions<UploadOptions> options)
    {
        this.sites = sites;
        limits = options.Value;
        http = internet.Client(redirects: 5);
    }

    /// <summary>Refuses at once what is no address that could be fetched.</summary>
    public static Uri Parse(string url) =>
        url.Length <= LongestAddress && PublicInternet.Parse(url) is { } address
            ? address
            : throw Refusal.Invalid("import.address_invalid", "This is no address of a file; it starts with https:// or http://.");

    /// <summary>Downloads into <paramref name="target"/>; returns a name for the file.</summary>
    /// <param name="address">Of the file.</param>
    /// <param name="isMedia">Whether a page will do, on which the media are.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="limit">Most bytes.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<string> FetchAsync(Uri address, bool isMedia, TempFile target, long limit, CancellationToken ct)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(ct);
        time.CancelAfter(limits.ImportLimit);
        try
        {
            return await DownloadAsync(address, target, limit, isMedia, time.Token) ?? await sites.FetchAsync(address, target, limit, time.Token);
        }
        catch (Exception e) when (PublicInternet.Refused(e))
        {
            throw NotPublic();
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new Refusal(422, "import.timeout", "The download took too long; download the file yourself and upload it.");
        }
        catch (Exception e) when (PublicInternet.Unreachable(e))
        {
            throw new Refusal(422, "import.unreachable", "Nothing could be fetched from this address; check it, or upload the file.");
        }
    }

    public static Refusal NotPublic() =>
        Refusal.Invalid("import.address_refused", "This address is not on the public internet, so nothing is fetched from it.");

    /// <returns>Null for a web page where media are wanted.</returns>
    async Task<string?> DownloadAsync(Uri address, TempFile target, long limit, bool isMedia, CancellationToken ct)
    {
        using var response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, ct);
        if (!response.IsSuccessStatusCode)
            throw new Refusal(422, "import.unreachable", $"The server of this address answered {(int)response.StatusCode}; check the address, or upload the file.");
        if (isMedia && response.Content.Headers.ContentType is { MediaType: "text/html" or "application/xhtml+xml" }) return null;
        target.Expected = response.Content.Headers.ContentLength;
        if (target.Expected > limit) throw TempFile.TooLarge(limit);
        await using var content = await response.Content.ReadAsStreamAsync(ct);
        await target.FillAsync(content, limit, ct);
        var name = response.Content.Headers.ContentDisposition?.FileNameStar ?? response.Content.Headers.ContentDisposition?.FileName?.Trim('"');
        return UploadIntake.SafeName(name ?? Uri.UnescapeDataString(address.AbsolutePath));
    }

    public void Dispose() => http.Dispose();
}
