using System.Collections.Concurrent;

namespace Octavia.Dubbing.Models;

/// <summary>Finds a model's folder: the configured folder, then the embedded ones, then the cache, then its publisher. Thread-safe.</summary>
public sealed class ModelStore
{
    /// <summary>Hashes of a model that were learnt when it was downloaded, beside its files.</summary>
    const string Manifest = "octavia.sha256";
    static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(5);

    // A network that was away comes back while a service runs; asking more often would hold up every run by the limit above.
    static readonly TimeSpan UnreachableFor = TimeSpan.FromMinutes(1);
    static readonly HttpClient Http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5) }) { Timeout = Timeout.InfiniteTimeSpan };

    readonly ModelStoreOptions options;
    readonly Func<string, ModelInfo?> catalogue;
    readonly ModelVerifier verifier;
    readonly TimeProvider time;
    readonly TimeSpan listingLimit;
    readonly ConcurrentDictionary<string, ModelAvailability> probed = new();
    long unreachableUntil;

    /// <summary>A store over the known models.</summary>
    public ModelStore(ModelStoreOptions options)
        : this(options, ModelCatalog.Find)
    {
    }

    internal ModelStore(ModelStoreOptions options, Func<string, ModelInfo?> catalogue, TimeProvider? time = null, TimeSpan? listingLimit = null)
    {
        this.time = time ?? TimeProvider.System;
        this.listingLimit = listingLimit ?? TimeSpan.FromSeconds(30);
        (this.options, this.catalogue) = (options, catalogue);
        Cache = options.Cache is { Length: > 0 } cache ? cache : DefaultCache();
        verifier = new ModelVerifier(Path.Combine(Cache, ".verified"));
    }

    /// <summary>Folder of downloads.</summary>
    public string Cache { get; }

    /// <summary>Folder of graphs in the form in which they load fast.</summary>
    internal string Graphs => Path.Combine(Cache, ".graphs");

    /// <summary>Folder of a model that has all its files, hashes checked the first time; downloaded when it must be.</summary>
    /// <param name="name">Folder name: <c>whisper-base</c>, <c>kokoro</c>, <c>separator</c>, <c>opus-mt-en-es</c>.</param>
    /// <param name="cancellationToken">Cancels a download.</param>
    /// <exception cref="DubbingException"><c>model.missing</c>, <c>model.damaged</c>, <c>model.unknown</c>.</exception>
    public Task<string> GetAsync(string name, CancellationToken cancellationToken = default) => GetAsync(name, null, cancellationToken);

    /// <inheritdoc cref="GetAsync(string, CancellationToken)" />
    /// <param name="name">Folder name.</param>
    /// <param name="progress">Told of a download.</param>
    /// <param name="cancellationToken">Cancels a download.</param>
    public async Task<string> GetAsync(string name, IProgress<ModelProgress>? progress, CancellationToken cancellationToken)
    {
        var model = Known(name);
        if (await FindIntactAsync(model, cancellationToken) is { } folder) return folder;
        if (!model.CanDownload || options.Offline) throw ModelFailures.Missing(model, FirstRoot(), null);
        try
        {
            return await DownloadAsync(model, progress, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException || IsTimeout(e, cancellationToken))
        {
            throw ModelFailures.Missing(model, FirstRoot(), e);
        }
        catch (InvalidDataException e)
        {
            throw ModelFailures.WrongAtPublisher(model, e);
        }
    }

    /// <summary>Where a model is on this machine, without checking its hashes; null when it is not.</summary>
    public string? Find(string name) => Known(name) is var model ? Folders(model).FirstOrDefault(folder => IsComplete(folder, model)) : null;

    /// <summary>Whether a model is here or can be had; asks the publisher, for 5 s at most, and again after a minute when it was not reached.</summary>
    public async Task<ModelAvailability> ProbeAsync(string name, CancellationToken cancellationToken = default)
    {
        if (Find(name) is not null) return ModelAvailability.Present;
        if (options.Offline || !Known(name).CanDownload) return ModelAvailability.Unreachable;
        if (probed.TryGetValue(name, out var known)) return known;
        // When the hub cannot be reached for one model, it cannot for the next.
        if (time.GetTimestamp() < Volatile.Read(ref unreachableUntil)) return ModelAvailability.Unreachable;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ProbeLimit);
        try
        {
            var files = await RemoteFilesAsync(Known(name), limit.Token);
            return probed[name] = files is null ? ModelAvailability.NotPublished : ModelAvailability.Downloadable;
        }
        catch (Exception e) when (e is HttpRequestException || IsTimeout(e, cancellationToken))
        {
            Volatile.Write(ref unreachableUntil, time.GetTimestamp() + (long)(UnreachableFor.TotalSeconds * time.TimestampFrequency));
            return ModelAvailability.Unreachable;
        }
    }

    /// <summary>Removes a model from the cache.</summary>
    /// <returns>False when it was not there.</returns>
    public bool Remove(string name)
    {
        var folder = Path.Combine(Cache, Known(name).Name);
        var had = Directory.Exists(folder);
        if (had) Directory.Delete(folder, recursive: true);
        var partial = Path.Combine(Cache, ".partial", name);
        if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true);
        return had;
    }

    /// <summary>Names of the models in the cache.</summary>
    public IReadOnlyList<string> Cached() => Directory.Exists(Cache)
        ? [.. Directory.EnumerateDirectories(Cache).Select(folder => Path.GetFileName(folder)).Where(name => catalogue(name) is not null).Order(StringComparer.Ordinal)]
        : [];

    ModelInfo Known(string name) => catalogue(name) ?? ModelCatalog.Get(name);

    async Task<string?> FindIntactAsync(ModelInfo model, CancellationToken cancellationToken)
    {
        foreach (var folder in Folders(model).Where(folder => IsComplete(folder, model)))
        {
            var damaged = await verifier.FindDamagedAsync(folder, WithLearntHashes(folder, model.Files), cancellationToken);
            if (damaged.Count == 0) return folder;
            // What was downloaded can be downloaded again; what somebody put there is his.
            if (options.Offline || !model.CanDownload || Path.GetDirectoryName(folder) != Path.TrimEndingDirectorySeparator(Cache))
                throw ModelFailures.Damaged(model, Path.Combine(folder, damaged[0].Path));
            Directory.Delete(folder, recursive: true);
        }
        return null;
    }

    async Task<string> DownloadAsync(ModelInfo model, IProgress<ModelProgress>? progress, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.Combine(Cache, ".partial"));
        await using var exclusive = await LockAsync(Path.Combine(Cache, ".partial", model.Name + ".lock"), cancellationToken);
        // Another process may have fetched it while this one waited.
        if (await FindIntactAsync(model, cancellationToken) is { } ready) return ready;

        var files = await RemoteFilesAsync(model, cancellationToken) ?? throw ModelFailures.NotPublished(model, FirstRoot());
        var partial = Path.Combine(Cache, ".partial", model.Name);
        var total = files.All(file => file.Size is not null) ? files.Sum(file => file.Size) : null;
        var before = 0L;
        var hashes = new List<string>();
        var downloader = new ModelDownloader(Http);
        foreach (var file in files)
        {
            var path = Path.Combine(partial, file.Path);
            await downloader.FetchAsync(file, path, bytes => progress?.Report(new ModelProgress(model.Name, file.Path, before + bytes, total)), cancellationToken);
            before += new FileInfo(path).Length;
            progress?.Report(new ModelProgress(model.Name, file.Path, before, total));
            hashes.Add($"{await ModelVerifier.HashAsync(path, cancellationToken)}  {file.Path}");
        }
        await File.WriteAllLinesAsync(Path.Combine(partial, Manifest), hashes, cancellationToken);
        var folder = Path.Combine(Cache, model.Name);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.Move(partial, folder);
        return folder;
    }

    async Task<IReadOnlyList<RemoteFile>?> RemoteFilesAsync(ModelInfo model, CancellationToken cancellationToken)
    {
        if (model.Repository is not { } repository)
            return [.. model.Files.Select(file => new RemoteFile(file.Path, new Uri(model.Address!, file.Path), file.Size, file.Sha256))];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(listingLimit);
        return await HubListing.FindAsync(Http, options.Hub, repository, model.Files.Select(file => file.Path), limit.Token);
    }

    static async Task<FileStream> LockAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                await Task.Delay(200, cancellationToken);
            }
        }
    }

    static List<ModelFile> WithLearntHashes(string folder, IReadOnlyList<ModelFile> files)
    {
        var manifest = Path.Combine(folder, Manifest);
        var learnt = File.Exists(manifest)
            ? File.ReadLines(manifest).Select(line => line.Split("  ", 2)).Where(parts => parts.Length == 2).ToDictionary(parts => parts[1], parts => parts[0])
            : [];
        return [.. files.Select(file => file.Sha256 is null && learnt.TryGetValue(file.Path, out var hash) ? file with { Sha256 = hash } : file)];
    }

    static bool IsComplete(string folder, ModelInfo model) => model.Files.All(file => File.Exists(Path.Combine(folder, file.Path)));

    static bool IsTimeout(Exception e, CancellationToken cancellationToken) =>
        e is OperationCanceledException && !cancellationToken.IsCancellationRequested;

    IEnumerable<string> Folders(ModelInfo model) => Roots().Select(root => Path.Combine(root, model.Name));

    string FirstRoot() => options.Folder is { Length: > 0 } configured ? configured : Cache;

    IEnumerable<string> Roots()
    {
        if (options.Folder is { Length: > 0 } configured) yield return configured;
        if ((options.Embedded ?? FindEmbedded()) is { } embedded)
        {
            yield return embedded;
            // Build machines keep what may not be committed in a folder beside the checkout.
            yield return Path.Combine(embedded, "..", "..", "shared", "models");
        }
        yield return Cache;
    }

    static string? FindEmbedded()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "models", "whisper-base", "config.json")))
                return Path.Combine(folder.FullName, "models");
        return null;
    }

    static string DefaultCache()
    {
        var caches = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg && Path.IsPathRooted(xdg)
            ? xdg
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(caches, "octavia", "models");
    }
}
