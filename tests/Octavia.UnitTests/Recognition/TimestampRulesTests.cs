using Octavia.Dubbing.Recognition;
using Xunit;

namespace Octavia.UnitTests.Recognition;

public sealed class TimestampRulesTests
{
    const int End = 50257, Zero = 50364, Text = 1000, Suppressed = 50362;
    static readonly WhisperVocabulary Vocabulary = WhisperVocabulary.Open(TestFiles.At("models/whisper-base"));

    /// <summary>Tokens left after the rules, where all were equally likely but for one that is far likelier.</summary>
    static HashSet<int> Allowed(int[] tokens, int favourite = Text)
    {
        var logits = new float[51865];
        logits[favourite] = 20;
        new TimestampRules(Vocabulary).Apply(tokens, logits);
        return [.. Enumerable.Range(0, logits.Length).Where(token => !float.IsNegativeInfinity(logits[token]))];
    }

    [Fact]
    public void Begins_with_a_time_within_the_first_second() => Assert.Equal(Enumerable.Range(Zero, 51), Allowed([]).Order());

    [Fact]
    public void After_the_first_time_comes_text()
    {
        var allowed = Allowed([Zero]);
        Assert.Contains(Text, allowed);
        Assert.DoesNotContain(allowed, token => token >= Zero);
    }

    [Fact]
    public void After_text_comes_text_or_a_later_time()
    {
        var allowed = Allowed([Zero + 10, Text]);
        Assert.Contains(Text, allowed);
        Assert.DoesNotContain(Zero + 10, allowed);
        Assert.Contains(Zero + 11, allowed);
    }

    [Fact]
    public void After_text_and_a_time_comes_a_time_or_the_end()
    {
        var allowed = Allowed([Zero, Text, Zero + 50], End);
        Assert.DoesNotContain(allowed, token => token < End);
        Assert.Contains(End, allowed);
        Assert.DoesNotContain(Zero + 49, allowed);
        Assert.Contains(Zero + 50, allowed);
    }

    [Fact]
    public void After_a_pair_comes_text() => Assert.DoesNotContain(Allowed([Zero, Text, Zero + 50, Zero + 50]), token => token >= Zero);

    [Fact]
    public void Times_that_weigh_more_than_the_best_text_exclude_it() =>
        Assert.All(Allowed([Zero, Text, Text], Zero + 500), token => Assert.InRange(token, Zero + 1, 51864));

    [Theory]
    [InlineData(new int[0])]
    [InlineData(new[] { Zero, Text })]
    public void Never_says_what_is_suppressed(int[] tokens)
    {
        var allowed = Allowed(tokens, Suppressed);
        Assert.DoesNotContain(Suppressed, allowed);
        Assert.DoesNotContain(Vocabulary.NoTimestamps, allowed);
        Assert.DoesNotContain(allowed, Vocabulary.Suppressed.Contains);
    }

    [Theory]
    [InlineData(new[] { Zero, Text, Zero + 100, Zero + 100, Text, Zero + 200, Zero + 200, End }, 2, 4.0)]
    [InlineData(new[] { Zero, Text, Zero + 100, End }, 1, 10.0)]
    [InlineData(new[] { Zero, Text, Zero + 100, Zero + 100, Text, End }, 2, 10.0)]
    [InlineData(new[] { Zero, Zero, End }, 0, 10.0)]
    [InlineData(new[] { Zero, Text, Zero + 1500, End }, 1, 10.0)]
    public void Reads_segments_and_where_to_go_on(int[] tokens, int segments, double resume)
    {
        var parsed = WindowTokens.Parse(tokens, Vocabulary, 10);
        Assert.Equal(segments, parsed.Segments.Count);
        Assert.Equal(resume, parsed.Resume, 3);
        Assert.All(parsed.Segments, segment => Assert.InRange(segment.End, segment.Start, 10));
    }
}
