using Octavia.Api.Operations;
using Octavia.Jobs;
using Octavia.Jobs.Files;
using Octavia.Jobs.Imports;

namespace Octavia.Api.Uploads;

/// <summary>Fetches a file and takes it in as any other upload. Leaves the queue entry only when the import is over.</summary>
sealed partial class ImportRunner(
    OctaviaDbContext db, ImportQueue queue, Importer importer, UploadIntake intake, IServiceScopeFactory scopes, ILogger<ImportRunner> logger) : IImportRunner
{
    // Whoever lost an import so often, or broke on it, will again.
    const int MaxTries = 5;

    static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    public async Task RunAsync(Guid importId, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                if (await queue.TakeAsync(importId, ct) is { } import) await RunAsync(import, ct);
                return;
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                // The database or the store is away, or something is wrong with this file.
                LogBroken(e, importId);
                await Task.Delay(Pause, ct);
            }
        }
    }

    async Task RunAsync(Import import, CancellationToken stopping)
    {
        if (import.Attempt > MaxTries)
        {
            await queue.FailAsync(import, 500, "internal", "Something went wrong here while this was fetched; try again, or upload the file.", stopping);
            return;
        }
        db.OwnerId = import.UserId;
        using var run = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var over = new CancellationTokenSource();
        await using var temp = new TempFile();
        var watching = WatchAsync(import, temp, run, over.Token);
        try
        {
            var limit = await intake.LimitAsync(import.UserId, import.FileType, run.Token);
            var filename = await importer.FetchAsync(Importer.Parse(import.Url), UploadIntake.IsMedia(import.FileType), temp, limit, run.Token);
            await intake.AcceptAsync(import.UserId, import.FileType, filename, temp, file => CompleteAsync(import, file, run.Token), run.Token);
        }
        catch (Refusal refusal)
        {
            await queue.FailAsync(import, refusal.Status, refusal.Code, refusal.Message, stopping);
        }
        catch (OperationCanceledException) when (run.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            LogCancelled(import.Id);
        }
        finally
        {
            await over.CancelAsync();
            await watching;
        }
    }

    Task<bool> CompleteAsync(Import import, StoredFile file, CancellationToken ct) => queue.CompleteAsync(import, file.Id, file.SizeBytes, ct);

    /// <summary>Writes how far it is, and stops the work when the import was cancelled, or taken by another process.</summary>
    async Task WatchAsync(Import import, TempFile temp, CancellationTokenSource run, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Interval, over);
                await using var scope = scopes.CreateAsyncScope();
                if (!await scope.ServiceProvider.GetRequiredService<ImportQueue>().ProgressAsync(import, temp.Received, temp.Expected, over)) await run.CancelAsync();
            }
            catch (OperationCanceledException) when (over.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // No file is stored that the row does not want: its last write asks again.
                LogUnseen(e, import.Id);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Import {ImportId} broke off and is tried again")]
    partial void LogBroken(Exception e, Guid importId);

    [LoggerMessage(LogLevel.Warning, "The progress of import {ImportId} could not be written")]
    partial void LogUnseen(Exception e, Guid importId);

    [LoggerMessage(LogLevel.Information, "Import {ImportId} was cancelled or taken by another process")]
    partial void LogCancelled(Guid importId);
}
