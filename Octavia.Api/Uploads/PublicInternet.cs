using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Microsoft.Security.AntiSSRF;

namespace Octavia.Api.Uploads;

/// <summary>The one way out: to addresses of the public internet, and to networks that the operator allows.</summary>
sealed class PublicInternet
{
    readonly AntiSSRFPolicy policy;
    readonly List<IPNetwork> allowed;
    readonly List<IPNetwork> denied;

    public PublicInternet(IOptions<UploadOptions> options)
    {
        policy = new AntiSSRFPolicy(PolicyConfigOptions.ExternalOnlyLatest) { AllowPlainTextHttp = true, AddXFFHeader = false };
        if (options.Value.AllowedNetworks.Count > 0) policy.AddAllowedAddresses([.. options.Value.AllowedNetworks]);
        (allowed, denied) = (Parse(policy.AllowedAddresses), Parse(policy.DeniedAddresses));
    }

    /// <summary>For HTTP: every address that is connected to, also after redirects, is checked.</summary>
    public AntiSSRFHandler CreateHandler() => policy.GetHandler();

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

    static List<IPNetwork> Parse(IReadOnlyList<string> networks) => [.. networks.Select(network => IPNetwork.Parse(network))];
}
