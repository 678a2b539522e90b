using Octavia.Dubbing;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Pipeline;
using Octavia.Dubbing.Translation;
using Octavia.UnitTests.Models;
using Xunit;

namespace Octavia.UnitTests.Pipeline;

public sealed class EnginePoolTests : IDisposable
{
    readonly string _cache = Directory.CreateTempSubdirectory("octavia-pool").FullName;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_model_is_loaded_once_for_every_language_and_quality()
    {
        await using var pool = Pool();
        Assert.Same(await pool.SpeechAsync("es", Request(), Cancel), await pool.SpeechAsync("fr", Request(), Cancel));
        Assert.Same(
            await pool.RecognizerAsync(Request() with { Quality = Quality.Fast }, Cancel),
            await pool.RecognizerAsync(Request() with { Quality = Quality.Best }, Cancel));
    }

    [Fact]
    public async Task Translators_that_no_run_uses_are_closed_but_for_the_last()
    {
        await using var pool = Pool();
        var busy = Request();
        var (inUse, first) = (await pool.TranslatorAsync("en", "es", busy, Cancel), await RunAsync(pool, "en", "ca"));
        var last = new List<ITranslator>();
        foreach (var target in new[] { "fr", "it", "pt" }) last.Add(await RunAsync(pool, "en", target));
        Assert.Same(first, await RunAsync(pool, "en", "ca"));
        var newest = await RunAsync(pool, "es", "ca");

        Assert.Same(inUse, await pool.TranslatorAsync("en", "es", busy, Cancel));
        Assert.Same(newest, await RunAsync(pool, "es", "ca"));
        Assert.Same(first, await RunAsync(pool, "en", "ca"));
        Assert.NotSame(last[0], await RunAsync(pool, "en", "fr"));
        Assert.NotEmpty(await inUse.TranslateAsync([new TranslationLine("The house is red.")], [], Cancel));
    }

    [Fact]
    public async Task Closing_it_ends_a_download()
    {
        await using var hub = (await ModelHub.StartAsync()).AddTranslator("Xenova/opus-mt-en-es");
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        hub.Disturb = async (context, _) =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { });
            return true;
        };
        var pool = Pool(hub.Address);
        var opening = pool.TranslatorAsync("en", "es", Request() with { Translation = "opus-mt" }, Cancel);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        await pool.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
    }

    public void Dispose() => Directory.Delete(_cache, recursive: true);

    static async Task<ITranslator> RunAsync(EnginePool pool, string source, string target)
    {
        var request = Request();
        var translator = await pool.TranslatorAsync(source, target, request, Cancel);
        await pool.ReleaseAsync(request);
        return translator;
    }

    static DubbingRequest Request() => new() { Input = "", OutputFolder = "", WorkFolder = "" };

    EnginePool Pool(Uri? hub = null)
    {
        var options = new EngineOptions { Models = new ModelStoreOptions { Cache = _cache, Offline = hub is null } };
        if (hub is not null) options.Models.Hub = hub;
        var models = new ModelStore(options.Models);
        return new EnginePool(new EngineCatalog(options, models), models);
    }
}
