using Azure;
using Azure.Storage.Blobs.Models;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Octavia.Api.Operations;
using Octavia.Jobs;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Files;

namespace Octavia.Api.Uploads;

/// <summary>
/// Files that come piece by piece. Nothing is held here between two requests: where an upload stands is the length of its blob, so it goes on
/// after a restart, and at another process.
/// </summary>
sealed class ResumableUploads(OctaviaDbContext db, MediaStore media, UploadIntake intake, UploadGate gate, IOptions<UploadOptions> options)
{
    /// <summary>After which an upload gives room to another one.</summary>
    static readonly TimeSpan Idle = TimeSpan.FromHours(1);

    /// <summary>Begins one; its owner may have so many that are half sent.</summary>
    public async Task<ResumableUpload> BeginAsync(Guid userId, FileType type, string filename, string metadata, long length, CancellationToken ct)
    {
        var now = DateTimeOffset.UtcNow;
        var upload = new ResumableUpload
        {
            Id = Guid.CreateVersion7(),
            UserId = userId,
            FileType = type,
            Filename = filename,
            Metadata = metadata,
            Length = length,
            CreatedAt = now,
            ExpiresAt = now + options.Value.ResumableFor,
        };
        if (await Open(now).CountAsync(ct) >= options.Value.ResumableAtOnce) await MakeRoomAsync(userId, now, ct);
        await AddAsync(upload, ct);
        await media.BeginAsync(PathOf(upload), ct);
        return upload;
    }

