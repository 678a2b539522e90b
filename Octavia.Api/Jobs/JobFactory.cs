using System.Diagnostics;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Octavia.Api.Operations;
using Octavia.Api.Uploads;
using Octavia.Jobs;
using Octavia.Jobs.Client;
using Octavia.Jobs.Files;
using Octavia.Jobs.Progress;
using Octavia.Jobs.Queue;
using Octavia.Jobs.Telemetry;

namespace Octavia.Api.Jobs;

/// <summary>Makes jobs of requests that make sense.</summary>
sealed class JobFactory(OctaviaDbContext db, MediaStore media, LanguageCheck languages, CapabilityCheck capabilities, Idempotency idempotency)
{
    const int MaxTextLength = 100_000;
    const int MaxLanguages = 5;
    const int MaxSpeakers = 20;

    static readonly string[] Qualities = ["fast", "balanced", "best"];
    static readonly string[] Tones = ["neutral", "formal", "informal"];

    /// <summary>Makes a job under an <paramref name="id"/> of the caller's, or a new one.</summary>
    public async Task<Job> CreateAsync(JobType type, CreateJobRequest request, Guid userId, CancellationToken ct, Guid? id = null)
    {
        var (metadata, glossary) = await CheckAsync(type, request, userId, ct);
        var known = id ?? idempotency.Work;
        var jobId = known ?? Guid.CreateVersion7();
        // Of a request that was cut off after it was done.
        if (known is not null && await db.Jobs.AsNoTracking().SingleOrDefaultAsync(x => x.Id == jobId, ct) is { } made) return made;
        var input = await InputAsync(type, request, jobId, ct);
        using var activity = OctaviaTelemetry.Continue("job create", ActivityKind.Internal, input.TraceParent);
        var job = new Job
        {
            Id = jobId,
            UserId = userId,
            JobType = type,
            Status = JobStatus.Pending,
            InputFile = input.Path,
            JobMetadata = metadata with { Filename = input.Filename, MediaSeconds = input.Seconds },
            Glossary = glossary,
            Revision = JobEvent.NextRevision(0),
            TraceParent = activity?.Id ?? input.TraceParent,
            CreatedAt = DateTimeOffset.UtcNow,
        };
        try
        {
            db.Jobs.Add(job);
            await db.SaveChangesAsync(ct);
        }
        catch when (input.Path == WrittenPath(jobId))
        {
            await media.DeleteAsync(input.Path, CancellationToken.None);
            throw;
        }
        return job;
    }

    /// <summary>Refuses what makes no sense, whatever the input; gives what a job of it is asked to do.</summary>
    public async Task<(JobMetadata Metadata, IReadOnlyList<GlossaryTerm>? Glossary)> CheckAsync(JobType type, CreateJobRequest request, Guid userId, CancellationToken ct)
    {
        if (!Qualities.Contains(request.Quality))
            throw Refusal.Invalid("job.quality_unknown", "The quality is unknown; use fast, balanced or best.");
        if (request.Voice is { } voice && (voice.Length > 100 || voice.Any(char.IsControl)))
            throw Refusal.Invalid("job.voice_unknown", "There is no such voice; leave it out to have one chosen.");
        var isDub = type == JobType.VideoTranslate;
        var (source, targets) = await languages.CheckAsync(type, request.SourceLanguage, isDub ? Targets(request) : [request.TargetLanguage]);
        if (isDub) CheckOptions(request);
        var clones = isDub && request.CloneVoices;
        if (clones) await capabilities.CheckCloningAsync(request.IHaveConsent, targets);
        var size = type is JobType.VideoTranslate or JobType.Transcribe && !string.IsNullOrWhiteSpace(request.ModelSize) ? request.ModelSize.Trim() : null;
        if (size is not null) await capabilities.CheckSizeAsync(size);
        var translates = isDub || type == JobType.Translate;
        if (translates && !Tones.Contains(request.Tone))
            throw Refusal.Invalid("job.tone_unknown", "The tone is unknown; use neutral, formal or informal.");
        var glossary = translates && !string.IsNullOrWhiteSpace(request.Glossary) ? GlossaryOf(request.Glossary) : null;
        var metadata = new JobMetadata
        {
            SourceLanguage = source,
            TargetLanguage = targets.Count > 0 ? targets[0] : null,
            TargetLanguages = targets,
            Quality = request.Quality,
            ModelSize = size,
            Voice = string.IsNullOrWhiteSpace(request.Voice) ? null : request.Voice,
            Tone = translates ? request.Tone : "neutral",
            GlossaryTerms = glossary?.Count ?? 0,
            AudioTrack = isDub && !string.IsNullOrWhiteSpace(request.AudioTrack) ? request.AudioTrack.Trim() : null,
            Speakers = isDub ? request.Speakers : null,
            Bilingual = isDub && request.Bilingual,
            BurnIn = isDub && request.BurnIn,
            MatchVoices = isDub && request.MatchVoices,
            CloneVoices = clones,
            Consent = clones ? new JobConsent(await EmailOfAsync(userId, ct), DateTimeOffset.UtcNow) : null,
        };
        return (metadata, glossary);
    }

