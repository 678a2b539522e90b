using System.Net;
using System.Net.Sockets;
using Microsoft.Security.AntiSSRF;

namespace Octavia.Api.Operations;

/// <summary>The one way to addresses that users name: to the public internet, and to networks that the operator allows.</summary>
sealed class PublicInternet
{
    readonly AntiSSRFPolicy policy;
    readonly List<IPNetwork> allowed;
    readonly List<IPNetwork> denied;

    /// <param name="allowedNetworks">Networks (<c>10.1.0.0/16</c>) that may be reached besides.</param>
    public PublicInternet(IList<string> allowedNetworks)
    {
        policy = new AntiSSRFPolicy(PolicyConfigOptions.ExternalOnlyLatest) { AllowPlainTextHttp = true, AddXFFHeader = false };
        if (allowedNetworks.Count > 0) policy.AddAllowedAddresses([.. allowedNetworks]);
        (allowed, denied) = (ParseAll(policy.AllowedAddresses), ParseAll(policy.DeniedAddresses));
    }

    /// <summary>For HTTP: every address that is connected to, also after redirects, is checked.</summary>
    /// <param name="redirects">How many are followed.</param>
    public HttpClient Client(int redirects)
    {
        var handler = policy.GetHandler();
        handler.UseCookies = false;
        handler.AllowAutoRedirect = redirects > 0;
        if (redirects > 0) handler.MaxAutomaticRedirections = redirects;
        handler.ConnectTimeout = TimeSpan.FromSeconds(10);
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(2);
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>A connection to a host, all of whose addresses are checked; null when one is not public. Those that were checked are connected to.</summary>
    /// <exception cref="SocketException">Nothing answers there.</exception>
    public async Task<NetworkStream?> ConnectAsync(string host, int port, CancellationToken ct)
    {
        var addresses = await Dns.GetHostAddressesAsync(host, ct);
        if (addresses.Length == 0 || addresses.Any(address => Has(denied, address) && !Has(allowed, address))) return null;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // An IPv4 address may come in the form of an IPv6 one, and so may a network.
    static bool Has(List<IPNetwork> networks, IPAddress address)
    {
        var (six, four) = (address.MapToIPv6(), address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
        return networks.Exists(network => network.Contains(six) || network.Contains(four));
    }

    static List<IPNetwork> ParseAll(IReadOnlyList<string> networks) => [.. networks.Select(network => IPNetwork.Parse(network))];

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
