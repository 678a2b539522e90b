using System.Text.Json.Serialization;

namespace Octavia.Jobs.Client;

// What goes over the wire under /api/v1. JSON names are snake_case: the options of OctaviaClient.Json say so once.

public sealed record UploadResponse(Guid FileId, string StoragePath, string Filename, long SizeBytes);

public sealed record ImportRequest(string Url, string FileType = "video");

[JsonConverter(typeof(JsonStringEnumConverter<ImportStatus>))]
public enum ImportStatus
{
    [JsonStringEnumMemberName("queued")] Queued,
    [JsonStringEnumMemberName("fetching")] Fetching,
    [JsonStringEnumMemberName("completed")] Completed,
    [JsonStringEnumMemberName("failed")] Failed,
}

/// <summary>How far an import is, and what came of it.</summary>
/// <param name="BytesTotal">Null while it is not known.</param>
/// <param name="File">Of one that is completed.</param>
/// <param name="ErrorCode">Of one that failed, with a sentence.</param>
public sealed record ImportResponse(
    Guid Id, ImportStatus Status, long BytesReceived, long? BytesTotal, UploadResponse? File, string? ErrorCode, string? ErrorMessage, DateTimeOffset CreatedAt)
{
    [JsonIgnore]
    public bool IsOver => Status is ImportStatus.Completed or ImportStatus.Failed;
}

/// <summary>Body of the four create endpoints; which fields count depends on the endpoint.</summary>
public sealed record CreateJobRequest
{
    /// <summary>An uploaded file; for translate and synthesize <see cref="Text"/> may stand instead.</summary>
    public Guid? FileId { get; init; }

    public string? Text { get; init; }

    public string SourceLanguage { get; init; } = "auto";

    public string? TargetLanguage { get; init; }

    /// <summary>
    /// For video_translate in place of <see cref="TargetLanguage"/>: 1 to 5 languages, each a sound track of the one result, the first of them the
    /// one that plays. Each costs the length of the media.
    /// </summary>
    public IReadOnlyList<string>? TargetLanguages { get; init; }

    /// <summary><c>fast</c>, <c>balanced</c> or <c>best</c>.</summary>
    public string Quality { get; init; } = "balanced";

    /// <summary>
    /// For video_translate and transcribe the size of the model that recognises: <c>tiny</c>, <c>base</c>, <c>small</c>, <c>medium</c> or <c>large-v3-turbo</c>;
    /// null to leave it to the quality. <c>GET /capabilities</c> lists those that are there.
    /// </summary>
    public string? ModelSize { get; init; }

    public string? Voice { get; init; }

    /// <summary>For video_translate and translate: terms as CSV, a line each of term and translation; what has none stays as it is. See <see cref="GlossaryCsv"/>.</summary>
    public string? Glossary { get; init; }

    /// <summary>For video_translate and translate how people are spoken to: <c>neutral</c>, <c>formal</c> or <c>informal</c>.</summary>
    public string Tone { get; init; } = "neutral";

    // What is below counts for video_translate only.

    /// <summary>The sound track to dub: its number, from 1, or its language; null for the one that the file plays.</summary>
    public string? AudioTrack { get; init; }

    /// <summary>How many people speak, 1 to 20; null to find out.</summary>
    public int? Speakers { get; init; }

    /// <summary>Whether to make subtitles in two languages too.</summary>
    public bool Bilingual { get; init; }

    /// <summary>Whether to draw the subtitles of the first language into the picture.</summary>
    public bool BurnIn { get; init; }

    /// <summary>Whether each voice is to come near the original speaker's.</summary>
    public bool MatchVoices { get; init; }

    /// <summary>
    /// Whether to speak in clones of the speakers' own voices, made by a service for this job and deleted after it; only with <see cref="IHaveConsent"/>, and in
    /// languages of which <c>GET /capabilities</c> says that it can be done.
    /// </summary>
    public bool CloneVoices { get; init; }

    /// <summary>The user's word that everybody who speaks has agreed to the cloning of their voice. It is kept with the job: who gave it, and when.</summary>
    public bool IHaveConsent { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<JobType>))]
public enum JobType
{
    [JsonStringEnumMemberName("video_translate")] VideoTranslate,
    [JsonStringEnumMemberName("transcribe")] Transcribe,
    [JsonStringEnumMemberName("translate")] Translate,
    [JsonStringEnumMemberName("synthesize")] Synthesize,
}

[JsonConverter(typeof(JsonStringEnumConverter<JobStatus>))]
public enum JobStatus
{
    [JsonStringEnumMemberName("pending")] Pending,
    [JsonStringEnumMemberName("queued")] Queued,
    [JsonStringEnumMemberName("processing")] Processing,
    [JsonStringEnumMemberName("completed")] Completed,
    [JsonStringEnumMemberName("failed")] Failed,
    [JsonStringEnumMemberName("cancelled")] Cancelled,
}

public static class JobStatuses
{
    /// <summary>Whether nothing more happens to a job by itself.</summary>
    public static bool IsOver(this JobStatus status) => status is JobStatus.Completed or JobStatus.Failed or JobStatus.Cancelled;
}

[JsonConverter(typeof(JsonStringEnumConverter<JobPhase>))]
public enum JobPhase
{
    [JsonStringEnumMemberName("transcribing")] Transcribing,
    [JsonStringEnumMemberName("translating")] Translating,
    [JsonStringEnumMemberName("synthesizing")] Synthesizing,
    [JsonStringEnumMemberName("assembling")] Assembling,
}

