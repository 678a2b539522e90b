using System.Text.Json;

namespace Octavia.Dubbing.Scripts;

/// <summary>
/// Keeps a script on disk while stages change it side by side. A change is on disk, and told to the checkpoint, before it counts as done;
/// changes that come while a save runs share the next one.
/// </summary>
public sealed class ScriptStore : IDisposable
{
    /// <summary>Name of the document in the work folder.</summary>
    public const string FileName = "script.json";
    readonly string _folder;
    readonly Func<IReadOnlyList<string>, CancellationToken, Task>? _checkpoint;
    readonly Lock _lock = new();
    readonly SemaphoreSlim _saving = new(1, 1);
    readonly HashSet<string> _changed = [];
    long _version;
    long _saved;

    ScriptStore(string folder, Script script, Func<IReadOnlyList<string>, CancellationToken, Task>? checkpoint)
    {
        _folder = folder;
        _checkpoint = checkpoint;
        Script = script;
    }

    /// <summary>The document; change it by <see cref="UpdateAsync"/> only.</summary>
    public Script Script { get; }

    /// <summary>Opens the script of an interrupted run when it came from the same input, else begins a new one.</summary>
    public static async Task<ScriptStore> OpenAsync(
        string folder, string inputHash, Func<IReadOnlyList<string>, CancellationToken, Task>? checkpoint, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.Combine(folder, "takes"));
        var script = await ReadAsync(Path.Combine(folder, FileName), cancellationToken);
        return new ScriptStore(folder, script?.InputHash == inputHash ? script : new Script { InputHash = inputHash }, checkpoint);
    }

    /// <summary>Changes the script and returns when the change is on disk.</summary>
    /// <param name="change">Quick; runs alone.</param>
    /// <param name="newFile">A file of the work folder, already written, that the change speaks of.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public async Task UpdateAsync(Action<Script> change, string? newFile, CancellationToken cancellationToken)
    {
        long mine;
        lock (_lock)
        {
            change(Script);
            if (newFile is not null) _changed.Add(newFile);
            mine = ++_version;
        }
        await _saving.WaitAsync(cancellationToken);
        try
        {
            if (_saved < mine) await SaveAsync(cancellationToken);
        }
        finally
        {
            _saving.Release();
        }
    }

    async Task SaveAsync(CancellationToken cancellationToken)
    {
        byte[] json;
        string[] changed;
        long version;
        lock (_lock)
        {
            json = JsonSerializer.SerializeToUtf8Bytes(Script, ScriptJson.Readable.Script);
            changed = [FileName, .. _changed];
            _changed.Clear();
            version = _version;
        }
        var path = Path.Combine(_folder, FileName);
        await File.WriteAllBytesAsync(path + ".partial", json, cancellationToken);
        File.Move(path + ".partial", path, overwrite: true);
        if (_checkpoint is not null) await _checkpoint(changed, cancellationToken);
        _saved = version;
    }

    static async Task<Script?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path)) return null;
        await using var file = File.OpenRead(path);
        try
        {
            var script = await JsonSerializer.DeserializeAsync(file, ScriptJson.Readable.Script, cancellationToken);
            return script?.Version == 1 ? script : null;
        }
        catch (JsonException)
        {
            // Somebody else's file or an edit that went wrong: the run begins anew, which costs time only.
            return null;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _saving.Dispose();
}
