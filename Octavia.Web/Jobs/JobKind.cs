using MudBlazor;
using Octavia.Jobs.Client;

namespace Octavia.Web.Jobs;

/// <summary>The four things that Octavia does, as the pages offer them.</summary>
public sealed record JobKind(JobType Type, string Path, string Title, string Lead, string Icon)
{
    /// <summary>What goes into <c>file_type</c> of an upload.</summary>
    public string FileType { get; init; } = "video";

    /// <summary>What the file dialog shows.</summary>
    public string Accept { get; init; } = "video/*,audio/*,.mkv,.webm,.mov,.avi,.ts";

    public string FileHint { get; init; } = "MP4, MOV, MKV, WebM or a sound file";

    public bool TakesText { get; init; }

    /// <summary>Null where only one language is asked for.</summary>
    public string? SourceLabel { get; init; } = "Spoken language";

    public string? TargetLabel { get; init; }

    public bool TakesQuality { get; init; }

    public bool TakesOptions => Type == JobType.VideoTranslate;

    public bool Translates => Type is JobType.VideoTranslate or JobType.Translate;

    public bool TakesAddress => !TakesText;

    const string TextFiles = ".srt,.vtt,.txt,text/plain,text/vtt";

    public static IReadOnlyList<JobKind> All { get; } =
    [
        new(JobType.VideoTranslate, "dashboard/video", "Translate a video", "The same picture, speaking another language.", Icons.Material.Rounded.Translate)
        {
            TargetLabel = "New language",
            TakesQuality = true,
        },
        new(JobType.Transcribe, "dashboard/transcribe", "Write down speech", "Subtitles and a script of a video or a recording.", Icons.Material.Rounded.Subtitles)
        {
            TakesQuality = true,
        },
        new(JobType.Translate, "dashboard/translate", "Translate a text", "Subtitles or plain text into another language.", Icons.Material.Rounded.TextSnippet)
        {
            FileType = "text",
            Accept = TextFiles,
            FileHint = "SRT, VTT or TXT",
            TakesText = true,
            SourceLabel = "Language of the text",
            TargetLabel = "New language",
        },
        new(JobType.Synthesize, "dashboard/synthesize", "Read a text aloud", "Natural speech from text or subtitles.", Icons.Material.Rounded.RecordVoiceOver)
        {
            FileType = "text",
            Accept = TextFiles,
            FileHint = "SRT, VTT or TXT",
            TakesText = true,
            SourceLabel = null,
            TargetLabel = "Language of the text",
        },
    ];

    public static JobKind Of(JobType type) => All.Single(kind => kind.Type == type);
}