/// <summary>What a job was asked to do and what came of it: <c>job_metadata</c>, also as it is stored.</summary>
public sealed record JobMetadata
{
    public string Filename { get; init; } = "";

    public string SourceLanguage { get; init; } = "auto";

    /// <summary>What <c>auto</c> turned out to be.</summary>
    public string? DetectedLanguage { get; init; }

    /// <summary>The one that plays, where there are several.</summary>
    public string? TargetLanguage { get; init; }

    /// <summary>All of them, <see cref="TargetLanguage"/> first. Jobs stored without them have that one.</summary>
    public IReadOnlyList<string> TargetLanguages { get => field.Count == 0 && TargetLanguage is { } only ? [only] : field; init; } = [];

    public string Quality { get; init; } = "balanced";

    /// <summary>Null where the quality decides.</summary>
    public string? ModelSize { get; init; }

    public string? Voice { get; init; }

    public string Tone { get; init; } = "neutral";

    /// <summary>How many terms the job's glossary has.</summary>
    public int GlossaryTerms { get; init; }

    public string? AudioTrack { get; init; }

    public int? Speakers { get; init; }

    public bool Bilingual { get; init; }

    public bool BurnIn { get; init; }

    public bool MatchVoices { get; init; }

    public bool CloneVoices { get; init; }

    /// <summary>The word that everybody who speaks has agreed; null where no voice is cloned.</summary>
    public JobConsent? Consent { get; init; }

    /// <summary>Length of the media in seconds, estimated for texts: what the job costs at most in each language.</summary>
    public double MediaSeconds { get; init; }

    public IReadOnlyList<JobOutput> Outputs { get; init; } = [];

    /// <summary>The part that was, or is, dubbed first; null when nobody asked for one.</summary>
    public JobPreview? Preview { get; init; }

    /// <summary>What it was to take and what it took, once it is completed; null of texts.</summary>
    public JobFigures? Figures { get; init; }

    /// <summary>What so many seconds of the media cost, in seconds of credit: each language is a dub of its own to compute.</summary>
    public long CostOf(double mediaSeconds) => (long)Math.Ceiling(mediaSeconds * Math.Max(1, TargetLanguages.Count));
}

/// <summary>A part of a video that is dubbed before all of it.</summary>
/// <param name="Start">Seconds.</param>
/// <param name="Seconds">Length.</param>
/// <param name="Running">Whether it is what the job waits for or works on now.</param>
public sealed record JobPreview(double Start, double Seconds, bool Running);

/// <summary>Body of <c>POST /jobs/{id}/preview</c>: a part of 1 to 60 seconds.</summary>
public sealed record PreviewRequest(double Start = 0, double Seconds = 30);

/// <summary>Who said that everybody who speaks has agreed to the cloning of their voice, and when.</summary>
/// <param name="By">E-mail address of the account, as it was then.</param>
/// <param name="At">When.</param>
public sealed record JobConsent(string By, DateTimeOffset At);

/// <summary>A file that a job made. <see cref="Kind"/> is the name that <c>GET /download/{id}?artifact=</c> takes.</summary>
public sealed record JobOutput(string Kind, string StoragePath, string ContentType, long SizeBytes, string? Language = null)
{
    /// <summary>The kind of a part that was dubbed first.</summary>
    public const string Preview = "preview";
}

/// <summary>A job as the API shows it, and also the data of every event of its stream.</summary>
public sealed record JobResponse
{
    public required Guid Id { get; init; }

    public Guid UserId { get; init; }

    public required JobType JobType { get; init; }

    public required JobStatus Status { get; init; }

    public JobPhase? Phase { get; init; }

    public required double ProgressPercentage { get; init; }

    public string? CurrentStep { get; init; }

    public string? Filename { get; init; }

    public string? InputFile { get; init; }

    public string? OutputFile { get; init; }

    /// <summary>Content type of <see cref="OutputFile"/>: <c>video/mp4</c>.</summary>
    public string? OutputContentType { get; init; }

    public string? ErrorCode { get; init; }

    public string? ErrorMessage { get; init; }

    public required string SourceLanguage { get; init; }

    public string? TargetLanguage { get; init; }

    /// <summary>All of them, <see cref="TargetLanguage"/> first. A service that tells none has that one.</summary>
    public IReadOnlyList<string> TargetLanguages { get => field.Count == 0 && TargetLanguage is { } only ? [only] : field; init; } = [];

    /// <summary>Names that <c>GET /download/{id}?artifact=</c> takes.</summary>
    public IReadOnlyList<string> Artifacts { get; init; } = [];

    public JobMetadata JobMetadata { get; init; } = new();

    public required int Attempt { get; init; }

    /// <summary>Grows with every change: what a stream goes on behind.</summary>
    public long Revision { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? CompletedAt { get; init; }

    [JsonIgnore]
    public bool IsOver => Status.IsOver();
}

public sealed record JobPage(IReadOnlyList<JobResponse> Items, int Total, int Page, int PageSize);

/// <summary>Languages that this installation can translate from and into.</summary>
public sealed record LanguagesResponse(IReadOnlyList<LanguageResponse> Sources, IReadOnlyList<LanguageResponse> Targets);

/// <summary>What else this installation can be asked for, as far as its workers have said.</summary>
/// <param name="ModelSizes">Sizes of the model that recognises that are there, the smallest first.</param>
/// <param name="ClonedLanguages">Codes of languages in which the speakers' own voices can be cloned.</param>
public sealed record CapabilitiesResponse(IReadOnlyList<string> ModelSizes, IReadOnlyList<string> ClonedLanguages);

public sealed record LanguageResponse(string Code, string Name);
