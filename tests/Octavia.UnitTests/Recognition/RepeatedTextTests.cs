using Octavia.Dubbing.Recognition;
using Xunit;

namespace Octavia.UnitTests.Recognition;

public sealed class RepeatedTextTests
{
    [Theory]
    [InlineData(1, 16, 30)]
    [InlineData(3, 7, 30)]
    [InlineData(20, 6, 100)]
    public void Finds_a_phrase_said_again_and_again(int period, int rounds, int before)
    {
        int[] tokens = [.. Enumerable.Range(1000, before), .. Enumerable.Range(0, period * (rounds + 1)).Select(i => i % period)];
        Assert.Equal(before + period, RepeatedText.FindLoop(tokens));
        Assert.False(RepeatedText.IsLoop(tokens.AsSpan(0, before + period)));
    }

    [Fact]
    public void Lets_a_word_be_said_five_times() => Assert.False(RepeatedText.IsLoop([1, 2, 3, 7, 7, 7, 7, 7]));

    [Fact]
    public void Compresses_speech_less_than_a_loop()
    {
        Assert.InRange(RepeatedText.CompressionRatio(Recognizer.Clip("0870").Text), 1, 2);
        Assert.InRange(RepeatedText.CompressionRatio(string.Concat(Enumerable.Repeat("thank you so much. ", 20))), 2.4, 100);
        Assert.Equal(0, RepeatedText.CompressionRatio(""));
    }
}
