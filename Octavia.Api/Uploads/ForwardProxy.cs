using System.Net;
using System.Net.Sockets;
using System.Text;
using Octavia.Api.Operations;

namespace Octavia.Api.Uploads;

/// <summary>
/// An HTTP proxy on this machine for one program that fetches something: what the program asks it for is checked as all that is fetched. Each
/// connection serves one host.
/// </summary>
sealed class ForwardProxy : IAsyncDisposable
{
    const int LongestHead = 64 << 10;

    readonly PublicInternet internet;
    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource end = new();
    readonly Task serving;

    public ForwardProxy(PublicInternet internet)
    {
        this.internet = internet;
        listener.Start();
        serving = ServeAsync();
    }

    public string Address => $"http://{listener.LocalEndpoint}";

    /// <summary>Whether the program asked for what is not public.</summary>
    public bool HasRefused { get; private set; }

    async Task ServeAsync()
    {
        var clients = new List<Task>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(end.Token);
                clients.RemoveAll(x => x.IsCompleted);
                clients.Add(ServeAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(clients);
        }
    }

    async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var near = client.GetStream();
                await ServeAsync(near);
            }
            catch (Exception)
            {
                // One of the two ends is gone, or the program is over, or it said what makes no sense: the other connections go on.
                return;
            }
        }
    }

    async Task ServeAsync(NetworkStream near)
    {
        var buffer = new byte[LongestHead];
        var (head, read) = await ReadHeadAsync(near, buffer);
        if (Target.Parse(head) is not { } target)
        {
            await SayAsync(near, "400 Bad Request");
            return;
        }
        NetworkStream? far;
        try
        {
            far = await internet.ConnectAsync(target.Host, target.Port, end.Token);
        }
        catch (ArgumentException)
        {
            // Longer than a name can be.
            await SayAsync(near, "400 Bad Request");
            return;
        }
        catch (SocketException)
        {
            await SayAsync(near, "502 Bad Gateway");
            return;
        }
        if (far is null)
        {
            HasRefused = true;
            await SayAsync(near, "403 Forbidden");
            return;
        }
        await using (far)
        {
            if (target.Head is { } request) await far.WriteAsync(Encoding.Latin1.GetBytes(request), end.Token);
            else await SayAsync(near, "200 Connection Established");
            await far.WriteAsync(buffer.AsMemory(head.Length, read - head.Length), end.Token);
            // What the far end has said is over when it says so; the near end may stop asking long before.
            var asking = PumpAsync(near, far);
            await far.CopyToAsync(near, end.Token);
            near.Socket.Shutdown(SocketShutdown.Both);
            await asking;
        }
    }

    async Task PumpAsync(NetworkStream near, NetworkStream far)
    {
        try
        {
            await near.CopyToAsync(far, end.Token);
            far.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The other direction ends by itself.
            return;
        }
    }

    /// <summary>Lines up to the empty one; empty when none comes. More may have been read already.</summary>
    async Task<(string Head, int Read)> ReadHeadAsync(NetworkStream near, byte[] buffer)
    {
        for (var read = 0; read < buffer.Length;)
        {
            var more = await near.ReadAsync(buffer.AsMemory(read), end.Token);
            if (more == 0) break;
            read += more;
            if (buffer.AsSpan(0, read).IndexOf("\r\n\r\n"u8) is >= 0 and var at) return (Encoding.Latin1.GetString(buffer, 0, at + 4), read);
        }
        return ("", 0);
    }

    async Task SayAsync(NetworkStream near, string status)
    {
        var length = status.StartsWith('2') ? "" : "Content-Length: 0\r\nConnection: close\r\n";
        await near.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 {status}\r\n{length}\r\n"), end.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        listener.Stop();
        await serving;
        end.Dispose();
    }

    /// <summary>Whom a request is for.</summary>
    /// <param name="Host">Name or address.</param>
    /// <param name="Port">Its port.</param>
    /// <param name="Head">What that host is told; null for a tunnel, in which it is told nothing by us.</param>
    sealed record Target(string Host, int Port, string? Head)
    {
        public static Target? Parse(string head)
        {
            var lines = head.Split("\r\n");
            if (lines[0].Split(' ') is not [var method, var address, var version]) return null;
            if (method == "CONNECT")
                return Uri.TryCreate($"https://{address}", UriKind.Absolute, out var tunnel) ? new Target(tunnel.DnsSafeHost, tunnel.Port, null) : null;
            if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme != "http") return null;
            // One request a connection: the next one may be for another host.
            var kept = lines.Skip(1).Where(x => x.Length > 0 && !x.StartsWith("Proxy-", StringComparison.OrdinalIgnoreCase) && !x.StartsWith("Connection:", StringComparison.OrdinalIgnoreCase));
            return new Target(uri.DnsSafeHost, uri.Port, string.Join("\r\n", [$"{method} {uri.PathAndQuery} {version}", .. kept, "Connection: close", "", ""]));
        }
    }
}
