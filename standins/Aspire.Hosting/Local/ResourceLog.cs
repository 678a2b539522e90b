using System.Collections.Concurrent;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Local;

/// <summary>Output of the resources: on the console behind the resource's name, or in a file each under the folder <c>OCTAVIA_LOGS</c>.</summary>
internal sealed class ResourceLog(IDistributedApplicationBuilder builder) : IDisposable
{
    private readonly string? _folder = builder.Configuration["OCTAVIA_LOGS"];
    private readonly int _width = builder.Resources.Select(r => r.Name.Length).DefaultIfEmpty(0).Max();
    private readonly ConcurrentDictionary<string, TextWriter> _files = new();

    public Action<string> For(Replica replica) => _folder is null ? ToConsole(replica) : ToFile(replica, _folder);

    public void Dispose()
    {
        foreach (var file in _files.Values)
            file.Dispose();
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
            return TextWriter.Synchronized(new StreamWriter(Path.Combine(folder, id + ".log"), append: true) { AutoFlush = true });
        });
        return file.WriteLine;
    }
}
