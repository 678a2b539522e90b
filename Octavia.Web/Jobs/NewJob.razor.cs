using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Octavia.Jobs.Client;
using Octavia.Web.Api;

namespace Octavia.Web.Jobs;

/// <summary>The form of a new job: what, from which language into which, how well, and Start.</summary>
public sealed partial class NewJob
{
    static readonly (string Value, string Text)[] Qualities = [("fast", "Fast"), ("balanced", "Balanced"), ("best", "Best")];
    static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(500);

    List<(Source Value, string Text)> _sources = [];
    DropZone? _drop;
    DubOptions? _options;
    TranslationOptions? _wording;
    LanguagesResponse? _languages;
    CapabilitiesResponse? _capabilities;
    // What every plan gives, until the API has said what this one does.
    long _maxBytes = 500L << 20;
    Source _source;
    Step _step;
    ChosenFile? _file;
    UploadProgress _progress;
    ImportResponse? _import;
    string _address = "";
    string _text = "";
    string _from = "auto";
    string _to = "";
    string _quality = "balanced";
    string _modelSize = "";

    // What was sent or made already is not sent or made again when only a later step failed.
    Guid? _fileId;
    string? _request;
    string? _key;
    JobResponse? _job;

    enum Source { File, Address, Several, Text }

    enum Step { Filling, Sending, Fetching, Creating }

    [Parameter, EditorRequired]
    public JobKind Kind { get; set; } = default!;

    bool Busy => _step != Step.Filling;

    long MaxBytes => Kind.TakesText ? ChosenFile.MaxTextBytes : _maxBytes;

    int SentPercentage => _file is { Size: > 0 } ? (int)(100 * _progress.Sent / _file.Size) : 0;

    int? FetchedPercentage => _import is { BytesTotal: > 0 and var total } import ? (int)(100 * import.BytesReceived / total) : null;

    /// <summary>How far it is, in steps that are few enough to be listened to.</summary>
    string News => _step switch
    {
        Step.Sending when _progress.IsWaiting => "No connection; the upload waits for it.",
        Step.Sending => $"Uploading: {Quarters(SentPercentage)} %",
        Step.Fetching when _import is { Status: ImportStatus.Queued } => "The import waits for its turn.",
        Step.Fetching when _import is not null => FetchedPercentage is { } percentage ? $"Fetching: {Quarters(percentage)} %" : "Fetching the video.",
        Step.Creating => "Starting the job.",
        _ => "",
    };

    static int Quarters(int percentage) => percentage / 25 * 25;

    protected override void OnInitialized()
    {
        // Speech tells its language; a text has to be told.
        if (Kind.TakesText) _from = "en";
        _sources = [(Source.File, "A file")];
        if (Kind.TakesAddress) _sources.AddRange([(Source.Address, "An address"), (Source.Several, "Several")]);
        if (Kind.TakesText) _sources.Add((Source.Text, "Written text"));
    }

    protected override async Task OnLiveAsync()
    {
        if (!await TryUntilReachedAsync(LoadAsync)) return;
        if (Kind.TargetLabel is null) return;
        await using var module = await Js.InvokeAsync<IJSObjectReference>("import", Gone, Assets["./js/upload.js"]);
        _to = Suggest(await module.InvokeAsync<string>("language", Gone));
        StateHasChanged();
    }

    async Task LoadAsync(OctaviaClient client, CancellationToken ct)
    {
        _maxBytes = (await client.AccountAsync(ct)).Limits.MaxFileBytes;
        (_languages, _capabilities) = (await client.LanguagesAsync(ct), await client.CapabilitiesAsync(ct));
    }

    /// <summary>The person's own language; but what is dubbed is mostly in English, so not into that.</summary>
    string Suggest(string own)
    {
        var targets = _languages!.Targets;
        string[] wishes = own == "en" && Kind.SourceLabel is not null ? ["es"] : [own, "es"];
        return wishes.FirstOrDefault(code => targets.Any(target => target.Code == code)) ?? (targets.Count > 0 ? targets[0].Code : "");
    }

    void Switch(Source source)
    {
        _source = source;
        _fileId = null;
        Failure = null;
    }

    void Choose(IReadOnlyList<ChosenFile> files)
    {
        _file = files[0];
        _fileId = null;
        Failure = CheckInput();
    }

    void Address(string? address)
    {
        _address = address ?? "";
        _fileId = null;
    }

    ApiFailure? Check() => CheckInput() ?? ((_wording?.Problem ?? _options?.Problem) is { } problem ? new(problem) : null);

