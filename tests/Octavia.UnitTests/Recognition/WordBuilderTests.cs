using System.Text;
using Octavia.Dubbing.Onnx;
using Octavia.Dubbing.Recognition;
using Xunit;

namespace Octavia.UnitTests.Recognition;

public sealed class WordBuilderTests
{
    static readonly TextTokens Text = TextTokens.Open(TestFiles.At("models/whisper-base/vocab.json"));

    /// <summary>Tokens of single bytes: the hardest way to write a text.</summary>
    static int[] Bytes(string text) => [.. Encoding.UTF8.GetBytes(text).Select(value => Enumerable.Range(0, 256).Single(id => Text.BytesOf(id) is [var one] && one == value))];

    [Theory]
    [InlineData(" It's done, isn't it?", "en", " It's| done,| isn't| it?")]
    [InlineData(" ¿Qué hora es?", "es", " ¿Qué| hora| es?")]
    [InlineData(" – Oui, dit-il.", "fr", " – Oui,| dit-il.")]
    [InlineData("你好,世界。", "zh", "你|好,|世|界。")]
    [InlineData("「はい」と", "ja", "「は|い」|と")]
    [InlineData("Hallo", "de", " Hallo")]
    public void Groups_tokens_into_words(string text, string language, string expected)
    {
        var tokens = Bytes(text);
        var words = WordBuilder.Build(tokens, 0, tokens.Length, Text, language);
        Assert.Equal(expected, string.Join('|', words.Select(word => word.Text)));
        Assert.Equal(tokens.Length, words.Sum(word => word.EndToken - word.FirstToken));
    }

    [Fact]
    public void Joins_bytes_before_it_reads_characters() => Assert.Equal("日本 é", Text.Decode(Bytes("日本 é")));

    [Fact]
    public void Aligns_tokens_with_what_they_attend_to()
    {
        var attention = Enumerable.Range(0, 5).Select(token => Enumerable.Range(0, 100).Select(column => column / 20 == token ? 0.05f : 0.001f).ToArray()).ToList();
        Assert.Equal([0, 20, 40, 60, 80], WordAligner.Align(attention));
    }

    [Fact]
    public void Spreads_words_over_their_segment_where_the_model_gives_no_attention()
    {
        using var model = WhisperModel.Open(TestFiles.At("models/whisper-base"));
        var tokens = Bytes(" one three");
        var path = new TokenPath();
        foreach (var token in tokens) path.Add(token, MathF.Log(0.5f), null);
        var window = new SpeechWindow(10, 20, [], [new Stretch(10, 20)]);
        var segment = new WordTimer(model, path, window, "en").Time(new TokenSegment(0, tokens.Length, 1, 3))!;
        Assert.Equal([(" one", 11.0, 11.8), (" three", 11.8, 13.0)], segment.Words.Select(word => (word.Text, Math.Round(word.Start, 3), Math.Round(word.End, 3))));
        Assert.All(segment.Words, word => Assert.Equal(0.5, word.Probability, 3));
    }
}
