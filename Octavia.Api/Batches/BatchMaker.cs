using Microsoft.EntityFrameworkCore;
using Octavia.Api.Jobs;
using Octavia.Api.Operations;
using Octavia.Api.Uploads;
using Octavia.Jobs;
using Octavia.Jobs.Batches;
using Octavia.Jobs.Client;

namespace Octavia.Api.Batches;

/// <summary>Makes batches of requests that make sense. What is wrong with all items is refused here; what is wrong with one is told there.</summary>
sealed class BatchMaker(OctaviaDbContext db, JobFactory factory, Idempotency idempotency)
{
    const int MostItems = 100;
    const int MostWaiting = 500;
    const int LongestName = 200;
    const int LongestAddress = 2000;

    public async Task<Batch> CreateAsync(CreateBatchRequest request, Guid userId, CancellationToken ct)
    {
        if (request.Items is not { Count: > 0 and <= MostItems })
            throw Refusal.Invalid("batch.count", $"A batch has 1 to {MostItems} items; give each a file_id or a url.");
        if (request.Options.FileId is not null || request.Options.Text is not null)
            throw Refusal.Invalid("batch.input_in_options", "The options are those of every item; give files and addresses in items.");
        if (request.Name is { } given && (given.Length > LongestName || given.Any(char.IsControl)))
            throw Refusal.Invalid("batch.name_invalid", $"A batch has a name of {LongestName} characters at most; leave it out to have one.");
        await factory.CheckAsync(request.JobType, request.Options, userId, ct);
        if (await db.BatchItems.CountAsync(x => x.Due != null, ct) + request.Items.Count > MostWaiting)
            throw new Refusal(409, "batch.too_many", $"{MostWaiting} items of batches wait at most; add these when others are done.");
        var id = idempotency.Work ?? Guid.CreateVersion7();
        // Of a request that was cut off after it was done.
        if (idempotency.Work is not null && await db.Batches.AsNoTracking().SingleOrDefaultAsync(x => x.Id == id, ct) is { } made) return made;
        var items = await ItemsAsync(request, id, userId, ct);
        var batch = new Batch
        {
            Id = id,
            UserId = userId,
            Name = string.IsNullOrWhiteSpace(request.Name) ? NameOf(items) : request.Name.Trim(),
            JobType = request.JobType,
            Options = request.Options,
            Starts = request.Start,
            CreatedAt = DateTimeOffset.UtcNow,
            Items = items,
        };
        db.Batches.Add(batch);
        await db.SaveChangesAsync(ct);
        return batch;
    }

    async Task<List<BatchItem>> ItemsAsync(CreateBatchRequest request, Guid batchId, Guid userId, CancellationToken ct)
    {
        var ids = request.Items.Select(x => x.FileId).OfType<Guid>().ToHashSet();
        var files = await db.Files.Where(x => ids.Contains(x.Id)).ToDictionaryAsync(x => x.Id, x => x.Filename, ct);
        var now = DateTimeOffset.UtcNow;
        return [.. request.Items.Select((input, position) => new BatchItem
        {
            Id = Guid.CreateVersion7(),
            UserId = userId,
            BatchId = batchId,
            Position = position + 1,
            Name = NameOf(input, position + 1, files),
            Url = input.Url is { } url ? Importer.Parse(url).AbsoluteUri : null,
            FileId = input.FileId,
            Due = now,
        })];
    }

    static string NameOf(BatchInput input, int position, Dictionary<Guid, string> files)
    {
        if (input.FileId is null == input.Url is null)
            throw Refusal.Invalid("batch.item_invalid", $"Item {position} needs a file_id or a url, and not both.");
        if (input.FileId is { } file) return files.GetValueOrDefault(file) ?? throw Refusal.NotFound("file.not_found", $"There is no such file as that of item {position}; upload it first.");
        if (input.Url!.Length > LongestAddress) throw Refusal.Invalid("import.address_invalid", $"The address of item {position} is too long.");
        var address = Importer.Parse(input.Url);
        var name = UploadIntake.SafeName(Uri.UnescapeDataString(address.AbsolutePath));
        return name == "upload" ? address.Host : name;
    }

    static string NameOf(List<BatchItem> items) => items.Count == 1 ? items[0].Name : $"{items[0].Name} and {items.Count - 1} more";
}
