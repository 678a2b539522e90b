using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Local;

/// <summary>Gives each endpoint its ports before anything starts, so that every resource can be told every address.</summary>
internal static class Ports
{
    // Below the range from which the kernel draws ports of outgoing connections, so that none is taken between choice and use.
    private const int First = 20000;
    private const int Last = 32000;
    private static readonly HashSet<int> Given = [];

    public static void Allocate(IEnumerable<IResource> resources, bool random)
    {
        foreach (var resource in resources)
        {
            foreach (var endpoint in resource.All<EndpointAnnotation>())
            {
                var count = Math.Max(1, resource.Replicas());
                // Aspire puts a proxy before replicas; here each has a port of its own and only the first can have the fixed one.
                endpoint.ReplicaPorts = [.. Enumerable.Range(0, count)
                    .Select(i => i == 0 && !random && endpoint.Port is { } fixedPort ? Take(fixedPort, resource.Name) : Free())];
            }
        }
    }

    public static int Free()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, Last);
            lock (Given)
            {
                if (IsFree(port) && Given.Add(port))
                    return port;
            }
        }
    }

    private static int Take(int port, string resource) => IsFree(port)
        ? port
        : throw new DistributedApplicationException(
            $"Port {port} of '{resource}' is taken by another program: stop that, or set another port in Ports__{resource}.");

    private static bool IsFree(int port) => IsFree(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || IsFree(IPAddress.IPv6Loopback, port));

    private static bool IsFree(IPAddress address, int port)
    {
        try
        {
            using var listener = new TcpListener(address, port) { ExclusiveAddressUse = true };
            listener.Start();
            return true;
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            // No such address on this machine (IPv6 switched off): nobody can take it.
            return true;
        }
    }
}
