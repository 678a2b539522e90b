using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Octavia.Dubbing;
using Octavia.Dubbing.Models;
using Xunit;

namespace Octavia.UnitTests.Models;

public sealed class ModelStoreTests : IDisposable
{
    const string Name = "opus-mt-en-es";
    const string Large = "onnx/encoder_model_quantized.onnx";

    readonly string folder = Directory.CreateTempSubdirectory("octavia-test-").FullName;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    string Cache => Path.Combine(folder, "cache");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Finds_every_embedded_model_whole()
    {
        var store = Store();
        foreach (var name in new[] { "whisper-base", "kokoro", "silero-vad", "speaker-encoder" })
            Assert.Equal(TestFiles.At("models/" + name), await store.GetAsync(name, Cancel));
    }

    [Fact]
    public async Task Takes_the_configured_folder_first()
    {
        Copy("silero-vad");
        Assert.Equal(Path.Combine(folder, "own", "silero-vad"), await Store(configured: "own").GetAsync("silero-vad", Cancel));
    }

    [Fact]
    public async Task Refuses_a_damaged_file_and_names_it()
    {
        var path = Path.Combine(Copy("silero-vad"), "silero_vad_16k.onnx");
        Flip(path);
        var failure = await FailureOf(Store(configured: "own").GetAsync("silero-vad", Cancel));
        Assert.Equal("model.damaged", failure.Code);
        Assert.Contains(path, failure.Message);
    }

    [Fact]
    public async Task Notices_a_file_that_is_damaged_after_it_was_checked()
    {
        var path = Path.Combine(Copy("silero-vad"), "silero_vad_16k.onnx");
        await Store(configured: "own").GetAsync("silero-vad", Cancel);
        Flip(path);
        Assert.Equal("model.damaged", (await FailureOf(Store(configured: "own").GetAsync("silero-vad", Cancel))).Code);
    }

    [Fact]
    public async Task Does_not_read_again_what_it_has_checked()
    {
        var path = Path.Combine(Copy("silero-vad"), "silero_vad_16k.onnx");
        var changed = File.GetLastWriteTimeUtc(path);
        await Store(configured: "own").GetAsync("silero-vad", Cancel);
        Flip(path);
        File.SetLastWriteTimeUtc(path, changed);
        // Size and time are as before, so only reading it could tell.
        Assert.EndsWith("silero-vad", await Store(configured: "own").GetAsync("silero-vad", Cancel));
    }

