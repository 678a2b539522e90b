using Microsoft.Extensions.Options;
using Octavia.Api.Operations;

namespace Octavia.Api.Uploads;

/// <summary>Fetches what an address names, from the <see cref="PublicInternet"/> only.</summary>
sealed class Importer : IDisposable
{
    readonly HttpClient http;
    readonly UploadOptions limits;

    public Importer(IOptions<UploadOptions> options)
    {
        limits = options.Value;
        http = PublicInternet.Client(limits.AllowedNetworks, redirects: 5);
    }

    /// <summary>Downloads into <paramref name="target"/>; returns a name for the file.</summary>
    public async Task<string> FetchAsync(string url, TempFile target, long limit, CancellationToken ct)
    {
        var address = PublicInternet.Parse(url)
            ?? throw Refusal.Invalid("import.address_invalid", "This is no address of a file; it starts with https:// or http://.");
        using var time = CancellationTokenSource.CreateLinkedTokenSource(ct);
        time.CancelAfter(limits.ImportLimit);
        try
        {
            return await DownloadAsync(address, target, limit, time.Token);
        }
        catch (Exception e) when (PublicInternet.Refused(e))
        {
            throw Refusal.Invalid("import.address_refused", "This address is not on the public internet, so nothing is fetched from it.");
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

    async Task<string> DownloadAsync(Uri address, TempFile target, long limit, CancellationToken ct)
    {
        using var response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, ct);
        if (!response.IsSuccessStatusCode)
            throw new Refusal(422, "import.unreachable", $"The server of this address answered {(int)response.StatusCode}; check the address, or upload the file.");
        if (response.Content.Headers.ContentLength > limit) throw TempFile.TooLarge(limit);
        await using var content = await response.Content.ReadAsStreamAsync(ct);
        await target.FillAsync(content, limit, ct);
        var name = response.Content.Headers.ContentDisposition?.FileNameStar ?? response.Content.Headers.ContentDisposition?.FileName?.Trim('"');
        return UploadIntake.SafeName(name ?? Uri.UnescapeDataString(address.AbsolutePath));
    }

    public void Dispose() => http.Dispose();
}