    Task AddAsync(ResumableUpload upload, CancellationToken ct) => db.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
    {
        db.ChangeTracker.Clear();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // Under the user's lock those that are begun at once are counted one after the other.
        if (await db.LockUserAsync(upload.UserId, ct) is null) throw NotFound();
        var most = options.Value.ResumableAtOnce;
        if (await Open(upload.CreatedAt).CountAsync(ct) >= most)
            throw new Refusal(409, "upload.too_many_open", $"You have {most} uploads that are half sent; finish or delete one before the next.");
        db.ResumableUploads.Add(upload);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
    });

    IQueryable<ResumableUpload> Open(DateTimeOffset now) => db.ResumableUploads.Where(x => x.FileId == null && x.ExpiresAt > now);

    /// <summary>Deletes the oldest one that nobody has gone on with for a while: a page that was closed cannot.</summary>
    async Task MakeRoomAsync(Guid userId, DateTimeOffset now, CancellationToken ct)
    {
        var idle = new HashSet<string>();
        await foreach (var path in media.ListOldAsync(MediaStore.PartsPath(userId), now - Idle, ct)) idle.Add(path);
        var open = await Open(now).AsNoTracking().OrderBy(x => x.CreatedAt).ToListAsync(ct);
        if (open.Find(x => idle.Contains(PathOf(x))) is { } oldest) await RemoveAsync(oldest);
    }

    /// <summary>One of the caller's, which is not over.</summary>
    public async Task<ResumableUpload> FindAsync(Guid id, CancellationToken ct)
    {
        var upload = await db.ResumableUploads.AsNoTracking().SingleOrDefaultAsync(x => x.Id == id, ct) ?? throw NotFound();
        return upload.ExpiresAt > DateTimeOffset.UtcNow
            ? upload
            : throw new Refusal(StatusCodes.Status410Gone, "upload.expired", "The time of this upload is over; begin it again.");
    }

    /// <summary>Bytes that have come.</summary>
    public async Task<long> OffsetAsync(ResumableUpload upload, CancellationToken ct) =>
        upload.FileId is not null ? upload.Length : await media.LengthAsync(PathOf(upload), ct) ?? throw NotFound();

    /// <summary>Takes what comes from an offset on, also of a connection that breaks; the last byte makes it a file.</summary>
    /// <returns>Where it stands, and the file that it became.</returns>
    public Task<(long Offset, Guid? FileId)> AppendAsync(ResumableUpload upload, long offset, Stream body, CancellationToken ct) =>
        gate.PassAsync(upload.Id, () => AppendAloneAsync(upload, offset, body, ct));

    async Task<(long Offset, Guid? FileId)> AppendAloneAsync(ResumableUpload upload, long offset, Stream body, CancellationToken ct)
    {
        // Whoever was here before may have made it a file.
        upload = await FindAsync(upload.Id, ct);
        if (await OffsetAsync(upload, ct) != offset) throw Elsewhere();
        if (upload.FileId is { } file) return (offset, file);
        offset = await TakeAsync(upload, offset, body);
        return (offset, offset == upload.Length ? await FinishAsync(upload) : null);
    }

    public async Task RemoveAsync(ResumableUpload upload)
    {
        // The row goes first: a piece that is on its way finds no blob, and a blob without a row is swept.
        await db.ResumableUploads.Where(x => x.Id == upload.Id).ExecuteDeleteAsync(CancellationToken.None);
        await media.DeleteAsync(PathOf(upload), CancellationToken.None);
    }

    async Task<long> TakeAsync(ResumableUpload upload, long offset, Stream body)
    {
        var pieces = new Pieces(body);
        while (!pieces.IsOver)
        {
            var piece = await pieces.NextAsync();
            if (offset + piece.Length > upload.Length)
                throw Refusal.Invalid("upload.past_end", "More has come than Upload-Length said; begin the upload again with the right length.");
            if (piece.Length > 0) await AddAsync(upload, offset, piece);
            offset += piece.Length;
        }
        pieces.Broken?.Throw();
        return offset;
    }

    async Task AddAsync(ResumableUpload upload, long offset, MemoryStream piece)
    {
        // What has come is kept, also when whoever sent it is gone.
        var ct = CancellationToken.None;
        try
        {
            if (await media.AppendAsync(PathOf(upload), offset, piece, ct)) return;
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.BlockCountExceedsLimit)
        {
            throw Refusal.Invalid("upload.too_many_pieces", "The upload came in more pieces than one may have; begin it again and send larger ones.");
        }
        // Deleted meanwhile, or somebody else has added to it.
        await FindAsync(upload.Id, ct);
        throw Elsewhere();
    }

    /// <summary>Looks into the whole file and stores it, as any other. Begun, it is finished also when the sender has gone: he asks again, and is told.</summary>
    async Task<Guid> FinishAsync(ResumableUpload upload)
    {
        var ct = CancellationToken.None;
        await using var temp = new TempFile();
        try
        {
            if (await media.OpenAsync(PathOf(upload), ct) is { Content: var content })
            {
                await using (content) await temp.FillAsync(content, upload.Length, ct);
                if (await intake.AcceptAsync(upload.UserId, upload.FileType, upload.Filename, temp, file => ClaimAsync(upload, file, ct), ct) is { } file)
                {
                    await media.DeleteAsync(PathOf(upload), ct);
                    return file.Id;
                }
            }
        }
        catch (Refusal refusal) when (refusal.Code != MediaProbe.TooComplex)
        {
            await RemoveAsync(upload);
            throw;
        }
        // Somebody else had sent the last byte too, and was first.
        return (await FindAsync(upload.Id, ct)).FileId ?? throw NotFound();
    }

    async Task<bool> ClaimAsync(ResumableUpload upload, StoredFile file, CancellationToken ct) =>
        await db.ResumableUploads.Where(x => x.Id == upload.Id && x.FileId == null).ExecuteUpdateAsync(set => set.SetProperty(x => x.FileId, file.Id), ct) == 1;

    static string PathOf(ResumableUpload upload) => MediaStore.PartPath(upload.UserId, upload.Id);

    static Refusal NotFound() => Refusal.NotFound("upload.not_found", "There is no such upload; begin it again.");

    static Refusal Elsewhere() =>
        new(StatusCodes.Status409Conflict, "upload.offset", "The upload stands at another offset; ask for it with HEAD and go on from there.");
}
