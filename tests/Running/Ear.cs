using System.Net;
using System.Net.Sockets;

namespace Octavia.Tests.Running;

/// <summary>A port of this machine that hears whether anybody calls, in whatever protocol.</summary>
public sealed class Ear : IDisposable
{
    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly Task listening;
    int calls;

    public Ear()
    {
        listener.Start();
        listening = ListenAsync();
    }

    public string Address => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/";

    public int Calls => calls;

    async Task ListenAsync()
    {
        try
        {
            while (true)
            {
                using var caller = await listener.AcceptTcpClientAsync();
                Interlocked.Increment(ref calls);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return;
        }
    }

    public void Dispose()
    {
        listener.Dispose();
        listening.GetAwaiter().GetResult();
    }
}
