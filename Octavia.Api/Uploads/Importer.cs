using Microsoft.Extensions.Options;
using Microsoft.Security.AntiSSRF;
using Octavia.Api.Operations;

namespace Octavia.Api.Uploads;

/// <summary>Fetches what an address names, from the public internet only: every address that is connected to, also after redirects, is checked.</summary>
sealed class Importer : IDisposable
{
    readonly HttpClient http;
    readonly UploadOptions limits;

    public Importer(IOptions<UploadOptions> options)
    {
        limits = options.Value;
        var policy = new AntiSSRFPolicy(PolicyConfigOptions.ExternalOnlyLatest) { AllowPlainTextHttp = true, AddXFFHeader = false };
        if (limits.AllowedNetworks.Count > 0) policy.AddAllowedAddresses([.. limits.AllowedNetworks]);
        var handler = policy.GetHandler();
        handler.UseCookies = false;
        handler.MaxAutomaticRedirections = 5;
        handler.ConnectTimeout = TimeSpan.FromSeconds(10);
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(2);
        http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Downloads into <paramref name="target"/>; returns a name for the file.</summary>
    public async Task<string> FetchAsync(string url, TempFile target, long limit, CancellationToken ct)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.UserInfo.Length > 0)
            throw Refusal.Invalid("import.address_invalid", "This is no address of a file; it starts with https:// or http://.");
        using var time = CancellationTokenSource.CreateLinkedTokenSource(ct);
        time.CancelAfter(limits.ImportLimit);
        try
        {
            return await DownloadAsync(address, target, limit, time.Token);
        }
        catch (Exception e) when (Find<AntiSSRFException>(e))
        {
            throw Refusal.Invalid("import.address_refused", "This address is not on the public internet, so nothing is fetched from it.");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new Refusal(422, "import.timeout", "The download took too long; download the file yourself and upload it.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
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

    static bool Find<T>(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
            if (e is T) return true;
        return false;
    }

    public void Dispose() => http.Dispose();
}
