using Microsoft.AspNetCore.Http;
using Octavia.Dubbing;
using Octavia.Dubbing.LipSync;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Recognition;
using Octavia.Dubbing.Scripts;
using Octavia.UnitTests.Media;
using Octavia.UnitTests.Pipeline;
using Xunit;

namespace Octavia.UnitTests.LipSync;

public class LipSyncTests(TestMedia media) : IAsyncLifetime
{
    static readonly string Example = TestFiles.At("examples/lip-sync.sh");
    readonly string _folder = media.At($"lips-{Guid.NewGuid():N}");
    List<Utterance> _lines = [];
    int _calls;

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Two lines of a second each, at 1 s and at 5 s.</summary>
    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "takes"));
        await TestMedia.MakeAsync(["-f", "lavfi", "-i", "sine=f=300:r=24000:d=1", Path.Combine(_folder, "takes", "take.wav")]);
        _lines = [Line(1, 1), Line(2, 5)];
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public void Spans_hold_what_is_spoken_and_are_joined_where_they_are_near()
    {
        Assert.Equal([(0.8, 2.2), (4.8, 6.2)], Spans(LipSyncSpans.Of(_lines, 8)));
        Assert.Equal([(0.8, 4.2)], Spans(LipSyncSpans.Of([Line(1, 1), Line(2, 3)], 8)));
        Assert.Equal([(0, 0.9)], Spans(LipSyncSpans.Of([Line(1, 0)], 0.9)));
        // Nobody waits for a span as long as a film.
        Assert.All(LipSyncSpans.Of(Enumerable.Range(0, 200).Select(i => Line(i + 1, i)), 300), span => Assert.InRange(span.Length, 0.1, 60));
    }

    [Fact]
    public void The_speech_of_a_span_is_the_new_voice_at_its_place()
    {
        var speech = LipSyncSpans.Speech(_lines, new Stretch(4.8, 6.2), _folder);
        Assert.Equal(1.4, speech.Length / (double)LipSyncSpans.Rate, 3);
        Assert.All(speech[..(int)(0.19 * LipSyncSpans.Rate)], sample => Assert.Equal(0, sample));
        Assert.InRange(Sound.Level(speech.AsSpan((int)(0.25 * LipSyncSpans.Rate), LipSyncSpans.Rate / 2)), 0.05, 1);
    }

    [Fact]
    public async Task The_example_changes_the_picture_where_somebody_speaks_and_nowhere_else()
    {
        var made = await RunAsync(Program(Example));
        Assert.Matches("lip-sync.sh: 2 of 2 spans, 0 without a face, 0 failed.*encoded again", made.Note);
        var changes = await ChangesAsync(made.Picture!.Path);
        Assert.All(changes.Where(change => change.Time is (> 1.1 and < 1.9) or (> 5.1 and < 5.9)), change => Assert.True(change.Ssim < 0.97, $"{change}"));
        Assert.All(changes.Where(change => change.Time is < 0.7 or (> 2.3 and < 4.7) or > 6.3), change => Assert.True(change.Ssim > 0.97, $"{change}"));
        Assert.Equal(200, changes.Count);
    }

    [Fact]
    public async Task A_picture_that_begins_after_its_sound_still_does_with_new_lips()
    {
        var late = Path.Combine(_folder, "late.mp4");
        await TestMedia.MakeAsync(["-itsoffset", "1.52", "-i", media.Clip, "-i", media.Clip, "-map", "0:v", "-map", "1:a", "-map_chapters", "-1", "-c", "copy", late]);
        var info = await MediaProbe.ProbeAsync(late, Cancellation);
        var made = await new LipSyncStage(Program(Example), _folder).RunAsync(info, [Line(1, 3), Line(2, 6)], _ => { }, Cancellation);
        Assert.Contains("2 of 2 spans", made.Note, StringComparison.Ordinal);
        Assert.Equal(1.52, made.Picture!.StartSeconds, 0.01);
        var output = Path.Combine(_folder, "late-dub.mp4");
        var silent = new Dub("es", async (stream, _, token) =>
        {
            await stream.WriteAsync(new byte[8 * 8 * MediaDecoder.MixRate], token);
            return -90;
        });
        await MediaMuxer.WriteAsync(info, Container.ForEncoded(info), new Tracks([silent], "en", []) { Picture = made.Picture }, output, Cancellation);
        // The first frames of the original, and those under which somebody speaks, are where they were.
        Assert.Equal(await FirstFrameAsync(late), await FirstFrameAsync(output), 0.01);
        var log = Path.Combine(_folder, "late-ssim.txt");
        await TestMedia.MakeAsync(["-i", output, "-i", late, "-lavfi", $"[0:v]fps=25[a];[1:v]fps=25[b];[a][b]ssim=stats_file={log}", "-f", "null", "-"]);
        var alike = (await File.ReadAllLinesAsync(log)).Select(line => double.Parse(line.Split("All:")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.All(alike.Take(25), ssim => Assert.InRange(ssim, 0.97, 1));
    }

    static async Task<double> FirstFrameAsync(string path)
    {
        var run = await ChildProcess.RunAsync("ffprobe", ["-v", "error", "-select_streams", "v:0", "-show_entries", "stream=start_time", "-of", "csv=p=0", path]);
        return double.Parse(run.Output.Trim(), System.Globalization.CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData("echo broken glass >&2; exit 1", "2 failed.*ended with 1 \\(broken glass\\)")]
    [InlineData("exit 3", "0 of 2 spans, 2 without a face, 0 failed")]
    [InlineData("true", "2 failed.*left no picture")]
    [InlineData("echo no picture > $2", "2 failed.*is no picture")]
    [InlineData("ffmpeg -v error -i $0 -vf scale=64:64 $2", "2 failed.*made 64x64 of 192x108")]
    [InlineData("ffmpeg -v error -i $0 -t 0.5 $2", "2 failed.*made 0[.]5\\d s of 1[.]4\\d s")]
    [InlineData("sleep 60", "2 failed.*longer than 1 s")]
    public async Task What_goes_wrong_leaves_the_picture_as_it_is_and_is_told(string script, string note)
    {
        var made = await RunAsync(new LipSyncProgram(new LipSyncOptions
        {
            Command = "bash",
            Arguments = ["-c", script, "{picture}", "{speech}", "{output}"],
            Timeout = TimeSpan.FromSeconds(script.StartsWith("sleep", StringComparison.Ordinal) ? 1 : 60),
        }));
        Assert.Null(made.Picture);
        Assert.True(System.Text.RegularExpressions.Regex.IsMatch(made.Note, note), made.Note);
    }

    [Fact]
    public async Task A_service_gets_both_files_and_one_bad_answer_costs_one_span()
    {
        var (names, token) = (new List<string>(), "");
        await using var service = await HttpStandIn.StartAsync(async context =>
        {
            var form = await context.Request.ReadFormAsync();
            names = [.. form.Files.Select(file => $"{file.Name} {file.ContentType}")];
            token = context.Request.Headers.Authorization;
            if (form.Files["picture"]!.Length == 0 || form.Files["speech"]!.Length < 40_000)
                context.Response.StatusCode = StatusCodes.Status400BadRequest;
            else if (Interlocked.Increment(ref _calls) == 1)
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            else
                await form.Files["picture"]!.CopyToAsync(context.Response.Body);
        });
        using var lips = new LipSyncService(new LipSyncOptions { Endpoint = service.Address, ApiKey = "secret-token" });
        var made = await RunAsync(lips);
        Assert.NotNull(made.Picture);
        Assert.Matches("127.0.0.1: 1 of 2 spans, 0 without a face, 1 failed. .*answered 500", made.Note);
        Assert.Equal(["picture video/mp4", "speech audio/wav"], names);
        Assert.Equal("Bearer secret-token", token);
    }

    [Theory]
    [InlineData("nobody", "is not reached, or broke off")]
    [InlineData("cut", "is not reached, or broke off")]
    [InlineData("slow", "gave no answer within 1 s")]
    [InlineData("none", "2 without a face")]
    public async Task A_service_that_fails_ends_nothing(string kind, string note)
    {
        await using var service = await HttpStandIn.StartAsync(async context =>
        {
            if (kind == "none") context.Response.StatusCode = StatusCodes.Status204NoContent;
            else if (kind == "slow") await Task.Delay(TimeSpan.FromSeconds(30), context.RequestAborted);
            else if (kind == "cut")
            {
                context.Response.ContentLength = 100_000;
                await context.Response.Body.WriteAsync(new byte[1000]);
                await context.Response.Body.FlushAsync();
                context.Abort();
            }
        });
        var address = kind == "nobody" ? new Uri("http://127.0.0.1:1/") : service.Address;
        using var lips = new LipSyncService(new LipSyncOptions { Endpoint = address, Timeout = TimeSpan.FromSeconds(kind == "slow" ? 1 : 60) });
        var made = await RunAsync(lips);
        Assert.Null(made.Picture);
        Assert.Contains(note, made.Note);
    }

    [Fact]
    public async Task A_whole_dub_at_the_best_quality_has_its_lips_moved()
    {
        await using var dubber = new Dubber(new EngineOptions
        {
            Models = new ModelStoreOptions { Offline = true, Cache = media.At("no-models") },
            LipSync = new LipSyncOptions { Command = Example, Arguments = ["{picture}", "{speech}", "{output}"] },
        });
        var result = await dubber.RunAsync(
            new DubbingRequest
            {
                Input = media.At("clip.webm"),
                OutputFolder = Path.Combine(_folder, "out"),
                WorkFolder = Path.Combine(_folder, "work"),
                SourceLanguage = "en",
                TargetLanguages = ["es"],
                Translation = "apertium",
                Quality = Quality.Best,
            },
            null, Cancellation);
        Assert.Contains(result.Report.Notes, text => text.StartsWith("Lip-sync by lip-sync.sh: ", StringComparison.Ordinal) && text.Contains("0 failed"));
        Assert.Null(result.Report.Picture);
        Assert.True(result.Report.StageSeconds["lip-sync"] > 0);
        Assert.Contains(result.Report.Quote!.Quoted.Parts, part => (part.Part, part.Engine) == ("lip-sync", "lip-sync.sh"));
        var made = await MediaProbe.ProbeAsync(result.Main.Path, Cancellation);
        Assert.Equal(("h264", 192, 108, 2), (made.Video!.Codec, made.Video.Width, made.Video.Height, made.Audio.Count));
        Assert.Equal(8, made.DurationSeconds, 0.3);
    }

    static LipSyncProgram Program(string path) => new(new LipSyncOptions { Command = path, Arguments = ["{picture}", "{speech}", "{output}"] });

    async Task<LipSynced> RunAsync(ILipSync lips) =>
        await new LipSyncStage(lips, _folder).RunAsync(await MediaProbe.ProbeAsync(media.Clip, Cancellation), _lines, _ => { }, Cancellation);

    static IEnumerable<(double Start, double End)> Spans(IEnumerable<Stretch> spans) => spans.Select(span => (Math.Round(span.Start, 3), Math.Round(span.End, 3)));

    /// <summary>How like the original each frame is.</summary>
    async Task<List<(double Time, double Ssim)>> ChangesAsync(string picture)
    {
        var log = Path.Combine(_folder, "ssim.txt");
        await TestMedia.MakeAsync(["-i", picture, "-i", media.Clip, "-lavfi", $"[0:v][1:v]ssim=stats_file={log}", "-f", "null", "-"]);
        return [.. (await File.ReadAllLinesAsync(log)).Select((line, i) => (i / 25.0, double.Parse(line.Split("All:")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)))];
    }

    static Utterance Line(int id, double start) => new()
    {
        Id = id,
        Start = start,
        End = start + 1,
        Text = "x",
        Speaker = "S1",
        Take = new Take("takes/take.wav", "", "voice", 1, 1, 1, 1, ""),
        Placement = new Placement(start, start + 1, 0),
    };
}
