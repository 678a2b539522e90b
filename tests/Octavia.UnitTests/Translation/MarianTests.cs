using System.Text.Json;
using Octavia.Dubbing.Translation;
using Xunit;

namespace Octavia.UnitTests.Translation;

public sealed class MarianTests
{
    static readonly string Folder = TestFiles.At("tests/fixtures/marian-tiny-test");

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public sealed record Row(string Source, string SourceIds, string GreedyIds, string GreedyText, string BeamText);

    static List<Row> Rows => [.. File.ReadLines(Path.Combine(Folder, "reference.tsv")).Skip(1)
        .Select(line => line.Split('\t')).Select(cells => new Row(cells[0], cells[2], cells[6], cells[4], cells[5]))];

    [Fact]
    public void Gives_every_reference_row_greedily_and_with_a_beam_of_four()
    {
        using var model = MarianModel.Open(Folder);
        Assert.Equal(44, Rows.Count);
        foreach (var row in Rows)
        {
            var source = model.Encode(row.Source);
            Assert.Equal(JsonSerializer.Deserialize<long[]>(row.SourceIds), source);
            var greedy = model.Translate(source, 1, Cancellation).Tokens.ToArray();
            Assert.Equal(JsonSerializer.Deserialize<int[]>(row.GreedyIds), greedy);
            Assert.Equal(row.GreedyText, model.Decode(greedy));
            Assert.Equal(row.BeamText, model.Decode(model.Translate(source, 4, Cancellation).Tokens));
        }
    }

    [Fact]
    public async Task Translates_lines_in_order()
    {
        await using var translator = MarianTranslator.Open(Folder, ["es", "spa"]);
        var rows = Rows.Take(8).ToList();
        var lines = await translator.TranslateAsync([.. rows.Select(row => new TranslationLine(row.Source)), new TranslationLine("...")], [], Cancellation);
        Assert.Equal([.. rows.Select(row => new TranslatedLine(row.BeamText)), new TranslatedLine("...")], lines);
    }

    [Fact]
    public async Task Splits_a_long_line_at_its_sentences()
    {
        await using var translator = MarianTranslator.Open(Folder, ["es"], beams: 1);
        var rows = Rows.Take(10).ToList();
        var lines = await translator.TranslateAsync([new TranslationLine(string.Join(' ', rows.Select(row => row.Source)))], [], Cancellation);
        Assert.Equal(string.Join(' ', rows.Select(row => row.GreedyText)), Assert.Single(lines).Text);
    }
}
