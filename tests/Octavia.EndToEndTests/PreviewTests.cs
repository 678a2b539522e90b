using System.Text.Json;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Tests.Running;
using Xunit;
using static Octavia.EndToEndTests.WorkingSystem;

namespace Octavia.EndToEndTests;

[Collection(nameof(WorkingSystem))]
public class PreviewTests(WorkingSystem system)
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task The_first_half_minute_is_dubbed_first_and_the_whole_goes_on_from_it()
    {
        var client = await system.CreateUserAsync();
        await using var content = File.OpenRead(await Media.LongVideoAsync());
        var stored = await client.UploadAsync(content, "talk.mp4");
        var job = await client.CreateAsync(JobType.VideoTranslate, new() { FileId = stored.FileId, SourceLanguage = "en", TargetLanguage = "es" });
        Assert.True(job.JobMetadata.MediaSeconds > 20, "The film is too short to have a part.");

        using var limit = new CancellationTokenSource(Patience);
        await client.PreviewAsync(job.Id, new PreviewRequest(Seconds: 15));
        var pending = await client.FollowAsync(job.Id, limit.Token).FirstAsync(x => x.Status is not (JobStatus.Queued or JobStatus.Processing), limit.Token);
        Assert.Equal((JobStatus.Pending, null), (pending.Status, pending.ErrorMessage));
        var preview = await DownloadAsync(client, job.Id, "preview");
        Assert.EndsWith(".preview.es.mp4", preview, StringComparison.Ordinal);
        Assert.InRange((await Probe.OfAsync(preview)).Seconds, 14, 16);
        Assert.Equal([(CreditKind.Hold, -15), (CreditKind.Settle, 0)], await system.LedgerAsync(job.Id));

        var whole = await RunAsync(client, pending);
        Assert.Equal((JobStatus.Completed, null), (whole.Status, whole.ErrorMessage));
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(await DownloadAsync(client, job.Id, "report")));
        var lines = report.RootElement.GetProperty("versions")[0].GetProperty("lines");
        Assert.InRange(lines.GetProperty("reused").GetInt32(), 1, lines.GetProperty("placed").GetInt32() - 1);
        Assert.Equal([CreditKind.Hold, CreditKind.Settle, CreditKind.Hold, CreditKind.Settle], (await system.LedgerAsync(job.Id)).Select(x => x.Kind));
        Assert.Contains("preview", whole.Artifacts);
    }
}
