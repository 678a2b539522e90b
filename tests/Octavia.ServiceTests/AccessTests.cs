using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Files;
using Octavia.Jobs.Imports;
using Octavia.Tests.Running;
using Xunit;
using static Octavia.ServiceTests.Assertions;

namespace Octavia.ServiceTests;

/// <summary>All endpoints, as the running API lists them, asked by nobody and by somebody else: a new one cannot be forgotten.</summary>
public class AccessTests(ServiceSystem system)
{
    static readonly string[] Open = ["register", "login", "refresh"];

    /// <param name="Id">Its name in the document.</param>
    sealed record Operation(string Id, HttpMethod Method, string Path, bool HasBody)
    {
        public bool NamesSomething => Path.Contains('{', StringComparison.Ordinal);

        public bool IsForAdmins => Path.StartsWith("/api/v1/admin/", StringComparison.Ordinal);
    }

    /// <summary>What one user has.</summary>
    sealed record Belongings(
        OctaviaClient Client, AccountResponse Account, JobResponse Job, Guid FileId, KeyResponse Key, WebhookResponse Webhook, DeliveryResponse Delivery,
        Guid UploadId, Guid ImportId, BatchResponse Batch)
    {
        public string[] Marks => [Account.Email, $"{Account.UserId}", $"{Job.Id}", $"{FileId}", $"{Key.Id}", $"{Webhook.Id}", $"{Delivery.Id}", $"{UploadId}", $"{ImportId}", $"{Batch.Id}"];

        public string AddressOf(Operation operation) => !operation.NamesSomething ? operation.Path : operation.Path.Replace("{id}", operation.Path.Split('/')[3] switch
        {
            "jobs" or "download" => $"{Job.Id}",
            "account" => $"{Key.Id}",
            "batches" => $"{Batch.Id}",
            "admin" => $"{Account.UserId}",
            "upload" => $"{(operation.Path.Contains("/tus/", StringComparison.Ordinal) ? UploadId : ImportId)}",
            "webhooks" => $"{Webhook.Id}",
            _ => throw new InvalidOperationException($"Say here what {operation.Path} names."),
        }, StringComparison.Ordinal).Replace("{delivery}", $"{Delivery.Id}", StringComparison.Ordinal);

        /// <summary>Null for endpoints whose body names nothing that could be somebody's.</summary>
        public object? BodyOf(Operation operation) => operation.Id switch
        {
            "create_video_translate" or "create_transcribe" => new CreateJobRequest { FileId = FileId, SourceLanguage = "en", TargetLanguage = "es" },
            "create_translate" or "create_synthesize" => new CreateJobRequest { FileId = FileId, SourceLanguage = "en", TargetLanguage = "es" },
            "job_preview" => new PreviewRequest(),
            "create_batch" => new CreateBatchRequest { Items = [new(FileId)], Options = new() { SourceLanguage = "en", TargetLanguage = "es" } },
            "admin_user_change" => new ChangeUserRequest("paid"),
            "admin_grant" => new GrantRequest(1),
            "register" or "login" or "refresh" or "upload" or "import" or "account_password" or "account_admin" or "account_delete" or "key_create" or "webhook_create" => null,
            _ when operation.HasBody => throw new InvalidOperationException($"Say here what body {operation.Id} takes."),
            _ => null,
        };
    }

    [Fact]
    public async Task Nobody_gets_in_without_a_token_or_with_a_wrong_one()
    {
        var operations = await OperationsAsync();
        Assert.Equal(Open.Order(), operations.Where(x => Open.Contains(x.Id)).Select(x => x.Id).Order());
        foreach (var operation in operations.Where(x => !Open.Contains(x.Id)))
            foreach (var token in new[] { null, "nonsense", "oct_nonsense" })
            {
                using var http = system.Http();
                if (token is not null) http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
                var address = Regex.Replace(operation.Path, "{[a-z]+}", $"{Guid.NewGuid()}") + "?token=nonsense";
                using var request = new HttpRequestMessage(operation.Method, address);
                if (operation.HasBody) request.Content = new StringContent("{}", new MediaTypeHeaderValue("application/json"));
                using var response = await http.SendAsync(request);
                Assert.True(response.StatusCode == HttpStatusCode.Unauthorized, $"{operation} answers {response.StatusCode} to {token ?? "nobody"}.");
                if (operation.Method != HttpMethod.Head) await AssertProblemAsync(response, "auth.required");
            }
    }

