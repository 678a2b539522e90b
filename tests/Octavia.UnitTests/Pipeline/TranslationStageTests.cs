using System.Text.Json.Nodes;
using System.Threading.Channels;
using Octavia.Dubbing;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Pipeline;
using Octavia.Dubbing.Scripts;
using Xunit;

namespace Octavia.UnitTests.Pipeline;

public class TranslationStageTests
{
    [Fact]
    public async Task Each_line_is_translated_within_the_room_that_it_has_at_the_rate_of_its_voice()
    {
        var folder = Directory.CreateTempSubdirectory("octavia-budget");
        var asked = new List<JsonNode>();
        await using var server = await ChatStandIn.StartAsync(line =>
        {
            asked.Add(line);
            return "Hola.";
        });
        var options = new EngineOptions { OpenAI = new OpenAIOptions { Endpoint = new Uri(server.Address, "v1"), ApiKey = "secret" } };
        var models = new ModelStore(options.Models);
        await using var engines = new EnginePool(new EngineCatalog(options, models), models);
        using var store = await ScriptStore.OpenAsync(folder.FullName, "abc", null, default);
        (store.Script.SourceLanguage, store.Script.TargetLanguage) = ("en", "es");
        store.Script.DurationSeconds = 20;
        var rates = new SpeakingRates("es");
        rates.Hear("S1", "slow", 1000, 100);
        rates.Hear("S2", "fast", 2000, 100);
        var heard = new HeardLines();
        var lines = Channel.CreateUnbounded<Utterance>();
        foreach (var line in new[] { Line(1, 0, 4, "S1"), Line(2, 5, 9, "S2"), Line(3, 15, 17, "S1") })
        {
            heard.Add(line);
            store.Script.Utterances.Add(line);
            await lines.Writer.WriteAsync(line);
        }
        lines.Writer.Complete();
        var request = new DubbingRequest { Input = "x", OutputFolder = folder.FullName, WorkFolder = folder.FullName, Translation = "openai" };
        await new TranslationStage(request, engines, store, new RunProgress(null, null), heard, rates)
            .RunAsync(lines.Reader, Channel.CreateUnbounded<Utterance>().Writer, default);

        Assert.All(store.Script.Utterances, line => Assert.Equal("Hola.", line.Translation?.Text));
        double[] room = [4 + 1 - Timeline.Gap, 4 + Timeline.MostBorrowed, 2.5];
        double[] rate = [10, 20, 10];
        for (var i = 0; i < 3; i++) Assert.InRange((int)asked[i]["max_characters"]! / (room[i] * rate[i]), 0.98, 1.15);
        folder.Delete(recursive: true);
    }

    static Utterance Line(int id, double start, double end, string speaker) => new() { Id = id, Start = start, End = end, Text = $"line {id}", Speaker = speaker };
}
