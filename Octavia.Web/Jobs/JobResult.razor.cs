using Microsoft.AspNetCore.Components;
using Octavia.Jobs.Client;

namespace Octavia.Web.Jobs;

/// <summary>What a finished job made: to look at, to listen to and to take away.</summary>
public sealed partial class JobResult
{
    bool _unplayable;

    [Parameter, EditorRequired]
    public JobResponse Job { get; set; } = default!;

    [Parameter]
    public LanguagesResponse? Languages { get; set; }

    [Parameter]
    public TimeSpan Took { get; set; }

    IReadOnlyList<JobOutput> Outputs => Job.JobMetadata.Outputs;

    /// <summary>The form of subtitles that browsers show.</summary>
    IEnumerable<JobOutput> Tracks => Outputs.Where(output => output.ContentType.StartsWith("text/vtt"));

    /// <summary>Everything beside the main file.</summary>
    List<JobOutput> Others => [.. Outputs.Where(output => output.StoragePath != Job.OutputFile)];

    string MainLabel => Job.JobType switch
    {
        JobType.VideoTranslate when Job.OutputContentType?.StartsWith("audio/") == true => "Download the sound",
        JobType.VideoTranslate => "Download the video",
        JobType.Transcribe => "Download the subtitles",
        JobType.Translate => "Download the translation",
        _ => "Download the speech",
    };

    string Another => Job.JobType == JobType.VideoTranslate ? "Translate another" : "Start another";

    string Address(JobOutput? output = null)
    {
        var address = $"/api/v1/download/{Job.Id}";
        if (output is null) return address;
        address += $"?artifact={output.Kind}&format={Extension(output)}";
        return output.Language is null ? address : $"{address}&language={output.Language}";
    }

    string Label(JobOutput output) => output.Kind switch
    {
        "subtitles" => $"Subtitles, {Formats.Language(output.Language, Languages)} ({Extension(output).ToUpperInvariant()})",
        "script" when output.Language is not null => $"Script, {Formats.Language(output.Language, Languages)} (JSON)",
        "script" => "Script (JSON)",
        "report" => "Report (JSON)",
        "audio" => "Sound",
        "video" => "Video",
        _ when output.Language is not null => $"Text, {Formats.Language(output.Language, Languages)}",
        _ => output.Kind,
    };

    static string Extension(JobOutput output) => Path.GetExtension(output.StoragePath).TrimStart('.');
}
