using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Local;

/// <summary>
/// Output of the resources: on the console behind the resource's name, or in a file each under the folder <c>OCTAVIA_LOGS</c>; the last
/// lines of each are kept for the dashboard.
/// </summary>
internal sealed class ResourceLog(IDistributedApplicationBuilder builder) : IDisposable
{
    private readonly string? _folder = builder.Configuration["OCTAVIA_LOGS"];
    private readonly int _width = builder.Resources.Select(r => r.Name.Length).DefaultIfEmpty(0).Max();
    private readonly ConcurrentDictionary<string, Backlog> _backlogs = new();
    private readonly ConcurrentDictionary<string, StreamWriter> _files = new();
    private bool _closed;

    public Action<string> For(Replica replica)
    {
        var backlog = _backlogs.GetOrAdd(replica.Id, _ => new Backlog());
        var write = _folder is null ? ToConsole(replica) : ToFile(replica, _folder);
        return line =>
        {
            backlog.Add(line);
            write(line);
        };
    }

    /// <summary>Says on the console where people find the system.</summary>
    public static void Announce(IEnumerable<(string Name, string Url)> addresses) =>
        Console.WriteLine(string.Join(Environment.NewLine, ["", .. addresses.Select(a => $"  {a.Name,-14} {a.Url}"), ""]));

    public IAsyncEnumerable<string> WatchAsync(string replica, bool follow, CancellationToken cancellationToken) =>
        _backlogs.GetOrAdd(replica, _ => new Backlog()).WatchAsync(follow, cancellationToken);

    public void Dispose()
    {
        lock (_files)
        {
            _closed = true;
            foreach (var file in _files.Values)
                file.Dispose();
        }
    }

    private Action<string> ToConsole(Replica replica)
    {
        var prefix = replica.Resource.Name.PadRight(_width);
        return line => Console.WriteLine($"{prefix} | {line}");
    }

    private Action<string> ToFile(Replica replica, string folder)
    {
        var file = _files.GetOrAdd(replica.Id, id =>
        {
            Directory.CreateDirectory(folder);
            return new StreamWriter(Path.Combine(folder, id + ".log"), append: true) { AutoFlush = true };
        });
        return line =>
        {
            // The last words of a killed process can arrive after the end.
            lock (_files)
            {
                if (!_closed)
                    file.WriteLine(line);
            }
        };
    }

    private sealed class Backlog
    {
        private const int Kept = 2000;
        private readonly Lock _gate = new();
        private readonly Queue<string> _lines = new();
        private ImmutableList<Channel<string>> _watchers = [];

        public void Add(string line)
        {
            lock (_gate)
            {
                _lines.Enqueue(line);
                if (_lines.Count > Kept)
                    _lines.Dequeue();
                foreach (var watcher in _watchers)
                    watcher.Writer.TryWrite(line);
            }
        }

        public async IAsyncEnumerable<string> WatchAsync(bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var channel = Channel.CreateUnbounded<string>();
            lock (_gate)
            {
                foreach (var line in _lines)
                    channel.Writer.TryWrite(line);
                if (follow)
                    _watchers = _watchers.Add(channel);
                else
                    channel.Writer.Complete();
            }

            try
            {
                await foreach (var line in channel.Reader.ReadAllAsync(cancellationToken))
                    yield return line;
            }
            finally
            {
                lock (_gate)
                    _watchers = _watchers.Remove(channel);
            }
        }
    }
}
