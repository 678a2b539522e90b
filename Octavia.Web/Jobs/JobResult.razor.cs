using Microsoft.AspNetCore.Components;
using Octavia.Jobs.Client;
using Octavia.Web.Api;

namespace Octavia.Web.Jobs;

/// <summary>What a finished job made: to look at, to listen to and to take away.</summary>
public sealed partial class JobResult
{
    // Clocks, and the time that a request takes.
    static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    bool _unplayable;
    bool _asked;
    LinkResponse? _link;
    DateTimeOffset _linkedAt;

    [Inject]
    internal UserApi Api { get; set; } = default!;

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

    // Players ask for range after range, for as long as the film lasts: their addresses carry a link of their own. Without one the cookie serves.
    protected override async Task OnInitializedAsync()
    {
        await LinkAsync();
        _asked = true;
    }

    async Task LinkAsync()
    {
        _linkedAt = DateTimeOffset.UtcNow;
        await Api.TryAsync(async (client, ct) => _link = await client.LinkAsync(Job.Id, ct), CancellationToken.None);
    }

    // A page may stay open for longer than its link is good for: then it takes a new one, and the player asks again.
    Task RenewAsync()
    {
        if (_link is { } link && DateTimeOffset.UtcNow - _linkedAt > TimeSpan.FromSeconds(link.ExpiresIn) - Margin) return LinkAsync();
        _unplayable = true;
        return Task.CompletedTask;
    }

    string Play(JobOutput? output = null) => _link is null ? Address(output) : With(Address(output), $"token={_link.Token}");

    string Address(JobOutput? output = null)
    {
        var address = $"/api/v1/download/{Job.Id}";
        if (output is null) return address;
        address = With(address, $"artifact={output.Kind}&format={Extension(output)}");
        return output.Language is null ? address : With(address, $"language={output.Language}");
    }

    static string With(string address, string query) => address + (address.Contains('?') ? '&' : '?') + query;

    string Label(JobOutput output) => output.Kind switch
    {
        "subtitles" => $"Subtitles, {Formats.Language(output.Language, Languages)} ({Extension(output).ToUpperInvariant()})",
        "script" when output.Language is not null => $"Script, {Formats.Language(output.Language, Languages)} (JSON)",
        "script" => "Script (JSON)",
        "report" => "Report (JSON)",
        "audio" => "Sound",
        JobOutput.Preview => "Preview",
        "video" => "Video",
        _ when output.Language is not null => $"Text, {Formats.Language(output.Language, Languages)}",
        _ => output.Kind,
    };

    static string Extension(JobOutput output) => Path.GetExtension(output.StoragePath).TrimStart('.');
}