    [Fact]
    public async Task Says_which_file_goes_where_when_it_may_not_download()
    {
        var store = new ModelStore(new ModelStoreOptions { Embedded = Path.Combine(folder, "none"), Cache = Cache, Offline = true });
        var failure = await FailureOf(store.GetAsync("separator", Cancel));
        Assert.Equal("model.missing", failure.Code);
        Assert.Equal(FailureKind.MissingTool, failure.Kind);
        Assert.Contains("enc.onnx, erb_dec.onnx, df_dec.onnx", failure.Message);
        Assert.Contains(Path.Combine(Cache, "separator"), failure.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("../kokoro")]
    [InlineData("opus-mt-../../x-y")]
    [InlineData("nothing")]
    public async Task Refuses_names_that_it_does_not_know(string name) =>
        Assert.Equal("model.unknown", (await FailureOf(Store().GetAsync(name, Cancel))).Code);

    [Fact]
    public async Task Downloads_a_model_once_and_tells_how_far_it_is()
    {
        await using var hub = await HubAsync();
        var reports = new ConcurrentQueue<ModelProgress>();
        var path = await Store(hub).GetAsync(Name, new Reports(reports.Enqueue), Cancel);

        Assert.Equal(Path.Combine(Cache, Name), path);
        Assert.Equal(Contents()[Large], await File.ReadAllBytesAsync(Path.Combine(path, Large), Cancel));
        var received = reports.Select(report => report.Received).ToList();
        Assert.Equal(received.Order(), received);
        Assert.Equal(Contents().Values.Sum(content => (long)content.Length), received[^1]);
        Assert.Equal(received[^1], reports.Last().Total);

        var before = hub.Requests.Count;
        Assert.Equal(path, await Store(hub).GetAsync(Name, Cancel));
        Assert.Equal(before, hub.Requests.Count);
        Assert.Equal([Name], Store(hub).Cached());
        Assert.True(Store(hub).Remove(Name));
        Assert.Null(Store(hub).Find(Name));
    }

    [Fact]
    public async Task Goes_on_where_the_connection_broke()
    {
        await using var hub = await HubAsync();
        var broken = 0;
        hub.Disturb = async (context, content) =>
        {
            if (!context.Request.Path.Value!.EndsWith(Large) || Interlocked.Increment(ref broken) > 1) return false;
            context.Response.ContentLength = content.Length;
            await context.Response.Body.WriteAsync(content.AsMemory(0, content.Length / 2));
            await context.Response.Body.FlushAsync();
            context.Abort();
            return true;
        };
        var path = await Store(hub).GetAsync(Name, Cancel);
        Assert.Equal(Contents()[Large], await File.ReadAllBytesAsync(Path.Combine(path, Large), Cancel));
        Assert.Contains(hub.FileRequests, request => request.Path.EndsWith(Large) && request.Range is { } range && range != "bytes=0-");
    }

    [Fact]
    public async Task Goes_on_where_an_earlier_process_stopped_even_when_the_server_sends_all()
    {
        await using var hub = await HubAsync();
        hub.Disturb = async (context, content) =>
        {
            await context.Response.Body.WriteAsync(content);
            return true;
        };
        var partial = Path.Combine(Cache, ".partial", Name, Large);
        Directory.CreateDirectory(Path.GetDirectoryName(partial)!);
        await File.WriteAllBytesAsync(partial, Contents()[Large][..1000], Cancel);
        var path = await Store(hub).GetAsync(Name, Cancel);
        Assert.Equal(Contents()[Large], await File.ReadAllBytesAsync(Path.Combine(path, Large), Cancel));
        Assert.Contains(hub.FileRequests, request => request.Range == "bytes=1000-");
    }

    [Fact]
    public async Task Throws_away_what_has_the_wrong_hash()
    {
        await using var hub = await HubAsync();
        hub.Disturb = async (context, content) =>
        {
            await context.Response.Body.WriteAsync(new byte[content.Length]);
            return true;
        };
        Assert.Equal("model.damaged", (await FailureOf(Store(hub).GetAsync(Name, Cancel))).Code);
        Assert.Null(Store(hub).Find(Name));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(Cache, ".partial", Name), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Tries_again_after_a_server_error()
    {
        await using var hub = await HubAsync();
        var failed = 0;
        hub.Disturb = (context, _) =>
        {
            if (Interlocked.Increment(ref failed) > 2) return Task.FromResult(false);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.FromResult(true);
        };
        Assert.NotNull(await Store(hub).GetAsync(Name, Cancel));
    }

    [Fact]
    public async Task Downloads_once_for_two_that_want_it_at_the_same_time()
    {
        await using var hub = await HubAsync();
        var paths = await Task.WhenAll(Store(hub).GetAsync(Name, Cancel), Store(hub).GetAsync(Name, Cancel));
        Assert.Equal(paths[0], paths[1]);
        Assert.Equal(Contents().Count, hub.FileRequests.Count);
    }

    [Fact]
    public async Task Fetches_again_what_was_damaged_in_the_cache()
    {
        await using var hub = await HubAsync();
        var path = Path.Combine(await Store(hub).GetAsync(Name, Cancel), Large);
        Flip(path);
        await Store(hub).GetAsync(Name, Cancel);
        Assert.Equal(Contents()[Large], await File.ReadAllBytesAsync(path, Cancel));
    }

    [Fact]
    public async Task Says_that_nobody_has_it_or_that_the_hub_is_not_reached()
    {
        await using var hub = await HubAsync();
        var missing = await FailureOf(Store(hub).GetAsync("opus-mt-en-xx", Cancel));
        Assert.Equal("model.missing", missing.Code);
        Assert.Contains("Xenova/opus-mt-en-xx", missing.Message);
        Assert.Equal(ModelAvailability.NotPublished, await Store(hub).ProbeAsync("opus-mt-en-xx", Cancel));
        Assert.Equal(ModelAvailability.Downloadable, await Store(hub).ProbeAsync(Name, Cancel));

        var nobody = new ModelStore(new ModelStoreOptions { Cache = Cache, Hub = new Uri("http://127.0.0.1:9/") });
        Assert.Equal("model.missing", (await FailureOf(nobody.GetAsync(Name, Cancel))).Code);
        Assert.Equal(ModelAvailability.Unreachable, await nobody.ProbeAsync(Name, Cancel));
    }

    [Fact]
    public async Task Asks_again_a_minute_after_the_hub_was_not_reached()
    {
        await using var hub = await HubAsync();
        var time = new Clock();
        var options = new ModelStoreOptions { Cache = Cache, Hub = new Uri("http://127.0.0.1:9/") };
        var store = new ModelStore(options, ModelCatalog.Find, time);
        Assert.Equal(ModelAvailability.Unreachable, await store.ProbeAsync(Name, Cancel));
        options.Hub = hub.Address;
        time.Seconds = 59;
        Assert.Equal(ModelAvailability.Unreachable, await store.ProbeAsync(Name, Cancel));
        time.Seconds = 60;
        Assert.Equal(ModelAvailability.Downloadable, await store.ProbeAsync(Name, Cancel));
    }

    [Fact]
    public async Task Gives_up_on_a_hub_that_never_answers()
    {
        await using var hub = await HttpStandIn.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }));
        var store = new ModelStore(new ModelStoreOptions { Cache = Cache, Hub = hub.Address }, ModelCatalog.Find, listingLimit: TimeSpan.FromMilliseconds(200));
        var failure = await FailureOf(store.GetAsync(Name, Cancel));
        Assert.Equal("model.missing", failure.Code);
        Assert.Contains("no answer in time", failure.Message);
    }

    sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }

    [Fact]
    public async Task Stops_when_cancelled_and_keeps_what_came()
    {
        await using var hub = await HubAsync();
        using var stop = new CancellationTokenSource();
        hub.Disturb = async (context, content) =>
        {
            if (!context.Request.Path.Value!.EndsWith(Large)) return false;
            context.Response.ContentLength = content.Length;
            await context.Response.Body.WriteAsync(content.AsMemory(0, 5000));
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { });
            return true;
        };
        var running = Store(hub).GetAsync(Name, new Reports(progress =>
        {
            if (progress.File == Large) stop.Cancel();
        }), stop.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(TimeSpan.FromSeconds(20), Cancel));
        Assert.InRange(new FileInfo(Path.Combine(Cache, ".partial", Name, Large)).Length, 1, 5000);
    }

    static Dictionary<string, byte[]> Contents()
    {
        var random = new Random(1);
        return ModelCatalog.Get(Name).Files.ToDictionary(file => file.Path, file =>
        {
            var content = new byte[file.Path == Large ? 300_000 : 2_000];
            random.NextBytes(content);
            return content;
        });
    }

    static async Task<ModelHub> HubAsync() => (await ModelHub.StartAsync()).Add($"Xenova/{Name}", Contents());

    ModelStore Store(ModelHub? hub = null, string? configured = null) => new(new ModelStoreOptions
    {
        Folder = configured is null ? null : Path.Combine(folder, configured),
        Cache = Cache,
        Hub = hub?.Address ?? new Uri("http://127.0.0.1:9/"),
    });

    string Copy(string name)
    {
        var target = Path.Combine(folder, "own", name);
        Directory.CreateDirectory(target);
        foreach (var path in Directory.EnumerateFiles(TestFiles.At("models/" + name))) File.Copy(path, Path.Combine(target, Path.GetFileName(path)));
        return target;
    }

    static void Flip(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    static async Task<Failure> FailureOf(Task task) => (await Assert.ThrowsAsync<DubbingException>(() => task)).Failure;

    sealed class Reports(Action<ModelProgress> report) : IProgress<ModelProgress>
    {
        public void Report(ModelProgress value) => report(value);
    }
}
