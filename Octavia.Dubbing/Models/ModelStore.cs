namespace Octavia.Dubbing.Models;

/// <summary>Where models are looked for.</summary>
public sealed class ModelStoreOptions
{
    /// <summary>A folder that comes before all others; null for none.</summary>
    public string? Folder { get; set; }

    /// <summary>The folder that ships with the program; null to look upwards from the program for <c>models/</c>.</summary>
    public string? Embedded { get; set; }

    /// <summary>Where downloads are kept; null for <c>~/.cache/octavia/models</c>.</summary>
    public string? Cache { get; set; }
}

/// <summary>Finds a model's folder: the configured folder, then the embedded ones, then the cache, then its publisher.</summary>
public sealed class ModelStore(ModelStoreOptions options)
{
    /// <summary>Folder of a model that has all its files, hashes checked the first time.</summary>
    /// <param name="name">Folder name: <c>whisper-base</c>, <c>kokoro</c>, <c>separator</c>, <c>opus-mt-en-es</c>.</param>
    /// <param name="cancellationToken">Cancels a download.</param>
    /// <exception cref="DubbingException"><c>model.missing</c> or <c>model.damaged</c>.</exception>
    public Task<string> GetAsync(string name, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var root in Roots())
        {
            var folder = Path.Combine(root, name);
            if (Directory.Exists(folder)) return Task.FromResult(folder);
        }
        throw new DubbingException(new Failure("model.missing", FailureKind.MissingTool, $"The model {name} is not on this machine."));
    }

    IEnumerable<string> Roots()
    {
        if (options.Folder is { } configured) yield return configured;
        if ((options.Embedded ?? FindEmbedded()) is { } embedded) yield return embedded;
        yield return options.Cache
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "octavia", "models");
    }

    static string? FindEmbedded()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "models", "whisper-base", "config.json")))
                return Path.Combine(folder.FullName, "models");
        return null;
    }
}