    [Fact]
    public async Task No_endpoint_shows_or_changes_what_belongs_to_others()
    {
        var operations = await OperationsAsync();
        var owner = await MakeAsync();
        var other = await system.CreateUserAsync();
        using var http = system.Http(other);
        foreach (var operation in operations)
        {
            var body = owner.BodyOf(operation);
            var isSafe = operation.Method == HttpMethod.Get || operation.Method == HttpMethod.Head;
            // What neither names something nor only reads acts on whoever asks.
            if (!operation.NamesSomething && body is null && !isSafe) continue;
            using var response = await SendAsync(http, operation, owner);
            var expected = operation switch
            {
                { IsForAdmins: true } => HttpStatusCode.Forbidden,
                _ when operation.NamesSomething || body is not null => HttpStatusCode.NotFound,
                _ => HttpStatusCode.OK,
            };
            Assert.True(response.StatusCode == expected, $"{operation} answers {response.StatusCode} to somebody else.");
            var text = await response.Content.ReadAsStringAsync();
            Assert.DoesNotContain(owner.Marks, mark => text.Contains(mark, StringComparison.OrdinalIgnoreCase));
        }
        Assert.Equal(JobStatus.Pending, (await owner.Client.GetAsync(owner.Job.Id)).Status);
        Assert.Equal("free", (await owner.Client.AccountAsync()).Plan);
        Assert.Equal(3600, (await owner.Client.CreditsAsync()).BalanceSeconds);
        Assert.Equal(owner.Key.Id, Assert.Single(await owner.Client.KeysAsync()).Id);
        Assert.Equal(ImportStatus.Queued, (await owner.Client.FindImportAsync(owner.ImportId)).Status);
        Assert.Equal(1, await system.WithDatabaseAsync(db => db.ResumableUploads.IgnoreQueryFilters().CountAsync(x => x.Id == owner.UploadId)));
        Assert.Equal(owner.Webhook.Id, Assert.Single(await owner.Client.WebhooksAsync()).Id);
    }

    [Fact]
    public async Task The_owner_finds_at_all_these_addresses_what_others_do_not()
    {
        var owner = await MakeAsync();
        using var http = system.Http(owner.Client);
        var operations = await OperationsAsync();
        // What deletes goes last.
        foreach (var operation in operations.Where(x => x is { NamesSomething: true, IsForAdmins: false }).OrderBy(x => x.Method == HttpMethod.Delete))
        {
            using var response = await SendAsync(http, operation, owner);
            Assert.True(response.StatusCode is not (HttpStatusCode.NotFound or HttpStatusCode.Unauthorized), $"{operation} answers {response.StatusCode} to the owner.");
        }
    }

    [Fact]
    public async Task Every_row_that_has_a_user_has_the_filter()
    {
        var forgotten = await system.WithDatabaseAsync(db => Task.FromResult(db.Model.GetEntityTypes()
            // Identity's own tables are looked into by Identity alone.
            .Where(x => x.ClrType.Namespace!.StartsWith("Octavia.", StringComparison.Ordinal) && x.FindProperty("UserId") is not null)
            .Where(x => !typeof(IOwned).IsAssignableFrom(x.ClrType) || x.GetDeclaredQueryFilters().Count == 0)
            .Select(x => x.ClrType.Name).ToList()));
        Assert.Empty(forgotten);
        var user = await system.CreateUserAsync();
        await user.CreateTextJobAsync();
        Assert.Equal(0, await system.WithDatabaseAsync(db => db.Jobs.CountAsync()));
    }

    async Task<Belongings> MakeAsync()
    {
        var client = await system.CreateUserAsync();
        await using var content = File.OpenRead(await Media.VideoAsync());
        var file = await client.UploadAsync(content, "mine.mp4");
        var job = await client.CreateAsync(JobType.Transcribe, new() { FileId = file.FileId });
        var account = await client.AccountAsync();
        var upload = new ResumableUpload
        {
            Id = Guid.CreateVersion7(),
            UserId = account.UserId,
            Filename = "mine.mp4",
            Metadata = "",
            Length = 10,
            ExpiresAt = DateTimeOffset.UtcNow.AddHours(1),
        };
        var import = new Import { Id = Guid.CreateVersion7(), UserId = account.UserId, Url = "https://example.org/mine.mp4", CreatedAt = DateTimeOffset.UtcNow };
        await system.Store.BeginAsync(MediaStore.PartPath(account.UserId, upload.Id), default);
        await system.WithDatabaseAsync(db =>
        {
            db.AddRange(upload, import);
            return db.SaveChangesAsync();
        });
        // Nothing listens there.
        var webhook = await client.CreateWebhookAsync("http://127.0.0.1:9/mine");
        await client.CancelAsync((await client.CreateTextJobAsync()).Id);
        var delivery = Assert.Single(await client.DeliveriesAsync(webhook.Id));
        return new(client, account, job, file.FileId, await client.CreateKeyAsync("mine"), webhook, delivery, upload.Id, import.Id,
            await client.CreateBatchAsync(new() { JobType = JobType.Transcribe, Items = [new(file.FileId)], Start = false }));
    }

    static async Task<HttpResponseMessage> SendAsync(HttpClient http, Operation operation, Belongings owner)
    {
        using var request = new HttpRequestMessage(operation.Method, owner.AddressOf(operation)) { Headers = { { "Tus-Resumable", "1.0.0" } } };
        if (owner.BodyOf(operation) is { } body) request.Content = JsonContent.Create(body, body.GetType(), options: OctaviaClient.Json);
        // A stream has no end.
        return await http.SendAsync(request, operation.Id == "job_stream" ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead);
    }

    async Task<List<Operation>> OperationsAsync()
    {
        using var http = system.Http();
        using var document = JsonDocument.Parse(await http.GetStringAsync("openapi/v1.json"));
        var operations = document.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(x => new Operation(
                x.Value.GetProperty("operationId").GetString()!, HttpMethod.Parse(x.Name), path.Name, x.Value.TryGetProperty("requestBody", out _))))
            .ToList();
        Assert.True(operations.Count > 20, "The document lists too few endpoints to be all of them.");
        return operations;
    }
}
