using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Octavia.Dubbing.Media;
using Octavia.Jobs.Client;
using Octavia.UnitTests.Media;
using Xunit;
using static Octavia.UnitTests.Cli.CliProcess;

namespace Octavia.UnitTests.Cli;

/// <summary>A stream of events that breaks, as it does when a proxy or the API is started again.</summary>
public class DemoCommandTests(TestMedia media)
{
    static readonly JobResponse Job = new()
    {
        Id = Guid.NewGuid(),
        JobType = JobType.VideoTranslate,
        Status = JobStatus.Processing,
        ProgressPercentage = 10,
        SourceLanguage = "en",
        TargetLanguage = "es",
        Attempt = 1,
        CreatedAt = DateTimeOffset.UnixEpoch,
    };

    [Fact]
    public async Task The_demo_comes_back_to_its_job_when_the_stream_breaks()
    {
        var streams = 0;
        await using var api = await StartAsync(async context =>
        {
            switch (++streams)
            {
                case 1:
                    await SendAsync(context, Job);
                    context.Abort();
                    break;
                case 2:
                    context.Abort();
                    break;
                case 3:
                    context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                    break;
                case 4:
                    await SendAsync(context, Job with { ProgressPercentage = 50 });
                    break;
                default:
                    await SendAsync(context, Job with { Status = JobStatus.Completed, ProgressPercentage = 100, OutputFile = "jobs/film.mp4" });
                    break;
            }
        });
        var folder = Folder();
        var run = await DemoAsync(api, folder);
        Assert.Equal((0, "", 5), (run.ExitCode, run.Error, streams));
        Assert.Equal("the dubbed film", await File.ReadAllTextAsync(Path.Combine(folder, "mute.es.mp4"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_upload_that_breaks_goes_on_from_what_has_arrived()
    {
        var (arrived, tries) = (0L, 0);
        var film = await File.ReadAllBytesAsync(media.At("mute.mp4"), TestContext.Current.CancellationToken);
        await using var api = await StartAsync(
            context => SendAsync(context, Job with { Status = JobStatus.Completed, ProgressPercentage = 100, OutputFile = "jobs/film.mp4" }),
            context => context.Response.WriteAsync("the dubbed film"),
            async context =>
            {
                switch (context.Request.Method == "PATCH" ? ++tries : 0)
                {
                    case 1:
                        await context.Request.Body.ReadExactlyAsync(new byte[1000]);
                        arrived = 1000;
                        context.Abort();
                        break;
                    case 2:
                        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                        break;
                    case 3:
                        using (var rest = new MemoryStream())
                        {
                            await context.Request.Body.CopyToAsync(rest);
                            Assert.Equal(film[int.Parse(context.Request.Headers["Upload-Offset"]!)..], rest.ToArray());
                        }
                        await AnswerUploadAsync(context, film.Length);
                        break;
                    default:
                        await AnswerUploadAsync(context, arrived);
                        break;
                }
            });
        var run = await DemoAsync(api, Folder());
        Assert.Equal((0, "", 3), (run.ExitCode, run.Error, tries));
    }

    [Fact]
    public async Task The_demo_does_not_come_back_to_a_job_that_is_gone()
    {
        var streams = 0;
        await using var api = await StartAsync(async context =>
        {
            if (++streams == 1) await SendAsync(context, Job);
            else await Results.Problem("There is no such job.", statusCode: 404, extensions: new Dictionary<string, object?> { ["code"] = "job.not_found" }).ExecuteAsync(context);
        });
        var folder = Folder();
        var run = await DemoAsync(api, folder);
        Assert.Equal((2, "octavia: There is no such job.", 2), (run.ExitCode, run.Error, streams));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [Fact]
    public async Task A_result_that_breaks_off_is_not_kept_and_replaces_nothing()
    {
        await using var api = await StartAsync(
            context => SendAsync(context, Job with { Status = JobStatus.Completed, ProgressPercentage = 100, OutputFile = "jobs/film.mp4" }),
            async context =>
            {
                context.Response.ContentLength = 1_000_000;
                await context.Response.WriteAsync("the dub");
                await context.Response.Body.FlushAsync();
                context.Abort();
            });
        var folder = Folder();
        var earlier = Path.Combine(folder, "mute.es.mp4");
        await File.WriteAllTextAsync(earlier, "an earlier result", TestContext.Current.CancellationToken);
        var run = await DemoAsync(api, folder);
        Assert.Equal(4, run.ExitCode);
        Assert.StartsWith("octavia: ", run.Error, StringComparison.Ordinal);
        Assert.Equal([earlier], Directory.EnumerateFileSystemEntries(folder));
        Assert.Equal("an earlier result", await File.ReadAllTextAsync(earlier, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_demo_gives_up_when_the_stream_does_not_come_back()
    {
        var streams = 0;
        await using var api = await StartAsync(async context =>
        {
            streams++;
            if (streams == 1) await SendAsync(context, Job);
            // A stream without events is as good as none.
            else if (streams % 2 == 1) context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        });
        var run = await DemoAsync(api, Folder());
        Assert.Equal((4, 8), (run.ExitCode, streams));
        Assert.Equal($"octavia: Octavia no longer answers, but the job goes on: watch it at http://localhost:8080/dashboard/video/progress?job_id={Job.Id} when it is back.", run.Error);
    }

    [Fact]
    public async Task Without_an_account_and_without_a_key_it_says_what_to_name()
    {
        await using var api = await StartAsync(context => SendAsync(context, Job));
        var run = await RunAsync("demo", "--video-path", media.At("mute.mp4"), "--to", "es", "--api", api.Address.ToString());
        Assert.Equal((2, "octavia: Name an account with --email, or a key with --key or OCTAVIA_API_KEY."), (run.ExitCode, run.Error));
    }

    [Theory]
    [InlineData("--api", "localhost:8081")]
    [InlineData("--web", "nowhere")]
    public async Task What_is_no_address_is_told(string option, string address)
    {
        var run = await RunAsync("demo", "--email", "a@example.org", "--video-path", media.At("mute.mp4"), "--to", "es", option, address);
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"'{address}' is no address", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Ports__api")]
    [InlineData("Ports__web")]
    public async Task What_is_no_port_is_told(string name)
    {
        var run = await RunInAsync([$"{name}=eight"], "demo", "--email", "a@example.org", "--video-path", media.At("mute.mp4"), "--to", "es");
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"{name} is 'eight': set it to a number from 1 to 65535.", run.Error, StringComparison.Ordinal);
    }

    Task<ChildResult> DemoAsync(HttpStandIn api, string folder) => RunAsync(
        "demo", "--email", "a@example.org", "--video-path", media.At("mute.mp4"), "--to", "es", "--out", folder, "--api", api.Address.ToString());

    static Task<HttpStandIn> StartAsync(Func<HttpContext, Task> stream) => StartAsync(stream, context => context.Response.WriteAsync("the dubbed film"));

    static Task<HttpStandIn> StartAsync(Func<HttpContext, Task> stream, Func<HttpContext, Task> download, Func<HttpContext, Task>? upload = null) => HttpStandIn.StartAsync(async context =>
    {
        var path = context.Request.Path.Value!;
        if (upload is not null && path.StartsWith("/api/v1/upload/tus", StringComparison.Ordinal))
        {
            await upload(context);
            return;
        }
        await context.Request.Body.CopyToAsync(Stream.Null);
        if (path.StartsWith("/api/v1/upload/tus", StringComparison.Ordinal)) await AnswerUploadAsync(context, 0);
        else if (path.EndsWith("/stream", StringComparison.Ordinal)) await stream(context);
        else if (path.Contains("/download/", StringComparison.Ordinal)) await download(context);
        else await context.Response.WriteAsJsonAsync(Answer(path), OctaviaClient.Json);
    });

    static object Answer(string path) => path switch
    {
        "/api/v1/auth/register" => new TokenResponse("token", "Bearer", 1800, "refresh", 3600, Guid.NewGuid(), "a@example.org"),
        _ => Job,
    };

    static Task AnswerUploadAsync(HttpContext context, long offset)
    {
        context.Response.StatusCode = context.Request.Method == "POST" ? StatusCodes.Status201Created : StatusCodes.Status204NoContent;
        context.Response.Headers.Location = "/api/v1/upload/tus/1";
        context.Response.Headers["Upload-Offset"] = $"{offset}";
        if (context.Request.Method == "PATCH") context.Response.Headers[OctaviaClient.FileId] = $"{Guid.NewGuid()}";
        return Task.CompletedTask;
    }

    static async Task SendAsync(HttpContext context, JobResponse job)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync($"data: {JsonSerializer.Serialize(job, OctaviaClient.Json)}\n\n");
        await context.Response.Body.FlushAsync();
    }

    string Folder() => Directory.CreateDirectory(media.At($"demo-{Guid.NewGuid():N}")).FullName;
}