    ApiFailure? CheckInput() => _source switch
    {
        Source.File when _file is null => new("Choose a file first."),
        Source.File => _file.Problem(Kind.TakesText, MaxBytes) is { } problem ? new(problem) : null,
        Source.Address when !Uri.TryCreate(_address.Trim(), UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") =>
            new("Paste an address that begins with https://."),
        Source.Several => _several?.Problem is { } wrong ? new(wrong) : null,
        Source.Text when string.IsNullOrWhiteSpace(_text) => new("Write some text first."),
        _ => null,
    };

    Task StartAsync() => GoAsync(start: true);

    /// <summary>Makes the job without starting it: its page tells what it will take.</summary>
    Task AskAsync() => GoAsync(start: false);

    async Task GoAsync(bool start)
    {
        Failure = Check();
        if (Failure is not null) return;
        try
        {
            if (!await DeliverAsync()) return;
            _step = Step.Creating;
            if (!await TryAsync((client, ct) => _source == Source.Several ? CreateBatchAsync(client, ct) : CreateAsync(client, start, ct))) return;
        }
        finally
        {
            _step = Step.Filling;
        }
        Navigation.NavigateTo(_source == Source.Several ? $"dashboard/batch/progress?batch_id={_batch!.Id}" : $"dashboard/video/progress?job_id={_job!.Id}");
    }

    Task<bool> DeliverAsync() => _source switch
    {
        _ when _fileId is not null => Task.FromResult(true),
        Source.File => SendAsync(),
        Source.Address => FetchAsync(),
        Source.Several => SendSeveralAsync(),
        _ => Task.FromResult(true),
    };

    async Task<bool> SendAsync()
    {
        _progress = default;
        _step = Step.Sending;
        var outcome = await _drop!.SendAsync(Kind.FileType, Gone);
        if (outcome.Stopped) return false;
        if (outcome.FileId is { } file) _fileId = file;
        else if (outcome.Status == 401) await Api.LogInAgainAsync();
        else Failure = new(outcome.Sentence());
        return _fileId is not null;
    }

    /// <summary>Has the video fetched and shows how far it is. The import is the API's: it goes on while the page's connection is away.</summary>
    async Task<bool> FetchAsync()
    {
        _step = Step.Fetching;
        try
        {
            var request = new ImportRequest(_address.Trim(), Kind.FileType);
            if (!await TryAsync(async (client, ct) => _import = await client.BeginImportAsync(request, ct))) return false;
            while (_import is { IsOver: false } import)
            {
                StateHasChanged();
                await Task.Delay(Glance, Gone);
                // One that was cancelled meanwhile is not asked for any more.
                if (_import is not null && !await TryUntilReachedAsync((client, ct) => FollowAsync(client, import.Id, ct))) return false;
            }
            if (_import is { Status: ImportStatus.Failed }) Failure = new(_import.ErrorMessage!);
            _fileId = _import?.File?.FileId;
            return _fileId is not null;
        }
        finally
        {
            _import = null;
        }
    }

    async Task FollowAsync(OctaviaClient client, Guid id, CancellationToken ct)
    {
        try
        {
            _import = await client.FindImportAsync(id, ct);
        }
        catch (OctaviaApiException error) when (error.Status == HttpStatusCode.NotFound)
        {
            _import = null;
        }
    }

    async Task StopFetchingAsync()
    {
        if (_import is not { } import) return;
        // Where that fails it goes on, and is shown.
        if (await TryAsync((client, ct) => CancelAsync(client, import.Id, ct)) && _import?.Id == import.Id) _import = null;
    }

    static async Task CancelAsync(OctaviaClient client, Guid id, CancellationToken ct)
    {
        try
        {
            await client.CancelImportAsync(id, ct);
        }
        catch (OctaviaApiException error) when (error.Status == HttpStatusCode.NotFound)
        {
            // By an earlier click.
            return;
        }
    }

    static string Fetching(ImportResponse import) => import switch
    {
        { Status: ImportStatus.Queued } => "Waiting for its turn…",
        { BytesTotal: { } total } when import.BytesReceived >= total => "Looking into the video…",
        { BytesTotal: { } total } => $"Fetching… {Formats.Size(import.BytesReceived)} of {Formats.Size(total)}",
        _ => $"Fetching… {Formats.Size(import.BytesReceived)}",
    };

    Task StopAsync() => _source == Source.Several ? _several!.StopAsync() : _drop!.StopAsync();

    async Task CreateAsync(OctaviaClient client, bool start, CancellationToken ct)
    {
        var request = Options() with
        {
            FileId = _source == Source.Text ? null : _fileId,
            Text = _source == Source.Text ? _text : null,
        };
        // As text, since two lists of the same languages are not equal.
        var text = JsonSerializer.Serialize(request, OctaviaClient.Json);
        if (_job is null || text != _request)
        {
            // Sent again after an answer that was lost, it makes no second job.
            if (text != _request) (_request, _key) = (text, Guid.NewGuid().ToString());
            _job = await client.CreateAsync(Kind.Type, request, _key, ct);
        }
        if (start) await client.ProcessAsync(_job.Id, ct: ct);
    }

    /// <summary>What is to be done, whatever to.</summary>
    CreateJobRequest Options()
    {
        var request = new CreateJobRequest
        {
            SourceLanguage = _from,
            TargetLanguage = Kind.TargetLabel is null ? null : _to,
            Quality = _quality,
            ModelSize = _modelSize.Length == 0 ? null : _modelSize,
        };
        if (_options is not null) request = _options.Apply(request);
        return _wording is null ? request : _wording.Apply(request);
    }
}
