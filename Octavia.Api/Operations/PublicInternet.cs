using System.Net.Sockets;
using Microsoft.Security.AntiSSRF;

namespace Octavia.Api.Operations;

/// <summary>The one way to addresses that users name: to the public internet only, which every address that is connected to is checked for, also after redirects.</summary>
static class PublicInternet
{
    /// <param name="allowedNetworks">Networks (<c>10.1.0.0/16</c>) that may be reached besides.</param>
    /// <param name="redirects">How many are followed.</param>
    public static HttpClient Client(IList<string> allowedNetworks, int redirects)
    {
        var policy = new AntiSSRFPolicy(PolicyConfigOptions.ExternalOnlyLatest) { AllowPlainTextHttp = true, AddXFFHeader = false };
        if (allowedNetworks.Count > 0) policy.AddAllowedAddresses([.. allowedNetworks]);
        var handler = policy.GetHandler();
        handler.UseCookies = false;
        handler.AllowAutoRedirect = redirects > 0;
        if (redirects > 0) handler.MaxAutomaticRedirections = redirects;
        handler.ConnectTimeout = TimeSpan.FromSeconds(10);
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(2);
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>An address as users write one; null when it is none over HTTP, or has a password in it.</summary>
    public static Uri? Parse(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0 ? uri : null;

    /// <summary>Whether nobody was reached, or the connection broke. The policy's handler lets failures to connect through as they are.</summary>
    public static bool Unreachable(Exception e) => e is HttpRequestException or IOException or SocketException;

    /// <summary>Whether a request was not sent, since it would have gone elsewhere.</summary>
    public static bool Refused(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
            if (e is AntiSSRFException) return true;
        return false;
    }
}
