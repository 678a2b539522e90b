using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Local;

/// <summary>Gives each endpoint its ports before anything starts, so that every resource can be told every address.</summary>
internal static class Ports
{
    // Below the range from which the kernel draws ports of outgoing connections, so that none is taken between choice and use.
    private const int First = 20000;
    private const int Last = 32000;
    private static readonly HashSet<int> Given = [];

    /// <summary>The dashboard's name among the settings <c>Ports:NAME</c>; every other resource has its own.</summary>
    public const string Dashboard = "dashboard";

    public static void Allocate(IEnumerable<IResource> resources, bool random)
    {
        foreach (var resource in resources)
        {
            foreach (var endpoint in resource.All<EndpointAnnotation>())
            {
                var count = Math.Max(1, resource.Replicas());
                // Aspire puts a proxy before replicas; here each has a port of its own and only the first can have the fixed one.
                endpoint.ReplicaPorts = [.. Enumerable.Range(0, count)
                    .Select(i => i == 0 && !random && endpoint.Port is { } fixedPort ? Take(fixedPort, resource) : Free())];
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

    /// <summary>The port that <c>Ports__NAME</c> sets, if it does.</summary>
    public static int? Read(IConfiguration settings, string name) => settings[$"Ports:{name}"] switch
    {
        null or "" => null,
        { } text when int.TryParse(text, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= ushort.MaxValue => port,
        { } text => throw new DistributedApplicationException($"Ports__{name} is '{text}': set it to a number from 1 to 65535."),
    };

    private static int Take(int port, IResource resource) => IsFree(port)
        ? port
        : throw new DistributedApplicationException(
            $"Port {port} of '{resource.Name}' is taken by another program: stop that, or set another port in Ports__{(resource is DashboardResource ? Dashboard : resource.Name)}.");

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
