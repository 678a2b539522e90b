using System.CommandLine;
using System.Net;
using Octavia.Dubbing;
using Octavia.Jobs.Client;

namespace Octavia.Cli;

/// <summary><c>octavia demo</c>: one video through a running system, from the account to the saved result.</summary>
static class DemoCommand
{
    const string LocalPassword = "octavia demo";

    // With the pauses between them half a minute: as long as a restart of the API or of a proxy may take.
    const int StreamTries = 7;

    static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.5);

    static readonly Option<string?> Email = new("--email") { Description = "Account; made when there is none. Not needed with a key." };
    static readonly Option<string?> Password = new("--password") { Description = "Its password; else OCTAVIA_PASSWORD, else one for demonstrations on this machine alone." };
    static readonly Option<FileInfo?> Video = new("--video-path") { Description = "Video or audio file." };
    static readonly Option<Uri?> Address = new("--video-url") { Description = "In its place the address of a file, or of a page with one video; the system fetches it.", CustomParser = SystemClient.ParseAddress };
    static readonly Option<string> To = new("--to") { Description = "Language to speak: code; several with commas give one file with a sound track of each, the first as default.", Required = true };
    static readonly Option<string> From = new("--from") { Description = "Language spoken: code, or auto.", DefaultValueFactory = _ => "auto" };
    static readonly Option<Quality> QualityOption = new("--quality") { Description = "How much time quality may cost.", DefaultValueFactory = _ => Quality.Balanced };
    static readonly Option<DirectoryInfo> Out = new("--out") { Description = "Folder for the result.", DefaultValueFactory = _ => new DirectoryInfo(".") };
    static readonly Option<Uri> Web = new("--web") { Description = "Address of the web page.", DefaultValueFactory = result => SystemClient.Local(result, "web", 8080), CustomParser = SystemClient.ParseAddress };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("demo", "Dubs a video on the running system: ./octavia up starts it.")
        {
            Email, Password, SystemClient.Key, Video, Address, To, From, QualityOption, Out, SystemClient.Api, Web,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(Video) is null == result.GetResult(Address) is null) result.AddError("Name a video: either --video-path or --video-url.");
        });
        command.SetAction(RunAsync);
        return command;
    }

    static Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken) =>
        SystemClient.RunAsync(arguments, client => DubAsync(client, arguments, cancellationToken));

    static async Task<int> DubAsync(OctaviaClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var video = arguments.GetValue(Video);
        if (video is { Exists: false })
            throw new DubbingException(new Failure("input.missing", FailureKind.UnusableInput, $"There is no file {video.FullName}."));
        await LogInAsync(client, arguments, cancellationToken);

        var (file, name) = video is not null
            ? (await SendAsync(client, video, cancellationToken), video.Name)
            : await ImportAsync(client, arguments.GetValue(Address)!, cancellationToken);
        var to = arguments.GetValue(To)!.Split(',', StringSplitOptions.TrimEntries);
        var job = await client.CreateAsync(JobType.VideoTranslate, new CreateJobRequest
        {
            FileId = file,
            SourceLanguage = arguments.GetValue(From)!,
            TargetLanguage = to.Length == 1 ? to[0] : null,
            TargetLanguages = to.Length == 1 ? null : to,
            Quality = arguments.GetValue(QualityOption).ToString().ToLowerInvariant(),
        }, ct: cancellationToken);
        await client.ProcessAsync(job.Id, ct: cancellationToken);

        var page = new Uri(arguments.GetValue(Web)!, $"/dashboard/video/progress?job_id={job.Id}");
        Console.WriteLine($"Watch it at {page}");
        job = await FollowAsync(client, job, page, cancellationToken);
        if (job.Status != JobStatus.Completed)
        {
            var code = job.ErrorCode ?? "cancelled";
            throw new DubbingException(new Failure(code, SystemClient.KindOf(code, HttpStatusCode.OK), job.ErrorMessage ?? "The job was cancelled."));
        }
        Console.WriteLine(await SaveAsync(client, job, name, arguments.GetValue(Out)!, cancellationToken));
        return 0;
    }

    static async Task<Guid> SendAsync(OctaviaClient client, FileInfo video, CancellationToken cancellationToken)
    {
        Console.WriteLine($"Uploading {video.Name} ({video.Length / 1e6:0.0} MB)");
        await using var content = video.OpenRead();
        return await client.UploadResumablyAsync(content, video.Name, ct: cancellationToken);
    }

    /// <summary>Has the system fetch a video, and says how far it is.</summary>
    static async Task<(Guid File, string Name)> ImportAsync(OctaviaClient client, Uri address, CancellationToken cancellationToken)
    {
        var import = await client.BeginImportAsync(new ImportRequest(address.AbsoluteUri), cancellationToken);
        Console.WriteLine($"Fetching {address}");
        var shown = 0L;
        try
        {
            while (!import.IsOver)
            {
                await Task.Delay(FirstPause, cancellationToken);
                import = await client.FindImportAsync(import.Id, cancellationToken);
                if (import.BytesReceived < shown + 10_000_000) continue;
                shown = import.BytesReceived;
                Console.WriteLine($"{import.BytesReceived / 1e6:0.0}{(import.BytesTotal is { } total ? $" of {total / 1e6:0.0}" : "")} MB");
            }
        }
        catch (OperationCanceledException)
        {
            await client.CancelImportAsync(import.Id, CancellationToken.None);
            throw;
        }
        if (import.File is { } file) return (file.FileId, file.Filename);
        var code = import.ErrorCode ?? "import.failed";
        throw new DubbingException(new Failure(code, FailureKind.UnusableInput, import.ErrorMessage ?? "The import failed; try again."));
    }

    static async Task LogInAsync(OctaviaClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        if (client.AccessToken is not null) return;
        var email = arguments.GetValue(Email)
            ?? throw new DubbingException(new Failure("account.missing", FailureKind.Usage, "Name an account with --email, or a key with --key or OCTAVIA_API_KEY."));
        var password = arguments.GetValue(Password) ?? Environment.GetEnvironmentVariable("OCTAVIA_PASSWORD");
        if (password is null && !arguments.GetValue(SystemClient.Api)!.IsLoopback)
            throw new DubbingException(new Failure("account.password_missing", FailureKind.Usage, "Name the password with --password or OCTAVIA_PASSWORD: this system is not on this machine."));
        try
        {
            client.Use(await client.RegisterAsync(email, password ?? LocalPassword, cancellationToken));
            Console.WriteLine($"Made the account {email}");
        }
        catch (OctaviaApiException e) when (e.Status == HttpStatusCode.Conflict)
        {
            client.Use(await client.LoginAsync(email, password ?? LocalPassword, cancellationToken));
        }
    }

    /// <summary>Follows the job to its end, and comes back to it when the stream breaks: a proxy closed it, or the API was started again.</summary>
    static async Task<JobResponse> FollowAsync(OctaviaClient client, JobResponse job, Uri page, CancellationToken cancellationToken)
    {
        var shown = -5.0;
        for (var tries = 1; !job.IsOver; tries++)
        {
            try
            {
                await foreach (var now in client.FollowAsync(job.Id, cancellationToken))
                {
                    tries = 0;
                    if (now.ProgressPercentage >= shown + 5 || now.Phase != job.Phase)
                    {
                        shown = now.ProgressPercentage;
                        Console.WriteLine($"{now.ProgressPercentage,3:0} % {now.Phase?.ToString().ToLowerInvariant() ?? now.Status.ToString().ToLowerInvariant()} {now.CurrentStep}");
                    }
                    job = now;
                }
            }
            catch (Exception e) when (IsPassing(e))
            {
                // The job goes on without its listener.
            }
            if (job.IsOver) break;
            // Also a stream that ends at once, again and again, is none.
            if (tries == StreamTries)
                throw new DubbingException(new Failure("server.lost", FailureKind.MissingTool, $"Octavia no longer answers, but the job goes on: watch it at {page} when it is back."));
            await Task.Delay(FirstPause * (1 << Math.Max(0, tries - 1)), cancellationToken);
        }
        return job;
    }

    static bool IsPassing(Exception e) =>
        e is HttpRequestException or IOException or OctaviaApiException { Status: >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests };

    static async Task<string> SaveAsync(OctaviaClient client, JobResponse job, string video, DirectoryInfo folder, CancellationToken cancellationToken)
    {
        folder.Create();
        using var response = await client.DownloadAsync(job.Id, ct: cancellationToken);
        var name = $"{Path.GetFileNameWithoutExtension(video)}.{string.Join('-', job.TargetLanguages)}{Path.GetExtension(job.OutputFile ?? video)}";
        // Without the folders that a server may put into its answer.
        var path = Path.Combine(folder.FullName, Path.GetFileName(name));
        var partial = path + ".partial";
        try
        {
            await using (var file = File.Create(partial))
            {
                // Not HttpContent's own copying, which calls a full disk an error of the request.
                await using var content = await response.Content.ReadAsStreamAsync(cancellationToken);
                await content.CopyToAsync(file, cancellationToken);
            }
            File.Move(partial, path, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
        return path;
    }
}
