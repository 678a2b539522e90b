using System.Net;
using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Octavia.Jobs.Client;
using Octavia.Jobs.Imports;
using Octavia.Tests.Running;
using Xunit;
using static Octavia.ServiceTests.Assertions;

namespace Octavia.ServiceTests;

/// <summary>Imports that are followed and cancelled; what they refuse is in <see cref="UploadTests"/>.</summary>
public class ImportTests(ServiceSystem system)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task An_import_tells_how_far_it_is_and_what_became_of_it()
    {
        var user = await system.CreateUserAsync();
        await using var site = await Site.StartAsync();
        var length = new FileInfo(await Media.VideoAsync()).Length;
        using var http = system.Http(user);
        using var answer = await http.PostAsJsonAsync("api/v1/upload/from-url?wait=false", new ImportRequest(site.Address("slow.mp4")), OctaviaClient.Json);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var begun = (await answer.Content.ReadFromJsonAsync<ImportResponse>(OctaviaClient.Json))!;
        Assert.Equal($"/api/v1/upload/imports/{begun.Id}", $"{answer.Headers.Location}");

        var half = await UntilAsync(user, begun.Id, x => x.BytesReceived == length / 2);
        Assert.Equal((ImportStatus.Fetching, length, null), (half.Status, half.BytesTotal, half.File));
        site.Release();
        var end = await UntilAsync(user, begun.Id, x => x.IsOver);
        Assert.Equal((ImportStatus.Completed, length, "slow.mp4"), (end.Status, end.BytesReceived, end.File?.Filename));
        await user.CreateAsync(JobType.Transcribe, new() { FileId = end.File!.FileId });
        // What it became stays when nobody asks for the import any more.
        await user.CancelImportAsync(begun.Id);
        await RefusesAsync(HttpStatusCode.NotFound, "import.not_found", () => user.FindImportAsync(begun.Id));
        Assert.Single(await system.BlobsAsync($"uploads/{(await user.AccountAsync()).UserId}/"));
    }

    [Fact]
    public async Task An_import_that_fails_says_why()
    {
        var user = await system.CreateUserAsync();
        await using var site = await Site.StartAsync();
        var end = await EndAsync(user, site.Address("none.mp4"));
        Assert.Equal((ImportStatus.Failed, "import.unreachable"), (end.Status, end.ErrorCode));
        Assert.Contains("404", end.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal("import.address_refused", (await EndAsync(user, site.Address("inward"))).ErrorCode);
        // What is no address needs no import to be found out.
        await RefusesAsync(HttpStatusCode.BadRequest, "import.address_invalid", () => user.BeginImportAsync(new ImportRequest("file:///etc/passwd")));
    }

    [Fact]
    public async Task A_cancelled_import_stops_and_leaves_nothing()
    {
        var user = await system.CreateUserAsync();
        await using var site = await Site.StartAsync();
        var begun = await user.BeginImportAsync(new ImportRequest(site.Address("slow.mp4")));
        await UntilAsync(user, begun.Id, x => x.BytesReceived > 0);
        await user.CancelImportAsync(begun.Id);
        await RefusesAsync(HttpStatusCode.NotFound, "import.not_found", () => user.FindImportAsync(begun.Id));
        await UntilLeftAsync(site);
        await AssertNothingLeftAsync(user);
    }

    [Fact]
    public async Task Who_stops_waiting_for_an_import_cancels_it()
    {
        var user = await system.CreateUserAsync();
        await using var site = await Site.StartAsync();
        using var gone = new CancellationTokenSource();
        var import = user.ImportAsync(new ImportRequest(site.Address("slow.mp4")), gone.Token);
        using var limit = new CancellationTokenSource(Patience);
        while (site.Waiting == 0) await Task.Delay(50, limit.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => import);
        await UntilLeftAsync(site);
        await AssertNothingLeftAsync(user);
    }

    [Fact]
    public async Task A_user_has_so_many_imports_at_once()
    {
        var user = await system.CreateUserAsync();
        await using var site = await Site.StartAsync();
        var begun = await Task.WhenAll(Enumerable.Range(0, 5).Select(async _ =>
        {
            try
            {
                return await user.BeginImportAsync(new ImportRequest(site.Address("slow.mp4")));
            }
            catch (OctaviaApiException e) when (e is { Status: HttpStatusCode.Conflict, Code: "import.too_many" })
            {
                return null;
            }
        }));
        Assert.Equal(3, begun.Count(x => x is not null));
        site.Release();
        foreach (var import in begun.OfType<ImportResponse>()) await UntilAsync(user, import.Id, x => x.Status == ImportStatus.Completed);
        await user.BeginImportAsync(new ImportRequest(site.Address("film.mp4")));
    }

    [Fact]
    public async Task A_process_that_lost_an_import_to_another_changes_nothing()
    {
        var user = await system.CreateUserAsync();
        var userId = (await user.AccountAsync()).UserId;
        // Without a queue entry: the test is both processes.
        var id = Guid.CreateVersion7();
        await system.WithDatabaseAsync(db =>
        {
            db.Imports.Add(new Import { Id = id, UserId = userId, Url = "https://example.org/film.mp4", CreatedAt = DateTimeOffset.UtcNow });
            return db.SaveChangesAsync();
        });
        await system.WithDatabaseAsync(async db =>
        {
            var queue = new ImportQueue(db);
            var (frozen, other) = ((await queue.TakeAsync(id, default))!, (await queue.TakeAsync(id, default))!);
            Assert.Equal((1, 2), (frozen.Attempt, other.Attempt));
            Assert.False(await queue.ProgressAsync(frozen, 5, 10, default));
            Assert.False(await queue.CompleteAsync(frozen, Guid.NewGuid(), 10, default));
            await queue.FailAsync(frozen, 422, "import.timeout", "It took too long.", default);
            Assert.True(await queue.ProgressAsync(other, 6, 10, default));
            Assert.Null(await queue.TakeAsync(Guid.NewGuid(), default));
            return 0;
        });
        Assert.Equal((ImportStatus.Fetching, 6, 10), await user.FindImportAsync(id) is var now ? (now.Status, now.BytesReceived, now.BytesTotal) : default);
    }

    static async Task<ImportResponse> EndAsync(OctaviaClient user, string address)
    {
        var begun = await user.BeginImportAsync(new ImportRequest(address));
        return await UntilAsync(user, begun.Id, x => x.IsOver);
    }

    static async Task<ImportResponse> UntilAsync(OctaviaClient user, Guid id, Func<ImportResponse, bool> state)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            var import = await user.FindImportAsync(id, limit.Token);
            if (state(import)) return import;
            await Task.Delay(50, limit.Token);
        }
    }

    static async Task UntilLeftAsync(Site site)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (site.Waiting > 0) await Task.Delay(50, limit.Token);
    }

    async Task AssertNothingLeftAsync(OctaviaClient user)
    {
        var userId = (await user.AccountAsync()).UserId;
        Assert.Empty(await system.BlobsAsync($"uploads/{userId}/"));
        Assert.False(await system.WithDatabaseAsync(db => db.Imports.IgnoreQueryFilters().AnyAsync(x => x.UserId == userId)));
    }
}
