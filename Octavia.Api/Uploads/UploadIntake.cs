using System.Data.Common;
using System.Diagnostics;
using Azure;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Options;
using Octavia.Api.Operations;
using Octavia.Jobs;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Files;
using Octavia.Jobs.Telemetry;

namespace Octavia.Api.Uploads;

/// <summary>The one way in for files: limited, looked into, and only then stored.</summary>
sealed class UploadIntake(
    OctaviaDbContext db, MediaStore media, MediaProbe probe, IOptions<UploadOptions> options, IOptions<PlanOptions> plans)
{
    // Speech is about this fast; what a text will cost is estimated with it.
    const double CharactersPerSecond = 15;

    public static FileType ParseType(string? fileType) => fileType?.ToLowerInvariant() switch
    {
        "video" => FileType.Video,
        "audio" => FileType.Audio,
        "subtitles" => FileType.Subtitles,
        "text" => FileType.Text,
        _ => throw Refusal.Invalid("upload.file_type_unknown", "The file type is unknown; use video, audio, subtitles or text."),
    };

    public static bool IsMedia(FileType type) => type is FileType.Video or FileType.Audio;

    /// <summary>Most bytes of a file that this user may bring.</summary>
    public async Task<long> LimitAsync(Guid userId, FileType type, CancellationToken ct)
    {
        if (!IsMedia(type)) return options.Value.MaxTextBytes;
        var plan = await db.Users.Where(x => x.Id == userId).Select(x => x.Plan).SingleAsync(ct);
        return Math.Min(options.Value.MaxBytes, (long)plans.Value.Of(plan).MaxFileMegabytes << 20);
    }

    public async Task<StoredFile> AcceptAsync(Guid userId, FileType type, string filename, TempFile content, CancellationToken ct) =>
        (await AcceptAsync(userId, type, filename, content, _ => Task.FromResult(true), ct))!;

    /// <param name="userId">Whose it is.</param>
    /// <param name="type">What it is said to be.</param>
    /// <param name="filename">For people.</param>
    /// <param name="content">The file.</param>
    /// <param name="claim">Done in one transaction with the file's row; says whether the file is still wanted.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Null, and nothing stored, when it is not wanted any more.</returns>
    public async Task<StoredFile?> AcceptAsync(
        Guid userId, FileType type, string filename, TempFile content, Func<StoredFile, Task<bool>> claim, CancellationToken ct)
    {
        using var activity = OctaviaTelemetry.Source.StartActivity("upload accept");
        if (content.Length == 0) throw Empty();
        var (extension, seconds) = await LookAsync(type, filename, content, ct);
        var id = Guid.CreateVersion7();
        var file = new StoredFile
        {
            Id = id,
            UserId = userId,
            FileType = type,
            StoragePath = MediaStore.UploadPath(userId, type, id, extension),
            Filename = filename,
            SizeBytes = content.Length,
            MediaSeconds = seconds,
            TraceParent = Activity.Current?.Id,
            CreatedAt = DateTimeOffset.UtcNow,
        };
        await media.SaveAsync(file.StoragePath, content.Rewound(), "application/octet-stream", ct);
        var stored = false;
        try
        {
            stored = await AddAsync(file, claim, ct);
        }
        finally
        {
            if (!stored) await DropAsync(file);
        }
        return stored ? file : null;
    }

    Task<bool> AddAsync(StoredFile file, Func<StoredFile, Task<bool>> claim, CancellationToken ct)
    {
        var isRepeated = false;
        return db.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
        {
            db.ChangeTracker.Clear();
            // It may have been the answer to the commit that was lost.
            if (isRepeated && await IsStoredAsync(file, ct)) return true;
            isRepeated = true;
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            if (!await claim(file)) return false;
            db.Files.Add(file);
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
            return true;
        });
    }

    Task<bool> IsStoredAsync(StoredFile file, CancellationToken ct) => db.Files.IgnoreQueryFilters().AnyAsync(x => x.Id == file.Id, ct);

    /// <summary>Deletes what no row names: whoever broke off may have stored it all the same.</summary>
    async Task DropAsync(StoredFile file)
    {
        try
        {
            if (!await IsStoredAsync(file, CancellationToken.None)) await media.DeleteAsync(file.StoragePath, CancellationToken.None);
        }
        catch (Exception e) when (e is DbException or RetryLimitExceededException or RequestFailedException or AggregateException)
        {
            // Neither can be asked now; the housekeeper sweeps what no row names.
            return;
        }
    }

    public static Refusal Empty() => Refusal.Invalid("input.empty", "This file is empty; choose another.");

    async Task<(string Extension, double Seconds)> LookAsync(FileType type, string filename, TempFile content, CancellationToken ct)
    {
        if (IsMedia(type)) return (SafeExtension(filename), await probe.LengthAsync(content.Location, ct));
        var (text, extension) = await TextProbe.ReadAsync(content.Rewound(), type == FileType.Subtitles, ct);
        return (extension, SecondsOf(text));
    }

    public static double SecondsOf(string text) => Math.Ceiling(text.Length / CharactersPerSecond);

    /// <summary>A name for people, without a path or control characters.</summary>
    public static string SafeName(string? filename)
    {
        var name = new string([.. Path.GetFileName((filename ?? "").Replace('\\', '/')).Where(c => !char.IsControl(c))]).Trim();
        if (name.Length > 200) name = name[..150] + SafeExtension(name);
        return name.Length == 0 ? "upload" : name;
    }

    static string SafeExtension(string filename)
    {
        var extension = Path.GetExtension(filename).ToLowerInvariant();
        return extension.Length is > 1 and <= 9 && extension.Skip(1).All(char.IsAsciiLetterOrDigit) ? extension : ".bin";
    }
}
