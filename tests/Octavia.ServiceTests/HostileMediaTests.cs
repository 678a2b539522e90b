using System.Collections.Concurrent;
using System.Net;
using Octavia.Jobs.Client;
using Octavia.Tests.Running;
using Xunit;

namespace Octavia.ServiceTests;

/// <summary>What strangers send: the answer is a file that was stored or a refusal that says what to do, and the API lives on.</summary>
public class HostileMediaTests(ServiceSystem system)
{
    const int UploadsPerUser = 25;
    const long MostMemoryOfProbe = 2L << 30;

    static readonly HashSet<string> Refusals = ["input.not_media", "input.damaged", "input.no_audio", "input.too_long", "input.too_complex", "input.empty"];

    [Fact]
    public async Task Files_that_are_cut_off_at_any_point_are_answered() => await AnsweredAsync(await HostileMedia.CutAsync(points: 6));

    [Fact]
    public async Task Files_with_flipped_bits_are_answered() => await AnsweredAsync(await HostileMedia.FlippedAsync(seed: 1, count: 36));

    [Fact]
    public async Task Files_that_are_not_what_their_name_says_are_answered()
    {
        var answers = await AnsweredAsync(await HostileMedia.DisguisedAsync());
        Assert.All(["mp4: a zip", "mp4: a zip bomb", "mp4: a picture"], name => Assert.Equal("input.not_media", answers[name]));
        Assert.All(["mkv: sound named film", "mp3: a film named sound"], name => Assert.Null(answers[name]));
    }

    [Fact]
    public async Task Files_that_promise_what_nobody_can_hold_are_answered()
    {
        var before = await system.PeakMemoryOfApiAsync();
        await AnsweredAsync(await HostileMedia.ExtremeAsync());
        Assert.InRange(await system.PeakMemoryOfApiAsync() - before, 0, 300L << 20);
    }

    [Fact]
    public async Task Lists_open_no_other_file_and_call_nobody()
    {
        using var ear = new Ear();
        var secret = Path.Combine(TempFolders.Create("secret"), "secret.mp4");
        File.Copy(await Media.VideoAsync(), secret);
        var answers = await AnsweredAsync(HostileMedia.Lists(secret, ear.Address));
        Assert.All(answers.Values, code => Assert.Equal("input.not_media", code));
        Assert.Equal(0, ear.Calls);
        // An ear that hears.
        using var http = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri(ear.Address)));
        Assert.InRange(ear.Calls, 1, int.MaxValue);
    }

    [Fact]
    public async Task A_file_that_asks_for_all_memory_gets_little_of_it()
    {
        using var over = new CancellationTokenSource();
        var watch = WatchProbesAsync(over.Token);
        await AnsweredAsync([await HostileMedia.LargePicturesAsync()]);
        await over.CancelAsync();
        var most = await watch;
        Assert.True(most is > 0 and < MostMemoryOfProbe + (256L << 20), $"ffprobe held {most >> 20} MB.");
    }

    [Fact]
    public async Task Odd_files_are_answered()
    {
        var folder = Path.Combine(Hosting.Repository.File(".."), "shared", "media", "odd");
        Assert.SkipUnless(Directory.Exists(folder), "../shared/media/odd is not here");
        // The large ones are large for no reason that matters here.
        await AnsweredAsync([.. Directory.EnumerateFiles(folder).Where(x => new FileInfo(x).Length < 2 << 20).Select(x => new HostileFile(Path.GetFileName(x), x))]);
    }

    /// <summary>Uploads all, two at a time; each is stored or refused for a reason that is known, and afterwards the API is well.</summary>
    /// <returns>The code of the refusal by name; null for what was stored.</returns>
    async Task<IReadOnlyDictionary<string, string?>> AnsweredAsync(IReadOnlyList<HostileFile> files)
    {
        var answers = new ConcurrentDictionary<string, string?>();
        foreach (var some in files.Chunk(UploadsPerUser))
        {
            var user = await system.CreateUserAsync();
            await Parallel.ForEachAsync(some, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (file, ct) => answers[file.Name] = await AnswerAsync(user, file, ct));
        }
        Assert.DoesNotContain(answers, x => x.Value is { } code && !Refusals.Contains(code));
        using var http = system.Http();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("health")).StatusCode);
        return answers;
    }

    static async Task<string?> AnswerAsync(OctaviaClient user, HostileFile file, CancellationToken ct)
    {
        await using var content = File.OpenRead(file.Path);
        try
        {
            await user.UploadAsync(content, Path.GetFileName(file.Path), ct: ct);
            return null;
        }
        catch (OctaviaApiException refusal)
        {
            Assert.Matches(@"^[A-Z].{15,}[.]$", refusal.Message);
            return refusal.Code;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return $"{e.GetType().Name} instead of an answer";
        }
    }

    /// <summary>Most bytes that one of the ffprobes of this machine held in memory.</summary>
    static async Task<long> WatchProbesAsync(CancellationToken ct)
    {
        var most = 0L;
        while (!ct.IsCancellationRequested)
        {
            foreach (var process in System.Diagnostics.Process.GetProcessesByName("ffprobe"))
                using (process) most = Math.Max(most, process.WorkingSet64);
            await Task.Delay(10, CancellationToken.None);
        }
        return most;
    }
}
