using Octavia.Dubbing;
using Octavia.Dubbing.Scripts;

namespace Octavia.Cli;

/// <summary>The folders of a run: leaves work only where the same command can go on from it, and no empty folder that the run made.</summary>
sealed class RunFolders
{
    readonly string _work;
    readonly bool _hadWork;
    readonly bool _isBeginning;
    readonly List<string> _removable;

    /// <summary>Looks at what is there before the run.</summary>
    /// <param name="output">Folder of results.</param>
    /// <param name="work">Folder of this run's script and takes.</param>
    /// <param name="ownParent">A folder that holds work of runs only; removed when empty, whoever made it.</param>
    /// <param name="isBeginning">Whether the run is one of the beginning alone, after which one of the whole goes on.</param>
    public RunFolders(string output, string work, string? ownParent, bool isBeginning)
    {
        _work = work;
        _isBeginning = isBeginning;
        _hadWork = Directory.Exists(work);
        _removable = [.. Missing(output), .. Missing(Path.GetDirectoryName(work)!)];
        if (ownParent is not null) _removable.Add(ownParent);
    }

    /// <summary>Cleans up after the run.</summary>
    public void Clean(Failure? failure)
    {
        if (!CanGoOn(failure) && Directory.Exists(_work)) Directory.Delete(_work, recursive: true);
        foreach (var folder in _removable.Distinct().OrderByDescending(folder => folder.Length))
            if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
                Directory.Delete(folder);
    }

    bool CanGoOn(Failure? failure) => (failure is not null || _isBeginning) && File.Exists(Path.Combine(_work, ScriptStore.FileName)) && failure?.Kind switch
    {
        null => true,
        FailureKind.UnusableInput => false,
        // A slip in the options must not cost what an earlier run did; a full disk must not cost what this one did.
        FailureKind.Usage => _hadWork || failure.Code == DubCommand.Unwritable,
        _ => true,
    };

    static IEnumerable<string> Missing(string folder)
    {
        for (var at = folder; at is not null && !Directory.Exists(at); at = Path.GetDirectoryName(at)) yield return at;
    }
}
