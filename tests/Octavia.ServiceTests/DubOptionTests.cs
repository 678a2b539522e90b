using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Octavia.Jobs.Queue;
using Octavia.Jobs.Workers;
using Octavia.Tests.Running;
using Xunit;
using static Octavia.ServiceTests.Assertions;

namespace Octavia.ServiceTests;

/// <summary>What a dub can be asked for beside its one language.</summary>
public class DubOptionTests(ServiceSystem system)
{
    [Fact]
    public async Task The_options_reach_the_job()
    {
        var client = await system.CreateUserAsync();
        var job = await CreateAsync(client, new()
        {
            TargetLanguages = ["Spanish", "en"],
            AudioTrack = " 2 ",
            Speakers = 20,
            Bilingual = true,
            BurnIn = true,
            MatchVoices = true,
            ModelSize = " small ",
        });
        Assert.Equal("es", job.TargetLanguage);
        Assert.Equal(["es", "en"], job.TargetLanguages);
        foreach (var metadata in new[] { job.JobMetadata, (await system.FindJobAsync(job.Id))!.JobMetadata })
        {
            Assert.Equal(["es", "en"], metadata.TargetLanguages);
            Assert.Equal(("2", 20, true, true, true, "small"), (metadata.AudioTrack, metadata.Speakers, metadata.Bilingual, metadata.BurnIn, metadata.MatchVoices, metadata.ModelSize));
        }
    }

    [Theory]
    [InlineData(JobType.VideoTranslate)]
    [InlineData(JobType.Translate)]
    public async Task Glossary_and_tone_are_kept_with_the_job(JobType type)
    {
        var client = await system.CreateUserAsync();
        var request = new CreateJobRequest { SourceLanguage = "en", TargetLanguage = "es", Glossary = "source;target\r\nvoice;voz\r\nOctavia;=", Tone = "formal" };
        var job = type == JobType.VideoTranslate ? await CreateAsync(client, request) : await client.CreateAsync(type, request with { Text = "Hello." });
        Assert.Equal(("formal", 2), (job.JobMetadata.Tone, job.JobMetadata.GlossaryTerms));
        await client.ProcessAsync(job.Id);
        Assert.Equal([new GlossaryTerm("voice", "voz"), new GlossaryTerm("Octavia", null)], (await system.TakeAsync(job.Id)).Job.Glossary!);

        var plain = await client.CreateAsync(JobType.Translate, new() { Text = "Hello.", SourceLanguage = "en", TargetLanguage = "es", Glossary = " \n" });
        Assert.Equal(("neutral", 0), (plain.JobMetadata.Tone, plain.JobMetadata.GlossaryTerms));
        Assert.Null((await system.FindJobAsync(plain.Id))!.Glossary);
    }

    [Fact]
    public async Task The_size_of_the_model_counts_where_something_is_recognised_and_for_its_quote()
    {
        var client = await system.CreateUserAsync();
        Assert.Equal(["base", "small"], (await client.CapabilitiesAsync()).ModelSizes);
        var text = await client.CreateAsync(JobType.Translate, new() { Text = "Hello.", SourceLanguage = "en", TargetLanguage = "es", ModelSize = "medium" });
        Assert.Null(text.JobMetadata.ModelSize);
        var job = await client.CreateAsync(JobType.Transcribe, new() { FileId = await UploadAsync(client), ModelSize = "base" });
        Assert.Equal("base", job.JobMetadata.ModelSize);

        var questions = await system.Quotes.ListenAsync();
        var asking = client.QuoteAsync(job.Id);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var question = QuoteDesk.Read(await questions.ReadAsync(patience.Token));
        await questions.UnsubscribeAsync();
        await system.Quotes.AnswerAsync(question.Id, new WorkQuote());
        await asking;
        Assert.Equal("base", question.ModelSize);
    }

