using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Tests.Running;
using Xunit;
using static Octavia.EndToEndTests.WorkingSystem;

namespace Octavia.EndToEndTests;

[Collection(nameof(WorkingSystem))]
public class JobTypeTests(WorkingSystem system)
{
    [Fact]
    public async Task A_video_comes_out_speaking_another_language()
    {
        var client = await system.CreateUserAsync();
        var video = await Media.VideoAsync(seconds: 6);
        var job = await RunAsync(client, JobType.VideoTranslate, video, new() { SourceLanguage = "en", TargetLanguage = "es" });
        Assert.Equal((JobStatus.Completed, null), (job.Status, job.ErrorMessage));
        Assert.Equal(100, job.ProgressPercentage);
        var probe = await Probe.OfAsync(await DownloadAsync(client, job.Id));
        Assert.Contains("video", probe.Streams[0], StringComparison.Ordinal);
        Assert.Equal(["audio spa", "audio eng"], probe.Streams.Where(x => x.StartsWith("audio", StringComparison.Ordinal)));
        Assert.InRange(probe.Seconds, 5.5, 7);
        foreach (var artifact in new[] { "subtitles", "script", "report" }) Assert.True(new FileInfo(await DownloadAsync(client, job.Id, artifact)).Length > 2);
        var ledger = await system.LedgerAsync(job.Id);
        Assert.Equal([CreditKind.Hold, CreditKind.Settle], ledger.Select(x => x.Kind));
        Assert.Equal(3600 + ledger.Sum(x => x.Seconds), (await client.CreditsAsync()).BalanceSeconds);
        Assert.Null(WorkerOf(job.Id));
    }

    [Fact]
    public async Task A_video_comes_out_speaking_two_languages_as_it_was_asked_for()
    {
        var client = await system.CreateUserAsync();
        var video = await Media.VideoAsync(seconds: 6);
        var job = await RunAsync(client, JobType.VideoTranslate, video, new()
        {
            SourceLanguage = "en",
            TargetLanguages = ["es", "ca"],
            AudioTrack = "1",
            Speakers = 1,
            Bilingual = true,
            BurnIn = true,
            MatchVoices = true,
        });
        Assert.Equal((JobStatus.Completed, null), (job.Status, job.ErrorMessage));
        var result = await DownloadAsync(client, job.Id);
        Assert.EndsWith(".es-ca.mp4", result, StringComparison.Ordinal);
        var probe = await Probe.OfAsync(result);
        Assert.Equal(["audio spa", "audio cat", "audio eng"], probe.Streams.Where(x => x.StartsWith("audio", StringComparison.Ordinal)));
        Assert.Equal("es-ca", job.JobMetadata.Outputs.Single(x => x.StoragePath == job.OutputFile).Language);
        Assert.EndsWith(".es.vtt", await DownloadAsync(client, job.Id, "subtitles"), StringComparison.Ordinal);
        foreach (var both in new[] { "ca-en", "es-en" })
            Assert.EndsWith($".{both}.srt", await DownloadAsync(client, job.Id, $"subtitles&format=srt&language={both}"), StringComparison.Ordinal);
        Assert.Contains("encoded again", await File.ReadAllTextAsync(await DownloadAsync(client, job.Id, "report")), StringComparison.Ordinal);
        // What another worker would go on from: a script of each language, and its takes.
        var folder = $"jobs/{job.Id}/";
        var blobs = (await system.BlobsAsync(folder)).Select(x => x[folder.Length..]).ToList();
        Assert.Contains("work/script.json", blobs);
        Assert.Contains("work/script.ca.json", blobs);
        Assert.Contains(blobs, x => x.StartsWith("work/takes/", StringComparison.Ordinal) && x.Contains(".ca", StringComparison.Ordinal));
        var ledger = await system.LedgerAsync(job.Id);
        Assert.InRange(-ledger.Sum(x => x.Seconds), 12, 13);
    }

