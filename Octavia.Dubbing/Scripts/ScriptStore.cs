using System.Text.Json;

namespace Octavia.Dubbing.Scripts;

/// <summary>
/// Keeps a script on disk while stages change it side by side. The whole document is written each time, so at most one save a second is made for
/// changes of the text; what names a take is on disk, and told to the checkpoint, before it counts as done. A change that found the last save too
/// recent goes with the next one, at the latest when the store is disposed.
/// </summary>
public sealed class ScriptStore : IDisposable
{
    /// <summary>Name of the document in the work folder; those beside it are <c>script.fr.json</c> and the like.</summary>
    public const string FileName = "script.json";
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    readonly string _folder;
    readonly string _file;
    readonly Func<IReadOnlyList<string>, CancellationToken, Task>? _checkpoint;
    readonly Lock _lock = new();
    readonly SemaphoreSlim _saving = new(1, 1);
    readonly HashSet<string> _changed = [];
    readonly TimeProvider _time;
    long? _lastSave;
    long _version;
    long _saved;

    ScriptStore(string folder, string suffix, Script script, Func<IReadOnlyList<string>, CancellationToken, Task>? checkpoint, TimeProvider time)
    {
        _time = time;
        _folder = folder;
        Suffix = suffix;
        _file = FileOf(suffix);
        _checkpoint = checkpoint;
        Script = script;
    }

    /// <summary>The document; change it by <see cref="UpdateAsync"/> only.</summary>
    public Script Script { get; }

    /// <summary>What the document's files have in their names before the ending: nothing, or <c>.fr</c>.</summary>
    public string Suffix { get; }

    /// <summary>Opens the script of an interrupted run when it came from the same input, else begins a new one.</summary>
    public static Task<ScriptStore> OpenAsync(
        string folder, string inputHash, Func<IReadOnlyList<string>, CancellationToken, Task>? checkpoint, CancellationToken cancellationToken) =>
        OpenAsync(folder, "", inputHash, checkpoint, TimeProvider.System, cancellationToken);

    /// <summary>As the other, for a document beside the first.</summary>
    /// <param name="folder">Work folder.</param>
    /// <param name="suffix">From <see cref="Suffix"/>.</param>
    /// <param name="inputHash">Hash of what recognition starts from.</param>
    /// <param name="checkpoint">Told after each save.</param>
    /// <param name="time">Clock.</param>
    /// <param name="cancellationToken">Cancels.</param>
    internal static async Task<ScriptStore> OpenAsync(
        string folder, string suffix, string inputHash, Func<IReadOnlyList<string>, CancellationToken, Task>? checkpoint, TimeProvider time, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.Combine(folder, "takes"));
        var script = await ReadAsync(Path.Combine(folder, FileOf(suffix)), cancellationToken);
        return new ScriptStore(folder, suffix, script?.InputHash == inputHash ? script : new Script { InputHash = inputHash }, checkpoint, time);
    }

    static string FileOf(string suffix) => Path.ChangeExtension(FileName, null) + suffix + Path.GetExtension(FileName);

    /// <summary>Changes the script; with a new file, returns when the change is on disk.</summary>
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
            if (newFile is null && _lastSave is { } last && _time.GetElapsedTime(last) < Pause) return;
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

    /// <summary>Ends a run of the beginning so that one of the whole goes on from there: what was spoken was heard. On disk, and told, when it returns.</summary>
    /// <param name="seconds">What is said after this time is forgotten.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task LeaveOffAsync(double seconds, CancellationToken cancellationToken)
    {
        await UpdateAsync(
            script =>
            {
                script.ForgetAfter(seconds);
                foreach (var line in script.Utterances) line.WasHeard = line.Take is not null;
            },
            null,
            cancellationToken);
        await _saving.WaitAsync(cancellationToken);
        try
        {
            if (_saved < _version) await SaveAsync(cancellationToken);
        }
        finally
        {
            _saving.Release();
        }
    }

    async Task SaveAsync(CancellationToken cancellationToken)
    {
        var (json, changed, version) = Take();
        var path = Path.Combine(_folder, _file);
        await File.WriteAllBytesAsync(path + ".partial", json, cancellationToken);
        File.Move(path + ".partial", path, overwrite: true);
        if (_checkpoint is not null) await _checkpoint(changed, cancellationToken);
        _saved = version;
    }

    (byte[] Json, string[] Changed, long Version) Take()
    {
        lock (_lock)
        {
            string[] changed = [_file, .. _changed];
            _changed.Clear();
            _lastSave = _time.GetTimestamp();
            return (JsonSerializer.SerializeToUtf8Bytes(Script, ScriptJson.Compact.Script), changed, _version);
        }
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

    /// <summary>Writes what the last save did not have, so that the next run begins with the last state; the stages must have ended.</summary>
    public void Dispose()
    {
        if (_saved < _version)
        {
            var path = Path.Combine(_folder, _file);
            File.WriteAllBytes(path + ".partial", Take().Json);
            File.Move(path + ".partial", path, overwrite: true);
        }
        _saving.Dispose();
    }
}