    [Fact]
    public async Task Lists_and_looks_at_a_job_read_all_of_it_but_its_glossary()
    {
        var client = await system.CreateUserAsync();
        var job = await CreateAsync(client, new() { SourceLanguage = "en", TargetLanguage = "es", Glossary = "voice,voz" });
        await client.ProcessAsync(job.Id);
        await system.TakeAsync(job.Id);
        var whole = (await system.FindJobAsync(job.Id))!;
        var (part, sql) = await system.WithDatabaseAsync(async db =>
        {
            var query = db.Jobs.IgnoreQueryFilters().AsNoTracking().Where(x => x.Id == job.Id).WithoutGlossary();
            return (await query.SingleAsync(), query.ToQueryString());
        });
        Assert.DoesNotContain("glossary", sql, StringComparison.OrdinalIgnoreCase);
        Assert.Equal((1, null), (whole.Glossary!.Count, part.Glossary));
        foreach (var property in typeof(Job).GetProperties().Where(property => property.Name != nameof(Job.Glossary)))
            Assert.Equal(JsonSerializer.Serialize(property.GetValue(whole)), JsonSerializer.Serialize(property.GetValue(part)));
    }

    [Fact]
    public async Task Consent_to_the_cloning_of_voices_is_kept_with_who_gave_it_and_when()
    {
        var client = await system.CreateUserAsync();
        Assert.Equal(["es"], (await client.CapabilitiesAsync()).ClonedLanguages);
        var before = DateTimeOffset.UtcNow;
        var job = await CreateAsync(client, new() { TargetLanguages = ["en", "es"], CloneVoices = true, IHaveConsent = true });
        var email = await system.WithDatabaseAsync(db => Task.FromResult(db.Users.Single(user => user.Id == job.UserId).Email));
        await client.ProcessAsync(job.Id);
        var taken = (await system.TakeAsync(job.Id)).Job.JobMetadata;
        Assert.True(taken.CloneVoices);
        Assert.Equal(email, taken.Consent!.By);
        Assert.InRange(taken.Consent.At, before, DateTimeOffset.UtcNow);
        Assert.Equal(taken.Consent, (await client.GetAsync(job.Id)).JobMetadata.Consent);

        var without = await CreateAsync(client, new() { TargetLanguage = "es", IHaveConsent = true });
        Assert.Equal((false, null), (without.JobMetadata.CloneVoices, without.JobMetadata.Consent));
    }

    [Fact]
    public async Task They_are_written_in_snake_case()
    {
        var client = await system.CreateUserAsync();
        var file = await UploadAsync(client);
        using var http = system.Http(client);
        var options = """{"target_languages":["es"],"audio_track":"en","speakers":1,"bilingual":true,"burn_in":true,"match_voices":true,"clone_voices":true,"i_have_consent":true,"file_id":""";
        using var content = new StringContent($"{options}\"{file}\"}}", Encoding.UTF8, "application/json");
        using var response = await http.PostAsync("api/v1/jobs/video-translate/create", content);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        using var job = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var metadata = job.RootElement.GetProperty("job_metadata");
        Assert.Equal("es", job.RootElement.GetProperty("target_language").GetString());
        Assert.Equal(["es"], job.RootElement.GetProperty("target_languages").EnumerateArray().Select(x => x.GetString()));
        Assert.Equal(("en", 1), (metadata.GetProperty("audio_track").GetString(), metadata.GetProperty("speakers").GetInt32()));
        Assert.EndsWith("@example.org", metadata.GetProperty("consent").GetProperty("by").GetString(), StringComparison.Ordinal);
        foreach (var option in new[] { "bilingual", "burn_in", "match_voices", "clone_voices" }) Assert.True(metadata.GetProperty(option).GetBoolean());
    }

    [Fact]
    public async Task One_language_is_as_it_was()
    {
        var client = await system.CreateUserAsync();
        var job = await CreateAsync(client, new() { TargetLanguage = "es" });
        Assert.Equal("es", job.TargetLanguage);
        Assert.Equal(["es"], job.TargetLanguages);
        var stored = JsonSerializer.Deserialize<JobMetadata>("""{"target_language":"es","media_seconds":3}""", OctaviaClient.Json)!;
        Assert.Equal(["es"], stored.TargetLanguages);
        Assert.Equal(3, stored.CostOf(stored.MediaSeconds));
    }

