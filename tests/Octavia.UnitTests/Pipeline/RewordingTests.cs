using System.Text.Json.Nodes;
using System.Threading.Channels;
using Octavia.Dubbing;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Mixing;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Pipeline;
using Octavia.Dubbing.Reporting;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Speech;
using Octavia.Dubbing.Translation;
using Xunit;

namespace Octavia.UnitTests.Pipeline;

/// <summary>Lines that are too long for their place, with espeak-ng and a chat server that knows shorter wordings.</summary>
public sealed class RewordingTests : IDisposable
{
    const string Long = "Los niños y las niñas juegan todos los días en el jardín grande de la casa blanca.";
    readonly string _folder = Directory.CreateTempSubdirectory("octavia-rewording").FullName;
    readonly List<JsonNode> _asked = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_line_that_overruns_is_worded_shorter_and_fits()
    {
        var (lines, report) = await SpeakAsync(_ => "Los niños juegan.");
        Assert.Equal("Los niños juegan.", lines[0].Translation!.Text);
        Assert.Equal(Long, lines[0].Translation!.Longer);
        Assert.InRange(lines[0].Take!.Seconds, 0.5, lines[0].Take!.SlotSeconds + 0.05);
        Assert.Null(lines[1].Translation!.Longer);
        Assert.Equal((2, 1, 0), (report.Placed, report.Reworded, report.Flagged));
        var asked = Assert.Single(_asked);
        Assert.Equal(("one", Long), ((string?)asked["text"], (string?)asked["too_long"]));
        Assert.InRange((double)asked["seconds_over"]!, 0.5, 5);
        Assert.InRange((int)asked["max_characters"]!, 15, 50);
    }

    [Fact]
    public async Task The_second_request_tells_of_the_first_wording_and_the_best_is_kept()
    {
        string[] wordings = ["Los niños juegan todos los días en el jardín grande de la casa.", "Los niños y las niñas juegan siempre en el jardín grande de la casa blanca."];
        var (lines, report) = await SpeakAsync(_ => wordings[_asked.Count - 1]);
        Assert.Equal([Long, wordings[0]], _asked.Select(line => (string?)line["too_long"]));
        Assert.Equal(wordings[0], lines[0].Translation!.Text);
        Assert.Contains(lines[0].Flags, flag => flag.StartsWith("overruns:", StringComparison.Ordinal));
        Assert.Equal((2, 1), (report.Placed, report.Reworded));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("...")]
    [InlineData(Long)]
    [InlineData(Long + " Y también en la calle.")]
    public async Task An_answer_that_is_no_good_leaves_the_line_as_it_was_spoken(string? answer)
    {
        var (lines, report) = await SpeakAsync(_ => answer);
        Assert.Equal(2, _asked.Count);
        Assert.Equal(Long, lines[0].Translation!.Text);
        Assert.Equal((2, 0), (report.Placed, report.Reworded));
        Assert.Contains(lines[0].Flags, flag => flag.StartsWith("overruns:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Quality.Fast)]
    [InlineData(Quality.Balanced)]
    [InlineData(Quality.Best)]
    public async Task The_quality_says_how_often_is_asked(Quality quality)
    {
        await SpeakAsync(_ => Long, quality);
        Assert.Equal(QualitySettings.Of(quality).Rewordings, _asked.Count);
    }

    [Fact]
    public async Task A_server_that_is_gone_fails_no_line()
    {
        await using var nobody = await OpenAsync(new Uri("http://127.0.0.1:9/"));
        var (lines, report) = await SpeakAsync((IShortener)nobody);
        Assert.Equal((2, 0), (report.Placed, report.Reworded));
        Assert.NotNull(lines[0].Take);
    }

    [Fact]
    public async Task A_restarted_run_asks_for_nothing_again()
    {
        await SpeakAsync(_ => "Los niños juegan.");
        _asked.Clear();
        var (lines, report) = await SpeakAsync(_ => "Otra cosa.");
        Assert.Empty(_asked);
        Assert.Equal((Long, "Los niños juegan."), (lines[0].Translation!.Longer, lines[0].Translation!.Text));
        Assert.Equal((2, 1), (report.Reused, report.Reworded));
    }

    async Task<(List<Utterance> Lines, LineReport Report)> SpeakAsync(Func<JsonNode, string?> shorten, Quality quality = Quality.Balanced)
    {
        await using var server = await ChatStandIn.StartAsync(line =>
        {
            _asked.Add(line);
            return shorten(line);
        });
        await using var translator = await OpenAsync(server.Address);
        return await SpeakAsync((IShortener)translator, quality);
    }

    async Task<(List<Utterance> Lines, LineReport Report)> SpeakAsync(IShortener shortener, Quality quality = Quality.Balanced)
    {
        using var store = await OpenAsync();
        store.Script.TargetLanguage = "es";
        var (heard, lines) = HeardScript.Of(store.Script);
        var options = new EngineOptions();
        var models = new ModelStore(options.Models);
        await using var engines = new EnginePool(new EngineCatalog(options, models), models);
        var request = new DubbingRequest { Input = "x", OutputFolder = _folder, WorkFolder = _folder, Quality = quality };
        var stage = new SpeechStage(request, engines, store, new RunProgress(null, null), heard, new SpeakingRates("es"));
        using var espeak = await EspeakTextToSpeechClient.OpenAsync();
        await stage.RunAsync(espeak, shortener, lines, Channel.CreateUnbounded<MixLine>().Writer, default);
        return (store.Script.Utterances, LineFigures.Of(store.Script.Utterances, stage.Reused));
    }

    // The first line has two seconds, the second all the time that it needs.
    async Task<ScriptStore> OpenAsync()
    {
        var store = await ScriptStore.OpenAsync(_folder, "abc", null, default);
        if (store.Script.Utterances.Count > 0) return store;
        store.Script.DurationSeconds = 20;
        await store.UpdateAsync(
            script => script.Utterances.AddRange(
            [
                new Utterance { Id = 1, Start = 0, End = 2, Text = "one", Speaker = "S1", Translation = new Translated(Long, "h") },
                new Utterance { Id = 2, Start = 2.08, End = 6, Text = "two", Speaker = "S2", Translation = new Translated("Hola.", "h") },
            ]),
            null, default);
        return store;
    }

    static Task<ITranslator> OpenAsync(Uri address)
    {
        var options = new EngineOptions { OpenAI = new OpenAIOptions { Endpoint = new Uri(address, "v1"), ApiKey = "secret" } };
        return new EngineCatalog(options, new ModelStore(options.Models)).OpenTranslatorAsync("en", "es", "openai", default);
    }
}