    /// <summary>What a job of a kind takes: media, or text.</summary>
    public static FileType InputOf(JobType type) => type is JobType.Translate or JobType.Synthesize ? FileType.Text : FileType.Video;

    // By name, as the report shows it.
    async Task<string> EmailOfAsync(Guid userId, CancellationToken ct) => await db.Users.Where(x => x.Id == userId).Select(x => x.Email!).SingleAsync(ct);

    static IReadOnlyList<string?> Targets(CreateJobRequest request)
    {
        if (request.TargetLanguages is not { } several) return [request.TargetLanguage];
        if (!string.IsNullOrWhiteSpace(request.TargetLanguage))
            throw Refusal.Invalid("language.two_forms", "There is a target_language and there are target_languages; give one of the two.");
        if (several.Count is < 1 or > MaxLanguages)
            throw Refusal.Invalid("language.count", $"A video is dubbed in 1 to {MaxLanguages} languages at once; give as many in target_languages.");
        return several;
    }

    static void CheckOptions(CreateJobRequest request)
    {
        if (request.Speakers is < 1 or > MaxSpeakers)
            throw Refusal.Invalid("job.speakers_invalid", $"The number of speakers is from 1 to {MaxSpeakers}; leave it out to have them told apart.");
        // Which tracks there are is known when the job runs.
        if (request.AudioTrack is { } track && (track.Length > 40 || track.Any(char.IsControl) || (int.TryParse(track, out var number) && number < 1)))
            throw Refusal.Invalid("job.audio_track_invalid", "There is no such sound track; give its number, from 1, or its language, or leave it out.");
    }

    static IReadOnlyList<GlossaryTerm> GlossaryOf(string csv)
    {
        try
        {
            return GlossaryCsv.Parse(csv);
        }
        catch (GlossaryException e)
        {
            throw Refusal.Invalid("glossary.invalid", e.Message);
        }
    }

    static string WrittenPath(Guid jobId) => MediaStore.JobPath(jobId, "input.txt");

    sealed record Input(string Path, string Filename, double Seconds, string? TraceParent);

    async Task<Input> InputAsync(JobType type, CreateJobRequest request, Guid jobId, CancellationToken ct)
    {
        var takesText = type is JobType.Translate or JobType.Synthesize;
        if (request.FileId is { } fileId)
        {
            var file = await db.Files.AsNoTracking().SingleOrDefaultAsync(x => x.Id == fileId, ct)
                ?? throw FileNotFound();
            if (UploadIntake.IsMedia(file.FileType) == takesText)
                throw Refusal.Invalid("job.input_wrong", takesText
                    ? "This job takes subtitles or text; upload such a file or send the text."
                    : "This job takes a video or audio file; upload one.");
            return new Input(file.StoragePath, file.Filename, await SecondsAsync(type, file, ct), file.TraceParent);
        }
        if (!takesText || string.IsNullOrWhiteSpace(request.Text))
            throw Refusal.Invalid("job.input_missing", takesText
                ? "There is nothing to do; give a file_id or a text."
                : "There is nothing to do; upload a file and give its file_id.");
        if (request.Text.Length > MaxTextLength)
            throw Refusal.Invalid("input.too_long", $"The text is too long: {MaxTextLength} characters at most.");
        if (request.Text.Contains('\0', StringComparison.Ordinal))
            throw Refusal.Invalid("input.not_text", "The text has characters in it that are not text; take them out and try again.");
        var path = WrittenPath(jobId);
        await media.SaveAsync(path, new MemoryStream(Encoding.UTF8.GetBytes(request.Text)), "text/plain; charset=utf-8", ct);
        return new Input(path, "text.txt", SecondsOf(type, UploadIntake.SecondsOf(request.Text), request.Text), Activity.Current?.Id);
    }

    async Task<double> SecondsAsync(JobType type, StoredFile file, CancellationToken ct)
    {
        if (type != JobType.Synthesize) return file.MediaSeconds;
        if (await media.OpenAsync(file.StoragePath, ct) is not var (content, _)) throw FileNotFound();
        using var reader = new StreamReader(content);
        return SecondsOf(type, file.MediaSeconds, await reader.ReadToEndAsync(ct));
    }

    // Subtitles are spoken at their times: the sound lasts as long as these say, however few words there are.
    static double SecondsOf(JobType type, double words, string text) => type == JobType.Synthesize ? Math.Max(words, TextProbe.EndOf(text)) : words;

    static Refusal FileNotFound() => Refusal.NotFound("file.not_found", "There is no such file; upload it first.");
}