    [Fact]
    public async Task Each_language_costs_the_length_of_the_media()
    {
        var client = await system.CreateUserAsync();
        var job = await CreateAsync(client, new() { TargetLanguages = ["es", "en"] });
        var held = (long)Math.Ceiling(2 * job.JobMetadata.MediaSeconds);
        await client.ProcessAsync(job.Id);
        Assert.Equal([(CreditKind.Hold, -held)], await system.LedgerAsync(job.Id));

        var lease = await system.TakeAsync(job.Id);
        Assert.True(await lease.CompleteAsync("result.mp4", job.JobMetadata, 2.5, default));
        Assert.Equal([(CreditKind.Hold, -held), (CreditKind.Settle, held - 5)], await system.LedgerAsync(job.Id));
    }

    public static TheoryData<CreateJobRequest, string> Senseless => new()
    {
        { new() { TargetLanguage = "es", TargetLanguages = ["es", "en"] }, "language.two_forms" },
        { new() { TargetLanguages = [] }, "language.count" },
        { new() { TargetLanguages = ["es", "en", "de", "la", "es", "en"] }, "language.count" },
        { new() { TargetLanguages = ["es", "Spanish"] }, "language.twice" },
        { new() { TargetLanguages = ["es", "klingon"] }, "language.unknown" },
        { new() { TargetLanguages = ["es", " "] }, "language.missing" },
        { new() { TargetLanguages = ["es", null!] }, "language.missing" },
        { new() { TargetLanguages = ["es", "la"] }, "language.pair_unsupported" },
        { new() { TargetLanguages = ["es", "en"], SourceLanguage = "en" }, "language.pair_unsupported" },
        { new() { TargetLanguage = "es", Glossary = "a,b\na,c" }, "glossary.invalid" },
        { new() { TargetLanguage = "es", Glossary = "a,b\0" }, "glossary.invalid" },
        { new() { TargetLanguage = "es", Glossary = new string('a', 200_001) }, "glossary.invalid" },
        { new() { TargetLanguage = "es", Tone = "rude" }, "job.tone_unknown" },
        { new() { TargetLanguage = "es", Tone = "" }, "job.tone_unknown" },
        { new() { TargetLanguage = "es", CloneVoices = true }, "clone.no_consent" },
        { new() { TargetLanguage = "en", CloneVoices = true, IHaveConsent = true }, "clone.unavailable" },
        { new() { TargetLanguage = "es", ModelSize = "huge" }, "job.model_size_unknown" },
        { new() { TargetLanguage = "es", ModelSize = "medium" }, "model.missing" },
        { new() { TargetLanguage = "es", Speakers = 0 }, "job.speakers_invalid" },
        { new() { TargetLanguage = "es", Speakers = 21 }, "job.speakers_invalid" },
        { new() { TargetLanguage = "es", AudioTrack = "0" }, "job.audio_track_invalid" },
        { new() { TargetLanguage = "es", AudioTrack = "-1" }, "job.audio_track_invalid" },
        { new() { TargetLanguage = "es", AudioTrack = new string('a', 41) }, "job.audio_track_invalid" },
    };

    [Theory]
    [MemberData(nameof(Senseless), DisableDiscoveryEnumeration = true)]
    public async Task Options_that_make_no_sense_are_refused(CreateJobRequest request, string code)
    {
        var client = await system.CreateUserAsync();
        await RefusesAsync(HttpStatusCode.BadRequest, code, () => client.CreateAsync(JobType.VideoTranslate, request));
        Assert.Equal(0, (await client.ListAsync()).Total);
    }

    static async Task<JobResponse> CreateAsync(OctaviaClient client, CreateJobRequest request) =>
        await client.CreateAsync(JobType.VideoTranslate, request with { FileId = await UploadAsync(client) });

    static async Task<Guid> UploadAsync(OctaviaClient client)
    {
        await using var content = File.OpenRead(await Media.VideoAsync());
        return (await client.UploadAsync(content, "holiday.mp4")).FileId;
    }
}