    [Fact]
    public async Task A_sound_track_that_is_not_there_is_told_with_those_that_are()
    {
        var client = await system.CreateUserAsync();
        var job = await RunAsync(client, JobType.VideoTranslate, await Media.VideoAsync(), new() { SourceLanguage = "en", TargetLanguage = "es", AudioTrack = "9" });
        Assert.Equal((JobStatus.Failed, "input.no_such_track"), (job.Status, job.ErrorCode));
        Assert.Contains("there are 1 (", job.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal(3600, (await client.CreditsAsync()).BalanceSeconds);
    }

    [Fact]
    public async Task Sound_alone_comes_out_as_sound()
    {
        var client = await system.CreateUserAsync();
        var sound = await Media.SpeechAsync(seconds: 5);
        var job = await RunAsync(client, JobType.VideoTranslate, sound, new() { SourceLanguage = "en", TargetLanguage = "es" });
        Assert.Equal((JobStatus.Completed, null), (job.Status, job.ErrorMessage));
        Assert.StartsWith("audio/", job.OutputContentType, StringComparison.Ordinal);
        var probe = await Probe.OfAsync(await DownloadAsync(client, job.Id));
        Assert.DoesNotContain(probe.Streams, x => x.StartsWith("video", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Speech_is_written_down()
    {
        var client = await system.CreateUserAsync();
        var job = await RunAsync(client, JobType.Transcribe, await Media.SpeechAsync(seconds: 6), new() { SourceLanguage = "en" }, "audio");
        Assert.Equal((JobStatus.Completed, null), (job.Status, job.ErrorMessage));
        var subtitles = await File.ReadAllTextAsync(await DownloadAsync(client, job.Id, "subtitles"));
        Assert.Contains("-->", subtitles, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Subtitles_are_translated()
    {
        var client = await system.CreateUserAsync();
        var file = Path.Combine(TempFolders.Create("subtitles"), "film.srt");
        await File.WriteAllTextAsync(file, "1\n00:00:01,000 --> 00:00:03,000\nThe house is white.\n");
        var job = await RunAsync(client, JobType.Translate, file, new() { SourceLanguage = "en", TargetLanguage = "es" }, "subtitles");
        Assert.Equal((JobStatus.Completed, null), (job.Status, job.ErrorMessage));
        var translated = await File.ReadAllTextAsync(await DownloadAsync(client, job.Id));
        Assert.Contains("00:00:01,000 --> 00:00:03,000", translated, StringComparison.Ordinal);
        Assert.Contains("casa", translated, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_text_is_spoken()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateAsync(JobType.Synthesize, new() { Text = "La casa es blanca y el río es largo.", TargetLanguage = "es" });
        var done = await RunAsync(client, job);
        Assert.Equal((JobStatus.Completed, null), (done.Status, done.ErrorMessage));
        var probe = await Probe.OfAsync(await DownloadAsync(client, job.Id));
        Assert.Single(probe.Streams);
        Assert.InRange(probe.Seconds, 1, 10);
    }

    [Fact]
    public async Task The_API_knows_what_the_engine_can()
    {
        var client = await system.CreateUserAsync();
        var languages = await client.LanguagesAsync();
        Assert.True(languages.Sources.Count > 50, "The workers say nothing.");
        Assert.Contains(languages.Targets, x => x is { Code: "es", Name: "Spanish" });
        var refusal = await Assert.ThrowsAsync<OctaviaApiException>(() =>
            client.CreateAsync(JobType.Translate, new() { Text = "Hello", SourceLanguage = "en", TargetLanguage = "tlh" }));
        Assert.Equal("language.unknown", refusal.Code);
    }

    [Fact]
    public async Task Silence_fails_with_a_word_and_costs_nothing()
    {
        var client = await system.CreateUserAsync();
        var job = await RunAsync(client, JobType.VideoTranslate, await Media.SilentVideoAsync(), new() { SourceLanguage = "en", TargetLanguage = "es" });
        Assert.Equal(JobStatus.Failed, job.Status);
        Assert.StartsWith("input.", job.ErrorCode, StringComparison.Ordinal);
        Assert.Matches(@"^[A-Z].{15,}[.]$", job.ErrorMessage);
        Assert.Equal(3600, (await client.CreditsAsync()).BalanceSeconds);
    }

    [Fact]
    public async Task What_lasts_longer_than_was_paid_for_fails_and_costs_nothing()
    {
        var client = await system.CreateUserAsync();
        await using var content = File.OpenRead(await Media.VideoAsync());
        var file = await client.UploadAsync(content, "short.mp4");
        var job = await client.CreateAsync(JobType.VideoTranslate, new() { FileId = file.FileId, SourceLanguage = "en", TargetLanguage = "es" });
        await system.Store.SaveFileAsync(job.InputFile!, await Media.VideoAsync(seconds: 6), "application/octet-stream", default);
        var failed = await RunAsync(client, job);
        Assert.Equal((JobStatus.Failed, "input.longer_than_paid"), (failed.Status, failed.ErrorCode));
        Assert.StartsWith("short.mp4 lasts 6 seconds, but credits are held for 3;", failed.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal([CreditKind.Hold, CreditKind.Refund], (await system.LedgerAsync(job.Id)).Select(x => x.Kind));
        Assert.Equal(3600, (await client.CreditsAsync()).BalanceSeconds);
    }

    [Fact]
    public async Task A_subtitle_after_the_end_is_not_paid_for()
    {
        var client = await system.CreateUserAsync();
        var job = await RunAsync(client, JobType.Transcribe, await Media.LateSubtitleAsync(), new() { SourceLanguage = "en" });
        Assert.Equal((JobStatus.Completed, null), (job.Status, job.ErrorMessage));
        Assert.InRange(job.JobMetadata.MediaSeconds, 4.9, 5.2);
    }
}
