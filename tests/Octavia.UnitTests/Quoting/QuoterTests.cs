using Octavia.Dubbing;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Quoting;
using Octavia.Dubbing.Reporting;
using Xunit;

namespace Octavia.UnitTests.Quoting;

public sealed class QuoterTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("octavia-test-").FullName;
    readonly Dictionary<string, string> prices = [];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Without_an_earlier_run_it_goes_by_the_measured_set_and_says_so()
    {
        var quote = Quoter.Make(Run(600, Version("es", "apertium", null)));
        Assert.Equal((600, 122), (quote.MediaSeconds, quote.Lines));
        Assert.Contains("the measured set", quote.LinesBasis, StringComparison.Ordinal);
        Assert.Equal(600 * (0.08 + 0.001 + 0.38 + 0.104), quote.Seconds, 0.2);
        Assert.Contains("nothing of the kind has run", quote.SecondsBasis, StringComparison.Ordinal);
        Assert.Equal((0, "every engine runs on this machine"), (quote.Usd, quote.UsdBasis));
    }

    [Fact]
    public void After_a_run_it_goes_by_what_that_took()
    {
        var run = Run(100, Version("es", "apertium", null));
        Quoter.Learn(run, [], 1, Report(lines: 40, elapsed: 90, transcribing: 20, translating: 1, synthesizing: 60, assembling: 19));
        var quote = Quoter.Make(run with { MediaSeconds = 200 });
        Assert.Equal((80, 180), (quote.Lines, quote.Seconds));
        Assert.Equal(("24 lines a minute, as in one run here", "as measured in earlier runs on this machine"), (quote.LinesBasis, quote.SecondsBasis));
        Assert.Equal(("recognition", "whisper-onnx whisper-base", null, 40.0, true, 0.0), Of(quote.Parts[0]));

        // At another quality other figures hold, but those of translation and mixing.
        var best = Quoter.Make(run with { Quality = Quality.Best });
        Assert.Equal([false, true, false, true], best.Parts.Select(part => part.Measured));
        Assert.StartsWith("partly", best.SecondsBasis, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_language_is_work_of_its_own_and_the_recognition_is_shared()
    {
        var one = Quoter.Make(Run(600, Version("es", "apertium", null)));
        var two = Quoter.Make(Run(600, Version("es", "apertium", null), Version("fr", "apertium", null)));
        Assert.Equal(2 * one.Seconds - 48, two.Seconds, 0.5);
        Assert.Single(two.Parts, part => part.Language is null);
    }

    [Fact]
    public void Two_engines_in_one_stage_teach_nothing_of_either()
    {
        var run = Run(100, Version("es", "apertium", null), Version("de", "apertium", null, "espeak"));
        Quoter.Learn(run, [], 1, Report(40, 90, 20, 1, 60, 19));
        Assert.All(Quoter.Make(run).Parts, part => Assert.Equal(part.Part != "speech", part.Measured));
    }

    [Fact]
    public void Services_cost_what_they_ask_for_what_is_said()
    {
        var run = Run(3600, Version("es", "openai", "gpt-4o-mini", "elevenlabs"));
        var quote = Quoter.Make(run);
        var speech = quote.Parts.Single(part => part.Part == "speech").Usd!.Value;
        var translation = quote.Parts.Single(part => part.Part == "translation").Usd!.Value;
        // An hour has 3600 x 12.3 x 1.1 characters, at $100 a million.
        Assert.Equal(4.87, speech, 0.01);
        Assert.InRange(translation, 0.01, 0.05);
        Assert.Equal(speech + translation, quote.Usd!.Value, 0.0001);
        Assert.Contains("an estimate", quote.UsdBasis, StringComparison.Ordinal);

        prices["translation/openai/gpt-4o-mini"] = "0.30/1.20";
        Assert.Equal(2 * translation, Quoter.Make(run).Parts.Single(part => part.Part == "translation").Usd!.Value, 0.0001);
    }

    [Fact]
    public void Beside_the_quote_stands_what_was_really_said()
    {
        var run = Run(3600, Version("es", "openai", "gpt-4o-mini", "elevenlabs"));
        var amount = new SpokenAmount(3600, 100, 9_000, 10_000);
        var outcome = Quoter.Compare(run, [new MadeVersion("es", 100, amount, amount, [])], 1, 1234.56);
        Assert.Equal((100, 1234.6), (outcome.Lines, outcome.Seconds));
        Assert.InRange(outcome.Usd!.Value, 1.0, 1.01);
        Assert.Equal(732, outcome.Quoted.Lines);
    }

    [Fact]
    public void What_another_engine_did_costs_what_that_one_asks_for()
    {
        var run = Run(3600, Version("es", "openai", "gpt-4o-mini", "elevenlabs")) with { Recognition = Choice("openai", "whisper-1") };
        var (half, none) = (new SpokenAmount(3600, 50, 4_500, 5_000), new SpokenAmount(3600, 0, 0, 0));
        double UsdOf(MadeVersion made, double recognized) => Quoter.Compare(run, [made], recognized, 1).Usd!.Value;

        // 5000 characters at $100 a million; the other half by Kokoro, or by a service at $17.
        Assert.Equal(0.5, UsdOf(new MadeVersion("es", 100, none, half, [new EngineWork("speech", Choice("kokoro", null), half)]), 0), 0.0001);
        Assert.Equal(0.585, UsdOf(new MadeVersion("es", 100, none, half, [new EngineWork("speech", Choice("openai", "gpt-4o-mini-tts"), half)]), 0), 0.0001);
        // An hour at $0.006 a minute, of which a quarter was recognised here.
        Assert.Equal(0.27, UsdOf(new MadeVersion("es", 100, none, none, []), 0.75), 0.0001);
    }

    [Fact]
    public void A_part_in_which_another_engine_stepped_in_teaches_nothing()
    {
        var run = Run(100, Version("es", "openai", "gpt-4o-mini"));
        var amount = new SpokenAmount(100, 10, 100, 100);
        var made = new MadeVersion("es", 20, amount, amount, [new EngineWork("translation", Choice("apertium", null), amount)]);
        Quoter.Learn(run, [made], 0.5, Report(40, 90, 20, 1, 60, 19));
        Assert.Equal(["speech", "mixing"], Quoter.Make(run).Parts.Where(part => part.Measured).Select(part => part.Part));
    }

    [Fact]
    public void Work_on_the_picture_is_quoted_and_learnt_by_itself()
    {
        var plain = Run(100, Version("es", "apertium", null));
        var run = plain with { OnPicture = [(Quoter.LipSync, "lips.sh"), (Quoter.BurnIn, "libx264")] };
        var before = Quoter.Make(run);
        Assert.Equal([("lip-sync", "lips.sh", 100.0, 0.0), ("burn-in", "libx264", 35.0, 0.0)], before.Parts.Skip(4).Select(part => (part.Part, part.Engine, part.Seconds, part.Usd!.Value)));
        Assert.Equal(Quoter.Make(plain).Seconds + 135, before.Seconds, 0.1);

        var report = Report(40, 300, 20, 1, 60, 19);
        Quoter.Learn(run, [], 1, report with { StageSeconds = new Dictionary<string, double>(report.StageSeconds) { ["lip-sync"] = 180, ["burn-in"] = 20 } });
        Assert.Equal([19.0, 180, 20], Quoter.Make(run).Parts.Skip(3).Select(part => part.Seconds));
    }

    [Theory]
    [InlineData("my-model", false)]
    [InlineData("gpt-4o-mini", true)]
    public void A_price_that_nobody_knows_is_not_made_up(string model, bool isOwnServer)
    {
        var version = Version("es", "openai", model);
        version = version with { Translation = version.Translation! with { Facts = new EngineFacts { Model = model, IsOwnServer = isOwnServer } } };
        var quote = Quoter.Make(Run(60, version));
        Assert.Null(quote.Usd);
        // Whoever reads it on a page has no settings.
        Assert.Equal($"the price of openai {model} is not known", quote.UsdBasis);
        prices[$"translation/openai/{model}"] = "0/0";
        Assert.Equal(0, Quoter.Make(Run(60, version)).Usd);
    }

    [Theory]
    [InlineData("translation/openai/gpt-4o-mini", "0.15")]
    [InlineData("speech/openai/tts-1", "cheap")]
    [InlineData("speech/openai/tts-1", "-1")]
    [InlineData("speech/openai", "1")]
    [InlineData("lips/openai/x", "1")]
    public void A_wrong_price_is_refused(string key, string value)
    {
        prices[key] = value;
        Assert.Equal("configuration.price", Assert.Throws<DubbingException>(() => Quoter).Failure.Code);
    }

    [Fact]
    public void The_log_keeps_the_last_runs_and_does_without_a_broken_file()
    {
        var log = SpeedLog.In(folder);
        for (var i = 0; i < 30; i++) log.Add(10, new Dictionary<string, double> { ["x"] = i < 10 ? 1000 : 5 });
        Assert.Equal(new MeasuredFactor(0.5, 20), log.Find("x"));
        File.WriteAllText(Assert.Single(Directory.GetFiles(folder)), "{\"x\":");
        Assert.Null(log.Find("x"));
        log.Add(10, new Dictionary<string, double> { ["x"] = 5 });
        Assert.Equal(new MeasuredFactor(0.5, 1), log.Find("x"));
        SpeedLog.In("/proc/nowhere").Add(10, new Dictionary<string, double> { ["x"] = 5 });
    }

    Quoter Quoter => new(new PriceList(prices), SpeedLog.In(folder));

    static (string, string, string?, double, bool, double?) Of(QuotePart part) => (part.Part, part.Engine, part.Language, part.Seconds, part.Measured, part.Usd);

    static QuotedRun Run(double seconds, params QuotedVersion[] versions) => new(seconds, Quality.Balanced, Choice("whisper-onnx", "whisper-base"), versions, "separated");

    static QuotedVersion Version(string language, string translation, string? model, string speech = "kokoro") => new(language, Choice(translation, model), Choice(speech, null));

    static EngineChoice Choice(string name, string? model) => new(name, "", "") { Facts = new EngineFacts { Model = model } };

    static DubbingReport Report(int lines, double elapsed, double transcribing, double translating, double synthesizing, double assembling) => new()
    {
        ElapsedSeconds = elapsed,
        StageSeconds = new Dictionary<string, double>
        {
            ["transcribing"] = transcribing,
            ["translating"] = translating,
            ["synthesizing"] = synthesizing,
            ["assembling"] = assembling,
        },
        Versions = [new VersionReport { Language = "es", Lines = new LineReport { Total = lines } }],
    };
}
